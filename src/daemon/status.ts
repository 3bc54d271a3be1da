import type { Graph } from '../core/graph.ts'
import type { State } from '../core/lifecycle.ts'
import type { NodeState } from './progress.ts'
import type { Trouble } from './trouble.ts'

/** A pipeline at this moment, as `/health` and `/ready` show it. Read from its queues, never summed up from counters. */
export interface PipelineStatus {
  readonly name: string
  readonly state: State
  /** Nodes that are not open yet. */
  readonly opening: readonly string[]
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
  const { state, queued, inFlight, unacked, oldestUnackedMs } = graph.stats()
  const age = oldestUnackedMs === undefined ? null : Math.round(oldestUnackedMs)
  return { name: graph.pipeline, state, opening: openingIn(graph), queued, inFlight, unacked, oldestUnackedMs: age }
}

/** The names of nodes that are not open yet. */
export function openingIn({ nodes }: Graph): string[] {
  return [...nodes.values()].filter(({ isOpening }) => isOpening).map(({ name }) => name)
}

/** Whether a pipeline takes messages, or has come to its end by itself. */
export function isReady({ state }: PipelineStatus): boolean {
  return state === 'running' || state === 'finished'
}
