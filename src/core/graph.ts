import type { CircuitChange } from './circuit.ts'
import type { Log } from './component.ts'
import type { Edge } from './edge.ts'
import type { Marker } from './marker.ts'
import { SluiceError } from './errors.ts'
import type { GraphOptions } from './graph-options.ts'
import { DEAD_LETTERS } from './letter.ts'
import { Lifecycle, type Report } from './lifecycle.ts'
import { listenersOf, SILENT } from './listeners.ts'
import type { Message } from './message.ts'
import type { Host, Node } from './node.ts'
import { Originals } from './originals.ts'
import type { Overflow } from './overflow.ts'
import { Pauses } from './pauses.ts'
import { Producer } from './producer.ts'
import { Recorder } from './recorder.ts'
import { recordingOf, type Recording } from './recording.ts'
import { relieve } from './relief.ts'
import { Scheduler } from './scheduler.ts'
import type { EdgeSpec, NodeSpec, PipelineSpec } from './spec.ts'
import { Supervisor } from './supervisor.ts'
import { statsOf, type PipelineStats } from './stats.ts'
import { inOrder } from './topology.ts'
import { giverOf, Wiring } from './wiring.ts'
import { Worker } from './worker.ts'

const LAST_NUMBER = 0x3fff_ffff

/** A pipeline that can run: its nodes, its edges, and what can be done to them from outside. */
export class Graph implements Host {
  readonly pipeline: string
  readonly scheduler: Scheduler
  readonly recorder: Recorder
  readonly log: Log
  readonly nodes = new Map<string, Producer | Worker>()
  readonly edges: Edge[] = []
  readonly producers: Producer[] = []
  readonly workers: Worker[] = []
  /** In the edges of their own, and no nodes that anybody can name. */
  readonly overflows: Overflow[] = []
  readonly deadlines = { isUsed: false }
  readonly originals: Originals | undefined
  readonly #wiring: Wiring
  readonly #lifecycle: Lifecycle
  readonly #listeners: ReturnType<typeof listenersOf>
  readonly #pauses: Pauses
  readonly #supervisor: Supervisor
  #number = 0

  /** Builds the graph; makes components, opens nothing. @throws SLUICE_GRAPH_INVALID, SLUICE_COMPONENT_INVALID. */
  constructor(spec: PipelineSpec, options: GraphOptions) {
    const { env, log = SILENT, scheduler = new Scheduler(env) } = options
    this.pipeline = spec.name
    this.log = log
    this.scheduler = scheduler
    this.recorder = new Recorder(scheduler)
    this.originals = spec.deadLetters?.keep === 'original' ? new Originals() : undefined
    this.#wiring = new Wiring(this, spec)
    this.#listeners = listenersOf(options, { log, scheduler })
    this.#lifecycle = new Lifecycle(this, spec.stopTimeoutMs)
    this.#pauses = new Pauses(this)
    this.#supervisor = new Supervisor(this, spec.restarts)
    scheduler.onIdle = () => relieve(this)
    scheduler.onFault = (node, error) => this.#breach(node as Node & typeof node, error)
    scheduler.onLongTurn = (node, elapsedMs) => this.#listeners.onLongTurn((node as Node | undefined)?.name, elapsedMs)
    for (const node of inOrder(spec.nodes)) this.#wiring.add(node)
    if (spec.deadLetters !== undefined) this.#wiring.addDeadLetters(spec.deadLetters)
  }

  /** Opens consumers and stages, then producers, and lets demand flow. Rejects with what kept a node from opening. */
  start(): Promise<void> {
    return this.#lifecycle.start()
  }

  /** Lets everything that has been admitted come to its end, within the pipeline's `stopTimeout` (A7). */
  stop(): Promise<Report> {
    this.resumeAll()
    return this.#lifecycle.stop()
  }

  /** How the run ended: by itself, stopped, or failed. */
  get finishedReport(): Promise<Report> {
    return this.#lifecycle.finishedReport
  }

  get state(): Lifecycle['state'] {
    return this.#lifecycle.state
  }

  /** Whether it was ended before everything had come to its end. */
  get hasExpired(): boolean {
    return this.#lifecycle.hasExpired
  }

  get closing(): Marker | undefined {
    return this.#lifecycle.closing
  }

  /** Has every node give what it holds and everything before it be handled (D18). Resolves when consumers are through. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.whenFlushed(resolve))
  }

  /** The same with a callback. */
  whenFlushed(done: () => void): void {
    this.#lifecycle.flushes.add(done)
  }

  /** Withholds credit at a node: it takes nothing more, what it has goes on (D20). */
  pause(name: string): void {
    this.#pauses.set(this.node(name), true)
  }

  resume(name: string): void {
    this.#pauses.set(this.node(name), false)
  }

  pauseEdge(from: string, to: string): void {
    this.#pauses.set(this.edge(from, to), true)
  }

  resumeEdge(from: string, to: string): void {
    this.#pauses.set(this.edge(from, to), false)
  }

