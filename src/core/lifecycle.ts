import type { Edge } from './edge.ts'
import { DRAIN, END, type Marker } from './marker.ts'
import { SluiceError } from './errors.ts'
import { Flushes } from './flushes.ts'
import type { Message } from './message.ts'
import type { Host, Node } from './node.ts'
import type { Overflow } from './overflow.ts'
import type { Producer } from './producer.ts'
import { settle } from './settle.ts'
import type { Worker } from './worker.ts'

/** How a run ended. */
export interface Report {
  /** `deadline`: a drain took too long. */
  readonly outcome: 'finished' | 'stopped' | 'deadline' | 'failed'
  readonly error: Error | undefined
  /** The node that failed. */
  readonly node: string | undefined
  /** What had no outcome at the end and was failed back to its origin, by the node that had it. */
  readonly left: readonly { readonly node: string; readonly messages: number }[]
}

export type State = 'created' | 'starting' | 'running' | 'draining' | 'finished' | 'failed'

/** What the lifecycle sees of its graph. */
export interface Stoppable extends Host {
  readonly edges: readonly Edge[]
  readonly producers: readonly Producer[]
  readonly workers: readonly Worker[]
  readonly overflows: readonly Overflow[]
  /** Nothing is opened or started again any more. */
  endSupervision(): void
}

/** After a deadline or a failure, how long producers may take to tell outcomes, and nodes to let go. */
const GRACE_MS = 1000

/**
 *     created ─▶ starting ─▶ running ─▶ draining ─▶ finished
 *                    └───────────┴──────────┴─────▶ failed
 *
 * Callbacks inside, promises at the edge, so that a simulated graph has no microtask of its own.
 */
export class Lifecycle {
  state: State = 'created'
  /** The marker by which nodes without inputs end. */
  closing: Marker | undefined
  /** Ended before everything had come to its end. */
  hasExpired = false
  readonly finishedReport: Promise<Report>
  readonly flushes: Flushes
  readonly #graph: Stoppable
  readonly #stopTimeoutMs: number
  /** Nodes that have not let go of everything. */
  readonly #open = new Set<Node>()
  /** Those of them that have been told to. */
  readonly #closing = new Set<Node>()
  #failure: { readonly node: Node; readonly error: Error } | undefined
  #left: { node: string; messages: number }[] = []
  #timers: { cancel(): void }[] = []
  #resolve!: (report: Report) => void
  #failStart: (error: Error) => void = () => {}

