import type { State } from './lifecycle.ts'
import { Producer } from './producer.ts'
import type { Worker } from './worker.ts'

/** What a pipeline looks like now: read from the real queues and counters, without touching the way of a message. */
export interface PipelineStats {
  readonly state: State
  /** Messages that wait: at the door, kept, or on an edge. */
  readonly queued: number
  /** Messages that a node has taken and not yet handled. */
  readonly inFlight: number
  /** Messages of all producers without an outcome; in parts. */
  readonly unacked: number
  /** How long the oldest of them has been waiting; ms. */
  readonly oldestUnackedMs: number | undefined
  readonly nodes: readonly NodeStats[]
}

export interface NodeStats {
  readonly name: string
  readonly kind: 'producer' | 'stage' | 'consumer'
  readonly component: string
  /** Since the start: messages taken in, and given out. */
  readonly in: number
  readonly out: number
  readonly failed: number
  readonly dropped: Readonly<Record<string, number>>
  readonly restarts: number
  readonly timeouts: number
  /** Now: waiting before this node, in its calls, and held by it in parts. */
  readonly queued: number
  readonly inFlight: number
  readonly held: number
  /** The component's own counters. */
  readonly own: Readonly<Record<string, number>>
}

/** What the figures are read from. */
interface Observed {
  readonly state: State
  readonly nodes: ReadonlyMap<string, Producer | Worker>
  readonly producers: readonly Producer[]
  readonly scheduler: { readonly now: number }
}

export function statsOf(graph: Observed): PipelineStats {
  const nodes = [...graph.nodes.values()].map(nodeStats)
  const { producers } = graph
  const admittedAt = Math.min(...producers.map(({ ledger }) => ledger.oldestAdmittedAt ?? Infinity))
  return {
    state: graph.state,
    queued: sum(nodes, ({ queued }) => queued),
    inFlight: sum(nodes, ({ inFlight }) => inFlight),
    unacked: sum(producers, ({ ledger }) => ledger.unacked),
    oldestUnackedMs: admittedAt === Infinity ? undefined : Math.max(0, graph.scheduler.now - admittedAt),
    nodes,
  }
}

function nodeStats(node: Producer | Worker): NodeStats {
  const { name, counters, outlet, plan } = node
  const given = outlet?.waitingCount ?? 0
  const edges = node instanceof Producer ? [] : node.inputs
  return {
    name,
    kind: plan.component.kind,
    component: plan.component.name,
    in: counters.in,
    out: counters.out,
    failed: counters.failed,
    dropped: Object.fromEntries(counters.dropped),
    restarts: counters.restarts,
    timeouts: counters.timeouts,
    queued: given + (node instanceof Producer ? node.ingress.length : sum(edges, ({ queue }) => queue.length)),
    inFlight: sum(edges, ({ underWay }) => underWay),
    held: node instanceof Producer ? 0 : node.ownership.held.parts,
    own: Object.fromEntries(counters.own),
  }
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
