import type { Signal } from '../kit/observable/signal.ts'
import type { PipelineEvent } from './events.ts'
import type { PipelineReport } from './report.ts'
import type { PipelineStatus } from './status.ts'
import type { PipelineSnapshot } from './telemetry.ts'

/** Acts on each daemon that runs the pipeline, not only on this one. */
export interface OnEveryDaemon {
  readonly all: true
}

/** What every daemon of a pipeline was told to do. */
export interface PausedEverywhere {
  /** The nodes that are paused here. */
  readonly paused: readonly string[]
  /** The members of the group that were there, this one too. */
  readonly told: readonly string[]
}

/** Pipelines that run in this process. */
export interface Running {
  /** Where the admin server is, as `http://127.0.0.1:9464`. */
  readonly adminUrl: string | undefined
  /** How each pipeline is at this moment. */
  readonly statuses: readonly PipelineStatus[]
  /**
   * What happens in the life of the pipelines, for `from()` of RxJS or for itself; completes when all have ended. What was
   * before a subscription, which begins after the start, is told first, as far as 256 events go. What is read from
   * figures (nodes opened and restarted, overflows, dead letters, pauses) is told within a second.
   */
  readonly events$: Signal<PipelineEvent>
  /** Figures of all pipelines, at once and then every `statsIntervalMs`, as long as somebody has subscribed. */
  readonly stats$: Signal<readonly PipelineSnapshot[]>
  /** Resolves when all pipelines have ended, with how each of them did; never rejects. */
  readonly finished: Promise<readonly PipelineReport[]>
  /**
   * Withholds demand from a pipeline, at every producer, or at one node of it: what is under way comes to its end, nothing
   * new is taken. A door refuses what its queue has no room for.
   *
   * @returns the nodes that are paused now
   * @throws SLUICE_ADMIN_NO_PIPELINE, SLUICE_ADMIN_NO_NODE, SLUICE_ADMIN_ENDED
   */
  pause(pipeline: string, node?: string): readonly string[]
  /**
   * The same on every daemon of the pipeline, through its `group`. Resolves when this one has done it, and the others will,
   * also one that was away and comes back under its name within a day; one that is new learns nothing of it.
   *
   * @throws SLUICE_ADMIN_NO_GROUP, SLUICE_ADMIN_GROUP_FAILED too
   */
  pause(pipeline: string, node: string | undefined, options: OnEveryDaemon): Promise<PausedEverywhere>
  /** Lets go on what is paused; without a node all of it. @returns the nodes that are paused still @throws as `pause` */
  resume(pipeline: string, node?: string): readonly string[]
  /** The same on every daemon of the pipeline. @throws as `pause` */
  resume(pipeline: string, node: string | undefined, options: OnEveryDaemon): Promise<PausedEverywhere>
  /** Drains all pipelines, each within its `stopTimeout`. */
  stop(): Promise<readonly PipelineReport[]>
}
