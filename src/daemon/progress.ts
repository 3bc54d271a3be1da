import type { NodeStats, PipelineStats } from '../core/stats.ts'

/**
 * What a node does: it works; `blocked`: it has no credit from below; `throttled`: it holds itself back, as while its
 * circuit is open; `starved`: nothing comes from above; `stalled`: it could go on, and doesn't.
 */
export type NodeState = 'opening' | 'paused' | 'working' | 'blocked' | 'throttled' | 'starved' | 'stalled'

/** What is known of a node's progress, from one look to the next. */
export interface Progress {
  readonly state: NodeState
  /** All that it has done so far. */
  readonly done: number
  /** Since when it could go on, and hasn't; monotonic ms. Undefined while it goes on, or can't. */
  readonly idleSince: number | undefined
  readonly timeouts: number
  /** When a call was last seen to have passed its timeout; monotonic ms. */
  readonly timedOutAt: number | undefined
}

/** What of a node tells what it does at one moment. */
type NodeNow = Pick<NodeStats, 'available' | 'inFlight' | 'hasRoom' | 'isPaused' | 'calls' | 'heldBackBy'> & {
  readonly hook?: NodeStats['hook']
  readonly opening?: object | undefined
}

export type ProgressByNode = ReadonlyMap<string, Progress>

/** So long a node may have messages and credit, and do nothing. */
const STALLED_AFTER_MS = 10_000

/** What each node does now, by what it had done at the last look. @param now monotonic ms */
export function lookAt(stats: PipelineStats, before: ProgressByNode, now: number): ProgressByNode {
  const isAlive = stats.state === 'running' || stats.state === 'draining'
  return new Map(isAlive ? stats.nodes.map((node) => [node.name, progressOf(node, before.get(node.name), now)]) : [])
}

function progressOf(node: NodeStats, before: Progress | undefined, now: number): Progress {
  const done = doneBy(node)
  const hasGoneOn = done !== before?.done
  const idleSince = hasGoneOn || !couldGoOn(node) ? undefined : (before.idleSince ?? now)
  const timedOutAt = before !== undefined && node.timeouts > before.timeouts ? now : before?.timedOutAt
  const isStalled = idleSince !== undefined && now - idleSince >= STALLED_AFTER_MS
  const state = isStalled ? 'stalled' : stateOf(node, hasGoneOn)
  return { state, done, idleSince, timeouts: node.timeouts, timedOutAt }
}

/** All that a node has done so far, whatever it is. */
export function doneBy({ in: taken, out, acked, failed, dropped, restarts }: NodeStats): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, taken + out + acked + failed + restarts)
}

/** It has messages and credit. While a call is being waited for, its timeout decides; while it is tried again, its backoff. */
function couldGoOn({ available, inFlight, hasRoom, isPaused, calls, heldBackBy, opening }: NodeNow): boolean {
  const isFree = !isPaused && calls === 0 && heldBackBy === undefined && opening === undefined
  return isFree && hasRoom && available + inFlight > 0
}

/** @param hasGoneOn whether it has done anything lately */
export function stateOf(node: NodeNow, hasGoneOn: boolean): NodeState {
  const { available, inFlight, hasRoom, isPaused, hook, heldBackBy, opening } = node
  if (hook === 'open' || opening !== undefined) return 'opening'
  if (isPaused) return 'paused'
  if (!hasRoom) return 'blocked'
  if (heldBackBy !== undefined) return 'throttled'
  return hasGoneOn || available + inFlight > 0 ? 'working' : 'starved'
}
