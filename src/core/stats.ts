import type { Circuit, CircuitStats } from './circuit.ts'
import type { State } from './lifecycle.ts'
import type { Overflow } from './overflow.ts'
import { overflowStats, type OverflowStats } from './overflow-stats.ts'
import { Producer } from './producer.ts'
import type { Worker } from './worker.ts'

export type { CircuitStats } from './circuit.ts'
export type { OverflowStats } from './overflow-stats.ts'

/** What a pipeline looks like now: read from the real queues and counters, without touching the way of a message. */
export interface PipelineStats {
  readonly state: State
  /** Messages that wait: at the door, kept, or on an edge. */
  readonly queued: number
  /** Messages that a node has taken and not yet handled. */
  readonly inFlight: number
  /** Since the start, of all producers: messages let in, and their outcomes. */
  readonly admitted: number
  readonly acked: number
  readonly failed: number
  /** Messages of all producers without an outcome, in parts; and what they are charged with. */
  readonly unacked: number
  readonly unackedBytes: number
  /** How long the oldest of them has been waiting; ms. */
  readonly oldestUnackedMs: number | undefined
  readonly nodes: readonly NodeStats[]
  readonly edges: readonly EdgeStats[]
  readonly overflows: readonly OverflowStats[]
}

/** Of a node that could not be opened, and is tried again. */
export interface OpeningStats {
  /** Tries that have failed. */
  readonly attempts: number
  /** What the last one failed with. */
  readonly error: string
  readonly retryInMs: number
}

export interface NodeStats {
  readonly name: string
  readonly kind: 'producer' | 'stage' | 'consumer'
  readonly component: string
  /**
   * Since the start: messages taken in, of a producer those let in; and given out. Bytes are what they are charged with;
   * those let in by a producer are those that it has given or that wait.
   */
  readonly in: number
  readonly bytesIn: number
  readonly out: number
  readonly bytesOut: number
  /** Of a consumer, what it has acked; of a producer, what was acked of its own. Zero for stages. */
  readonly acked: number
  readonly failed: number
  readonly dropped: Readonly<Record<string, number>>
  readonly restarts: number
  /** Calls that were made again, after a failure. */
  readonly retries: number
  readonly timeouts: number
  /** Time at work: in turns, sampled; of an asynchronous node in calls, summed over those in flight at once. */
  readonly workMs: number
  /** Now: waiting before this node, in its calls, and held by it in parts. */
  readonly queued: number
  readonly inFlight: number
  readonly held: number
  /** Of what is queued, the messages that it may take now. */
  readonly available: number
  /** Whether it may pass something on: there is credit below, or nothing is below. */
  readonly hasRoom: boolean
  readonly isPaused: boolean
  /** Calls that are being waited for; those of them that have passed their timeout and not come back; the oldest of both, ms. */
  readonly calls: number
  readonly abandonedCalls: number
  readonly oldestCallMs: number | undefined
  /** Only where it could not be opened so far. */
  readonly opening?: OpeningStats | undefined
  /** Why it holds itself back, where it does: its circuit is open, or all that it has waits to be tried again. */
  readonly heldBackBy?: 'circuit' | 'retry' | undefined
  /** Messages that wait to be tried again, or behind one that does, and have given their credit back. */
  readonly parked: number
  /** Only while the place behind it doesn't work. */
  readonly circuit?: CircuitStats | undefined
  /** Messages that failed and became dead letters; and letters that are not stored yet. */
  readonly deadLettered: number
  readonly letters: number
  /** The hook of its component that is being waited for. */
  readonly hook: 'open' | 'flush' | 'settle' | 'stop' | 'handleDemand' | undefined
  /** The component's own counters. */
  readonly own: Readonly<Record<string, number>>
}

/** One subscription at this moment. */
export interface EdgeStats {
  readonly from: string
  readonly to: string
  /** Most messages that are asked for and not yet handled. */
  readonly window: number
  /** What has been asked for and not been given. */
  readonly credit: number
  /** Messages that were asked for and wait for the subscriber. */
  readonly queued: number
  readonly queuedBytes: number
  /** Messages that wait for credit, before the edge. */
  readonly waiting: number
  readonly waitingBytes: number
}

/** What the figures are read from. */
interface Observed {
  readonly state: State
  readonly nodes: ReadonlyMap<string, Producer | Worker>
  readonly producers: readonly Producer[]
  readonly overflows: readonly Overflow[]
  readonly scheduler: { readonly now: number }
}

export function statsOf(graph: Observed, gone: Producer['ledger']): PipelineStats {
  const nodes = [...graph.nodes.values()].map(nodeStats)
  const overflows = graph.overflows.map(overflowStats)
  const ledgers = [gone, ...graph.producers.map(({ ledger }) => ledger)]
  const admittedAt = Math.min(...ledgers.map(({ oldestAdmittedAt }) => oldestAdmittedAt ?? Infinity))
  return {
    state: graph.state,
    queued: sum(nodes, ({ queued }) => queued) + sum(overflows, ({ waiting }) => waiting),
    inFlight: sum(nodes, ({ inFlight }) => inFlight) + sum(overflows, ({ appending }) => appending),
    admitted: sum(ledgers, ({ admitted }) => admitted),
    acked: sum(ledgers, ({ acked }) => acked),
    failed: sum(ledgers, ({ failed }) => failed),
    unacked: sum(ledgers, ({ unacked }) => unacked),
    unackedBytes: sum(ledgers, ({ unackedBytes }) => unackedBytes),
    oldestUnackedMs: admittedAt === Infinity ? undefined : Math.max(0, graph.scheduler.now - admittedAt),
    nodes,
    edges: [...[...graph.nodes.values()].flatMap(edgesOf), ...graph.overflows.flatMap(edgesOf)],
    overflows,
  }
}

