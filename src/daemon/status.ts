import type { Graph } from '../core/graph.ts'
import type { State } from '../core/lifecycle.ts'
import type { CircuitStats, OpeningStats, PipelineStats } from '../core/stats.ts'
import { letterStoreOf } from '../overflow/letters/open-stores.ts'
import type { PairStats } from '../overflow/pair/pair-stats.ts'
import { overflowStatusesOf, type OverflowStatus } from './overflow-status.ts'
import { pairStatusesOf, type PairStatus } from './pair-status.ts'
import type { NodeState } from './progress.ts'
import type { Trouble } from './trouble.ts'

/** A node, or an overflow, that could not be opened so far. */
export interface AwaitedNode extends OpeningStats {
  readonly node: string
}

/** A node that asks for nothing, because the place behind it doesn't work. */
export interface OpenCircuit extends CircuitStats {
  readonly node: string
}

/** Dead letters of a pipeline that has the consumer `letters` for them. */
export interface LettersStatus {
  readonly folder: string
  readonly stored: number
  readonly bytes: number
  /** What its folder may take, and what of it letters still may: they fill seven eighths. */
  readonly limitBytes: number
  readonly roomBytes: number
}

/** The group of daemons that a pipeline is in. */
export interface GroupStatus {
  readonly name: string
  /** Under which name this daemon is in it; null while it has not joined: its log says what it waits for. */
  readonly member: string | null
  /** What others have asked of it, and was done. */
  readonly received: number
  /** How often it was told of something that it could not do. */
  readonly failed: number
  /** How often it was away for too long, so that it has missed what others asked. */
  readonly gaps: number
}

/** A pipeline at this moment, as `/health` and `/ready` show it. Read from its queues, never summed up from counters. */
export interface PipelineStatus {
  readonly name: string
  readonly state: State
  /** Nodes and overflows that are being opened, or tried again; producers are opened last. */
  readonly opening: readonly string[]
  /** Of them, those that could not be opened so far and are tried again: what the pipeline waits for. */
  readonly awaited: readonly AwaitedNode[]
  /** Messages that wait: at doors, and before nodes. */
  readonly queued: number
  /** Messages in calls. */
  readonly inFlight: number
  /** Messages without an outcome, wherever they are. */
  readonly unacked: number
  /** Age of the oldest of them; null where there is none. */
  readonly oldestUnackedMs: number | null
  readonly circuits: readonly OpenCircuit[]
  /** Messages that wait to be tried again, or behind one that does. */
  readonly parked: number
  /** Dead letters that are not stored yet: the outcomes of their messages wait for that. */
  readonly lettersPending: number
  /** Null where there is no such store, or it is not open. */
  readonly letters: LettersStatus | null
  /** Where messages are stored that memory has no room for, and what durable producers give. */
  readonly overflows: readonly OverflowStatus[]
  /** Its consumers that store for another pipeline, and its producers that drain what another one stores. */
  readonly pairs: readonly PairStatus[]
  /** How often it was started again after it had failed. */
  readonly restarts: number
  /** Of one that has failed and will be started again, when; null for any other. */
  readonly startsAgainInMs: number | null
  /** It takes messages: it runs, and not all of its producers are paused. */
  readonly takes: boolean
  /** Nodes that somebody has paused. */
  readonly paused: readonly string[]
  /** The daemons that it is joined with; null where it has no `group`. */
  readonly group: GroupStatus | null
  /** What each node does, as the watchdog saw it within the last second; empty while it doesn't run. */
  readonly nodes: Readonly<Record<string, NodeState>>
  /** What is wrong at its nodes, or was; empty where nothing is. */
  readonly troubles: readonly Trouble[]
}

/** What a pipeline knows of itself. */
export type OwnStatus = Omit<PipelineStatus, 'group'>

/** What the graph itself knows of it. */
type GraphStatus = Omit<OwnStatus, 'restarts' | 'startsAgainInMs' | 'takes' | 'paused' | 'nodes' | 'troubles'>

/** What the status of a graph is, by what it looks like. */
export function statusOf(graph: Graph, stats: PipelineStats, pairs: readonly PairStats[]): GraphStatus {
  const { state, queued, inFlight, unacked, oldestUnackedMs, nodes } = stats
  return {
    name: graph.pipeline,
    state,
    opening: unopenedIn(graph),
    awaited: [...awaitedIn(stats), ...awaitedStoresIn(graph)],
    queued,
    inFlight,
    unacked,
    oldestUnackedMs: oldestUnackedMs === undefined ? null : Math.round(oldestUnackedMs),
    circuits: circuitsIn(stats),
    parked: nodes.reduce((sum, { parked }) => sum + parked, 0),
    lettersPending: nodes.reduce((sum, { letters }) => sum + letters, 0),
    letters: lettersStatusOf(graph.pipeline) ?? null,
    overflows: overflowStatusesOf(stats),
    pairs: pairStatusesOf(pairs),
  }
}

/** The nodes that ask for nothing because the place behind them doesn't work. */
function circuitsIn({ nodes }: PipelineStats): OpenCircuit[] {
  return nodes.flatMap(({ name: node, circuit }) => {
    if (circuit === undefined) return []
    return [{ node, ...circuit, openMs: Math.round(circuit.openMs), retryInMs: Math.round(circuit.retryInMs) }]
  })
}

/** How full the store of dead letters of a pipeline is. */
export function lettersStatusOf(pipeline: string): LettersStatus | undefined {
  const store = letterStoreOf(pipeline)
  if (store === undefined) return undefined
  const { folder, count: stored, bytes, limit: limitBytes, room: roomBytes } = store
  return { folder, stored, bytes, limitBytes, roomBytes }
}

/** The nodes that could not be opened so far, and why. */
export function awaitedIn({ nodes }: Pick<PipelineStats, 'nodes'>): AwaitedNode[] {
  return nodes.flatMap(({ name, opening }) => (opening === undefined ? [] : [{ node: name, ...opening }]))
}

/** The overflows whose store could not be opened so far, and why. */
function awaitedStoresIn({ overflows, scheduler }: Graph): AwaitedNode[] {
  return overflows.flatMap(({ name: node, opening }) => {
    if (opening === undefined) return []
    const { attempts, error, retryAt } = opening
    return [{ node, attempts, error, retryInMs: Math.max(0, retryAt - scheduler.now) }]
  })
}

/** The names of nodes and overflows that are being opened, or will be tried again. */
function unopenedIn({ nodes, overflows }: Graph): string[] {
  const all = [...nodes.values(), ...overflows]
  return all.filter(({ isOpening, opening }) => isOpening || opening !== undefined).map(({ name }) => name)
}

/** The names of nodes that are being opened at this moment. */
export function openingIn({ nodes }: Graph): string[] {
  return [...nodes.values()].filter(({ isOpening }) => isOpening).map(({ name }) => name)
}

/** Whether a pipeline takes messages, or has come to its end by itself. */
export function isReady({ state, takes }: PipelineStatus): boolean {
  return (state === 'running' && takes) || state === 'finished'
}

/** Whether what is to be stored can't be, or was lost. */
export function isDegraded({ overflows, pairs }: Pick<PipelineStatus, 'overflows' | 'pairs'>): boolean {
  const isStuck = [...overflows, ...pairs].some(({ trouble }) => trouble !== null)
  return isStuck || pairs.some(({ lost }) => lost > 0) || overflows.some(({ dropped }) => (dropped['lost'] ?? 0) > 0)
}
