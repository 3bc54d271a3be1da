import type { BranchSettings } from './branch.ts'
import { Edge } from './edge.ts'
import { asError, SluiceError } from './errors.ts'
import { DEAD_LETTERS } from './letter.ts'
import { Ledger } from './ledger.ts'
import { LetterBox } from './letter-box.ts'
import type { Host } from './node.ts'
import { DEFAULTS, overflowBytesIn, planProducer, planWorker, windowOf } from './plan.ts'
import { Overflow } from './overflow.ts'
import { planOverflow, type OverflowSpec } from './overflow-plan.ts'
import { Producer } from './producer.ts'
import type { DeadLettersSpec, EdgeSpec, NodeSpec, PipelineSpec } from './spec.ts'
import { givenBy, inOrder, type Upstream } from './topology.ts'
import { Worker } from './worker.ts'

/** Beyond so many edges, those that have been cancelled are forgotten. */
const MOST_FOLLOWED = 1000

/** The nodes and edges of a graph. */
export interface Wired extends Host {
  readonly nodes: Map<string, Producer | Worker>
  readonly edges: Edge[]
  readonly producers: Producer[]
  readonly workers: Worker[]
  readonly overflows: Overflow[]
  node(name: string): Producer | Worker
}

/** Makes a graph's nodes out of what was written, and their edges. */
export class Wiring {
  /** Outcomes of producers that are gone. */
  readonly past = new Ledger()
  /** Edges whose events are remembered; some of them have been cancelled. */
  readonly followed: Edge[] = []
  readonly #graph: Wired
  readonly #memoryBytes: number
  readonly #overflowBytes: number
  readonly #specs = new Map<string, NodeSpec>()
  readonly #upstream = new Map<string, Upstream>()
  /** What producers give that store it first. */
  readonly #durable = new Map<string, Overflow>()

  constructor(graph: Wired, spec: PipelineSpec) {
    this.#graph = graph
    this.#memoryBytes = spec.memoryBytes
    this.#overflowBytes = overflowBytesIn(spec)
  }

  /** Most parts of a message that a node gives. */
  partsOf(name: string): number {
    return this.#upstream.get(name)!.parts
  }

