import type { Graph } from '../core/graph.ts'
import type { State } from '../core/lifecycle.ts'
import type { OpeningStats, PipelineStats } from '../core/stats.ts'
import type { NodeState } from './progress.ts'
import type { Trouble } from './trouble.ts'

/** A node that could not be opened so far. */
export interface AwaitedNode extends OpeningStats {
  readonly node: string
}

/** A pipeline at this moment, as `/health` and `/ready` show it. Read from its queues, never summed up from counters. */
export interface PipelineStatus {
  readonly name: string
  readonly state: State
  /** Nodes that are not open yet. */
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
  /** How often it was started again after it had failed. */
  readonly restarts: number
  /** Of one that has failed and will be started again, when; null for any other. */
  readonly startsAgainInMs: number | null
  /** What each node does, as the watchdog saw it within the last second; empty while it doesn't run. */
  readonly nodes: Readonly<Record<string, NodeState>>
  /** What is wrong at its nodes, or was; empty where nothing is. */
  readonly troubles: readonly Trouble[]
}

/** What the graph itself knows of it. */
type GraphStatus = Omit<PipelineStatus, 'restarts' | 'startsAgainInMs' | 'nodes' | 'troubles'>

/** What the status of a graph is now. */
export function statusOf(graph: Graph): GraphStatus {
  const stats = graph.stats()
  const { state, queued, inFlight, unacked, oldestUnackedMs } = stats
  return {
    name: graph.pipeline,
    state,
    opening: openingIn(graph),
    awaited: awaitedIn(stats),
    queued,
    inFlight,
    unacked,
    oldestUnackedMs: oldestUnackedMs === undefined ? null : Math.round(oldestUnackedMs),
  }
}

/** The nodes that could not be opened so far, and why. */
export function awaitedIn({ nodes }: Pick<PipelineStats, 'nodes'>): AwaitedNode[] {
  return nodes.flatMap(({ name, opening }) => (opening === undefined ? [] : [{ node: name, ...opening }]))
}

/** The names of nodes that are not open yet. */
export function openingIn({ nodes }: Graph): string[] {
  return [...nodes.values()].filter(({ isOpening }) => isOpening).map(({ name }) => name)
}

/** Whether a pipeline takes messages, or has come to its end by itself. */
export function isReady({ state }: PipelineStatus): boolean {
  return state === 'running' || state === 'finished'
}