function nodeStats(node: Producer | Worker): NodeStats {
  const { name, counters, outlet, letters, plan } = node
  const own = node instanceof Producer ? producerStats(node) : workerStats(node)
  return {
    name,
    kind: plan.component.kind,
    component: plan.component.name,
    out: counters.out,
    bytesOut: counters.bytesOut,
    failed: counters.failed,
    dropped: Object.fromEntries(counters.dropped),
    restarts: counters.restarts,
    retries: counters.retries,
    timeouts: counters.timeouts,
    workMs: counters.workMs,
    own: Object.fromEntries(counters.own),
    ...own,
    queued: own.queued + (outlet?.waitingCount ?? 0),
    hasRoom: (outlet === undefined || outlet.room > 0) && letters?.isFull !== true,
    deadLettered: letters === undefined ? 0 : counters.failed,
    letters: letters?.pending ?? 0,
    ...openingStats(node),
    hook: node.isOpening ? 'open' : node.isClosing ? 'stop' : own.hook,
  }
}

function openingStats({ opening, host }: Producer | Worker): Pick<NodeStats, 'opening'> {
  if (opening === undefined) return {}
  return { opening: { ...opening, retryInMs: Math.max(0, opening.retryAt - host.scheduler.now) } }
}

type OfKind = Pick<NodeStats, 'in' | 'bytesIn' | 'acked' | 'queued' | 'inFlight' | 'held'> &
  Pick<NodeStats, 'available' | 'isPaused' | 'calls' | 'abandonedCalls' | 'oldestCallMs' | 'hook'> &
  Pick<NodeStats, 'parked' | 'circuit' | 'heldBackBy'>

const NO_CALLS = { calls: 0, abandonedCalls: 0, oldestCallMs: undefined }

function producerStats({ ledger, ingress, counters, isPaused, hook, circuit, host }: Producer): OfKind {
  const { admitted, acked } = ledger
  const { length: queued, bytes } = ingress
  return {
    in: admitted,
    bytesIn: counters.bytesOut + bytes,
    acked,
    queued,
    inFlight: 0,
    held: 0,
    available: isPaused ? 0 : queued,
    isPaused,
    ...NO_CALLS,
    parked: 0,
    ...heldBackBy(circuit, host.scheduler.now),
    hook,
  }
}

function workerStats(node: Worker): OfKind {
  const { counters, inputs, plan, ownership, isFlushing } = node
  node.pump.countWork()
  return {
    in: counters.in,
    bytesIn: counters.bytesIn,
    acked: plan.component.kind === 'consumer' ? counters.out : 0,
    queued: sum(inputs, ({ queue }) => queue.length),
    inFlight: sum(inputs, ({ underWay }) => underWay),
    held: ownership.held.parts,
    available: sum(inputs, ({ available }) => available),
    isPaused: inputs.length > 0 && inputs.every((edge) => edge.isPaused),
    ...callStats(node),
    ...recoveryStats(node),
    hook: isFlushing ? 'flush' : undefined,
  }
}

function recoveryStats({ recovery, pump, host }: Worker): Pick<OfKind, 'parked' | 'circuit' | 'heldBackBy'> {
  if (recovery === undefined) return { parked: 0 }
  const { circuit, parked } = recovery
  const isWaiting = pump.slots?.firstWaiting !== undefined
  return { parked, heldBackBy: isWaiting ? 'retry' : undefined, ...heldBackBy(circuit, host.scheduler.now) }
}

function heldBackBy(circuit: Circuit, now: number): Pick<OfKind, 'circuit' | 'heldBackBy'> {
  return circuit.isClosed ? {} : { heldBackBy: 'circuit', circuit: circuit.stats(now) }
}

function callStats({ pump: { slots }, host }: Worker): Pick<OfKind, keyof typeof NO_CALLS> {
  if (slots === undefined) return NO_CALLS
  const { running, abandoned, oldestBegunAt } = slots
  const oldestCallMs = oldestBegunAt === undefined ? undefined : Math.max(0, host.scheduler.now - oldestBegunAt)
  return { calls: running, abandonedCalls: abandoned.size, oldestCallMs }
}

function edgesOf({ name: from, outlet, letters }: Producer | Worker | Overflow): EdgeStats[] {
  return [...(outlet?.branches ?? []), ...(letters?.branches ?? [])].map(({ edge, waiting }) => ({
    from,
    to: edge.to.name,
    window: edge.window.max,
    credit: edge.credit,
    queued: edge.queue.length,
    queuedBytes: edge.queue.bytes,
    waiting: waiting.length,
    waitingBytes: waiting.bytes,
  }))
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0)
}