  /** @throws SLUICE_GRAPH_INVALID unless the nodes make a graph with this one, or with one more subscription. */
  check(more: NodeSpec | { readonly to: string; readonly edge: EdgeSpec }): void {
    const specs = [...this.#specs.values()]
    if ('component' in more) inOrder([...specs, more])
    else inOrder(specs.map((spec) => (spec.name === more.to ? { ...spec, from: [...spec.from, more.edge] } : spec)))
  }

  /** Makes a node and its subscriptions. */
  add(spec: NodeSpec): void {
    const { component, name } = spec
    const sources = spec.from.map(({ from }) => this.#upstream.get(from)!)
    const upstream = givenBy(spec, sources)
    const node =
      component.kind === 'producer'
        ? new Producer(this.#graph, planProducer({ ...spec, component }, this.#memoryBytes))
        : new Worker(
            this.#graph,
            planWorker(
              { ...spec, component },
              sources.some((source) => source.isKeyed),
            ),
            this.#graph.workers.length,
          )
    try {
      node.create()
    } catch (error) {
      const { code, kind } = error instanceof SluiceError ? error : new SluiceError('SLUICE_COMPONENT_INVALID')
      throw new SluiceError(code, `${name}: ${asError(error).message}`, { kind, node: name, cause: error })
    }
    this.#graph.nodes.set(name, node)
    if (node instanceof Worker) this.#graph.workers.push(node)
    else this.#graph.producers.push(node)
    this.#specs.set(name, spec)
    this.#upstream.set(name, upstream)
    if (node instanceof Worker) for (const edge of spec.from) this.connect(node, edge)
    else if (spec.settings.durable !== undefined) this.#durable.set(name, this.#overflowOf(node, spec.settings.durable))
  }

  /** Takes out a producer that has ended, and that nobody reads from any more. */
  remove(name: string): void {
    const { nodes, producers } = this.#graph
    const producer = this.#graph.node(name) as Producer
    this.past.acked += producer.ledger.acked
    this.past.failed += producer.ledger.failed
    producers.splice(producers.indexOf(producer), 1)
    nodes.delete(name)
    this.#specs.delete(name)
    this.#upstream.delete(name)
  }

  /** The consumer of dead letters, with an edge from each node whose failed messages are kept. */
  addDeadLetters({ component, settings }: DeadLettersSpec): void {
    const nodes = [...this.#graph.nodes.values()]
    this.add({ name: DEAD_LETTERS, component, from: [], settings: { ...settings, onFailure: 'origin' } })
    const keeper = this.#graph.node(DEAD_LETTERS) as Worker
    const callSize = keeper.shape!.isPerMessage ? 1 : keeper.plan.callSize
    for (const node of nodes) {
      if (node.plan.onFailure !== 'dead-letter') continue
      const edge = new Edge(node, keeper, windowOf(settings, { from: node.name }, { parts: 1, callSize }))
      this.#follow(edge)
      keeper.attach(edge, 1)
      node.letters = new LetterBox(node)
      node.letters.subscribe(edge)
    }
  }

  /** Subscribes a node to another one. */
  connect(worker: Worker, spec: EdgeSpec): Edge {
    const node = this.#graph.node(spec.from)
    const { settings } = this.#specs.get(worker.name)!
    const { parts } = this.#upstream.get(spec.from)!
    const callSize = worker.shape!.isPerMessage ? 1 : worker.plan.callSize
    const giver = this.#durable.get(spec.from) ?? node
    const from = spec.overflow === undefined ? giver : this.#overflowOf(giver, spec.overflow, worker)
    const edge = new Edge(from, worker, windowOf(settings, spec, { parts, callSize }))
    this.#follow(edge)
    worker.attach(edge, parts)
    from.outlet!.subscribe(edge, spec.overflow === undefined ? branchSettings(spec) : BLOCKING)
    return edge
  }

  /** @throws SLUICE_GRAPH_INVALID where a subscription can't end: what comes over it has nowhere else to go. */
  disconnect(edge: Edge): void {
    const giver = edge.from as Producer | Worker | Overflow
    const worker = edge.to as Worker
    if (worker.name === DEAD_LETTERS)
      throw new SluiceError('SLUICE_GRAPH_INVALID', 'letters go where the pipeline says')
    if (giver instanceof Overflow && giver.outlet.branches.length === 1)
      throw new SluiceError('SLUICE_GRAPH_INVALID', `the overflow before ${worker.name} has nobody else to give to`)
    this.#graph.edges.splice(this.#graph.edges.indexOf(edge), 1)
    worker.inputs.splice(worker.inputs.indexOf(edge), 1)
    giver.outlet!.cancel(edge)
    worker.wake()
  }

  /** An overflow behind a node: of the edge to one subscriber, or of all that it gives. */
  #overflowOf(giver: Producer | Worker | Overflow, spec: OverflowSpec, subscriber?: Worker): Overflow {
    const { scheduler, log } = this.#graph
    const source = giver instanceof Overflow ? giver.giver : giver
    const name = subscriber === undefined ? source.name : `${source.name}→${subscriber.name}`
    const { parts } = this.#upstream.get(source.name)!
    const dispatch = subscriber === undefined ? source.plan.dispatch : 'broadcast'
    const isForAll = subscriber === undefined
    const bytes = this.#overflowBytes
    const plan = planOverflow(spec, { name, isForAll, parts, bytes, dispatch, env: scheduler.env, log })
    const overflow = new Overflow(this.#graph, plan, source)
    const edge = new Edge(giver, overflow, plan.window)
    this.#follow(edge)
    overflow.input = edge
    giver.outlet!.subscribe(edge, BLOCKING)
    this.#graph.overflows.push(overflow)
    return overflow
  }

  #follow(edge: Edge): void {
    const isOver = this.followed.findIndex(({ isCancelled }) => isCancelled)
    if (this.followed.length >= MOST_FOLLOWED && isOver >= 0) this.followed.splice(isOver, 1)
    this.followed.push(edge)
    edge.tape = this.#graph.recorder.tape()
    this.#graph.edges.push(edge)
  }
}

/** The node that a subscription is to, whether there is an overflow on it or not. */
export function giverOf({ from }: Edge): unknown {
  return from instanceof Overflow ? from.giver : from
}

const BLOCKING: BranchSettings = { whenFull: 'block', queue: { messages: Infinity, bytes: Infinity } }

function branchSettings({ whenFull = 'block', queue }: EdgeSpec): BranchSettings {
  return { whenFull, queue: { messages: queue?.messages ?? DEFAULTS.queueMessages, bytes: queue?.bytes ?? Infinity } }
}