  constructor(graph: Stoppable, stopTimeoutMs: number) {
    this.#graph = graph
    this.flushes = new Flushes(graph)
    this.#stopTimeoutMs = stopTimeoutMs
    this.finishedReport = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  start(): Promise<void> {
    if (this.state !== 'created') {
      return Promise.reject(
        new SluiceError('SLUICE_GRAPH_INVALID', `the pipeline is ${this.state}; a graph starts once`),
      )
    }
    this.state = 'starting'
    const { workers, producers, overflows, edges } = this.#graph
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => reject(error)
      this.#failStart = failed
      this.#openAll([...workers, ...overflows], failed, () => {
        for (const edge of edges) edge.subscribe()
        this.#openAll(producers, failed, () => {
          if (this.state === 'starting') this.state = 'running'
          resolve()
        })
      })
    })
  }

  /** Opens a node that was added to a running graph, and subscribes it. */
  open(node: Producer | Worker): Promise<void> {
    // What a new producer gives comes behind a flush that is under way.
    if (node.plan.component.kind === 'producer') this.flushes.passed(node)
    return new Promise((resolve, reject) => {
      this.#openAll([node], reject, () => {
        for (const edge of this.#graph.edges) if (edge.to === node) edge.subscribe()
        resolve()
      })
    })
  }

  stop(): Promise<Report> {
    if (this.state === 'created' || this.state === 'starting') this.#expire()
    if (this.state === 'running') {
      this.state = 'draining'
      this.closing = DRAIN
      for (const producer of this.#graph.producers) producer.drain()
      for (const worker of this.#graph.workers) if (worker.inputs.length === 0) worker.wake()
      this.#after(this.#stopTimeoutMs, () => this.#expire())
    }
    return this.finishedReport
  }

  fail(node: Node, error: Error): void {
    if (this.#failure !== undefined || this.#isOver) return
    this.#failure = { node, error }
    // Not now: somebody's turn is under way.
    this.#graph.scheduler.env.soon(() => this.#expire())
  }

  /** Nothing more will come out of a node: it may let go. */
  finished(node: Node): void {
    this.flushes.passed(node)
    this.#close(node)
    const isLast = [...this.#open].every((open) => open.isFinished || isOrphan(open))
    if (!isLast) return
    this.closing ??= END
    for (const open of this.#open) open.wake()
  }

  get #isOver(): boolean {
    return this.state === 'finished' || this.state === 'failed'
  }

  #openAll(nodes: readonly (Producer | Worker | Overflow)[], failed: (error: Error) => void, done: () => void): void {
    let left = nodes.length
    if (left === 0) return done()
    for (const node of nodes) {
      this.#open.add(node)
      this.#graph.open(node, (error) => {
        if (this.hasExpired) return
        if (error !== undefined) {
          this.#failure = { node, error }
          failed(error)
          this.#expire()
        } else if (--left === 0) done()
      })
    }
  }

  /** Ends at once: what has no outcome is failed back to its origin, and counted by the node that had it (A7). */
  #expire(): void {
    if (this.hasExpired || this.#isOver) return
    this.hasExpired = true
    this.#graph.endSupervision()
    const { workers, producers, overflows } = this.#graph
    const reason = this.#reason()
    this.#after(GRACE_MS, () => this.#letGo())
    // Overflows first: what fails back to them stays stored.
    for (const node of [...overflows, ...workers, ...producers]) this.#failBack(node, node.abandon(), reason)
    for (const node of [...workers, ...overflows]) this.#close(node)
    for (const producer of producers) producer.wake()
    if (this.state === 'created' || this.state === 'starting') for (const producer of producers) this.#close(producer)
    this.#failStart(reason) // Does nothing where it has started.
    if (this.#open.size === 0) this.#end()
  }

  /** Who has still not heard what became of its messages isn't waited for: it has to let go of what it has, too. */
  #letGo(): void {
    const telling = [...this.#open].filter((node) => !this.#closing.has(node))
    if (telling.length === 0) return this.#end()
    this.#after(GRACE_MS, () => this.#end())
    for (const node of telling) this.#close(node)
  }

  #reason(): SluiceError {
    if (this.#failure === undefined) return new SluiceError('SLUICE_PIPELINE_STOPPED')
    const { node, error } = this.#failure
    return new SluiceError('SLUICE_PIPELINE_FAILED', `node ${node.name} failed: ${error.message}`, { cause: error })
  }

  #failBack(node: Node, messages: readonly Message[], error: Error): void {
    if (messages.length === 0) return
    this.#left.push({ node: node.name, messages: messages.length })
    for (const message of messages) settle(message, { outcome: 'failed', reason: undefined, error, node: node.name })
  }

  #close(node: Node): void {
    if (!this.#open.has(node) || this.#closing.has(node)) return
    this.#closing.add(node)
    let isClosed = false
    const closed = (error?: Error): void => {
      if (isClosed) return
      isClosed = true
      timer.cancel()
      if (error !== undefined) this.#graph.log.error('stop failed', { node: node.name, error: error.message })
      this.#open.delete(node)
      if (this.#open.size === 0) this.#end()
    }
    const timer = this.#graph.scheduler.env.after(this.#stopTimeoutMs, () =>
      closed(new SluiceError('SLUICE_NODE_FAILED', `${node.name} did not stop within ${this.#stopTimeoutMs} ms`)),
    )
    node.close(this.#reason(), closed)
  }

  #end(): void {
    if (this.#isOver) return
    const wasDraining = this.state === 'draining'
    this.state = this.#failure === undefined ? 'finished' : 'failed'
    for (const timer of this.#timers) timer.cancel()
    this.#graph.endSupervision()
    this.flushes.end()
    this.#resolve({
      outcome: this.#outcome(wasDraining),
      error: this.#failure?.error,
      node: this.#failure?.node.name,
      left: this.#left,
    })
  }

  #outcome(wasDraining: boolean): Report['outcome'] {
    if (this.#failure !== undefined) return 'failed'
    if (wasDraining) return this.hasExpired ? 'deadline' : 'stopped'
    return this.hasExpired ? 'stopped' : 'finished'
  }

  #after(delayMs: number, callback: () => void): void {
    this.#timers.push(this.#graph.scheduler.env.after(delayMs, callback))
  }
}

/** A worker that nobody feeds any more ends when all others have. */
function isOrphan(node: Node): boolean {
  return 'inputs' in node && (node.inputs as readonly Edge[]).length === 0
}