  resumeAll(): void {
    this.#pauses.clear()
  }

  /** Starts a stage or consumer anew; nothing is lost (D14). */
  restart(name: string): void {
    const node = this.node(name)
    if (!(node instanceof Worker))
      throw new SluiceError('SLUICE_GRAPH_INVALID', `${name} is a producer; only workers restart`)
    const text = `the pipeline is ${this.state}; only nodes of one that runs restart`
    if (this.state !== 'running' && this.state !== 'draining') throw new SluiceError('SLUICE_GRAPH_INVALID', text)
    node.restart()
  }

  /** Adds a node to a graph that runs, and subscribes it. */
  add(spec: NodeSpec): Promise<void> {
    this.#wiring.check(spec)
    this.#wiring.add(spec)
    return this.#lifecycle.open(this.node(spec.name))
  }

  /** Subscribes a node to another one as well. */
  subscribe(to: string, edge: EdgeSpec): void {
    const node = this.node(to)
    if (node instanceof Producer)
      throw new SluiceError('SLUICE_GRAPH_INVALID', `${to} is a producer; it reads from nothing`)
    this.#wiring.check({ to, edge })
    const subscription = this.#wiring.connect(node, edge)
    subscription.subscribe()
    this.#pauses.apply()
    this.#lifecycle.flushes.rewired(subscription)
  }

  /** Ends a subscription: what wasn't taken goes to the other subscribers, or waits for the next one (D14). */
  cancel(from: string, to: string): void {
    const edge = this.edge(from, to)
    this.#wiring.disconnect(edge)
    this.#pauses.forget(edge)
    this.#lifecycle.flushes.rewired()
  }

  /** Takes out a producer that has ended, and that nobody reads from any more. */
  remove(name: string): void {
    this.#wiring.remove(name)
  }

  /** What it looks like now. */
  stats(): PipelineStats {
    return statsOf(this, this.#wiring.past)
  }

  /** What its flight recorder remembers, and how everything stands. @param reason why it is taken. */
  record(reason: string): Recording {
    return recordingOf(this, this.#wiring.followed, reason)
  }

  /** Most parts of a message that a node gives. */
  partsOf(name: string): number {
    return this.#wiring.partsOf(name)
  }

  node(name: string): Producer | Worker {
    const node = this.nodes.get(name)
    if (node === undefined) throw new SluiceError('SLUICE_GRAPH_INVALID', `there is no node called ${name}`)
    return node
  }

  edge(from: string, to: string): Edge {
    const edge = this.edges.find((each) => giverOf(each) === this.node(from) && each.to === this.node(to))
    if (edge === undefined) throw new SluiceError('SLUICE_GRAPH_INVALID', `${to} doesn't read from ${from}`)
    return edge
  }

  /** Whether letters go over an edge, not messages. */
  isForLetters({ to }: Edge): boolean {
    return to.name === DEAD_LETTERS
  }

  nextNumber(): number {
    this.#number = this.#number === LAST_NUMBER ? 1 : this.#number + 1
    return this.#number
  }

  messageFailed(node: Node, message: Message, error: Error): void {
    this.#listeners.onMessageFailed(node.name, message, error)
  }

  circuitChanged(node: Node, change: CircuitChange): void {
    this.#listeners.onCircuit(node.name, change)
  }

  fail(node: Node, error: Error): void {
    this.#lifecycle.fail(node, error)
  }

  faulted(node: Node, error: Error): void {
    if (this.isEnding) this.fail(node, error)
    else this.#supervisor.faulted(node, error)
  }

  outOfReach(node: Node, error: Error): void {
    if (this.isEnding) this.fail(node, error)
    else this.#supervisor.outOfReach(node, error)
  }

  open(node: Producer | Worker | Overflow, done: (error?: Error) => void): void {
    this.#supervisor.open(node, done)
  }

  get isEnding(): boolean {
    return this.hasExpired || this.state === 'finished' || this.state === 'failed'
  }

  endSupervision(): void {
    this.#supervisor.end()
  }

  onOpenRetry({ name, opening }: Node): void {
    const { attempts, error, retryAt } = opening!
    this.#listeners.onOpenRetry(name, { attempts, error, retryInMs: retryAt - this.scheduler.now })
  }

  finished(node: Node): void {
    this.#lifecycle.finished(node)
  }

  passed(node: Node, marker: Marker): void {
    if (marker.kind === 'flush') this.#lifecycle.flushes.passed(node)
  }

  isOver(marker: Marker, node: Node): boolean {
    return this.#lifecycle.flushes.isOver(marker, node)
  }

  reclaim(edge: Edge, messages: Message[]): void {
    ;(edge.from as Producer | Worker).outlet!.reclaim(messages)
  }

  #breach(node: Node, thrown: unknown): void {
    const error = new SluiceError('SLUICE_NODE_FAILED', undefined, { cause: thrown })
    this.#listeners.onBreach(node.name, error)
    this.fail(node, error)
  }
}
