import type { Report } from '../core/lifecycle.ts'
import type { DrainReport } from './drain.ts'

/** How one life of a pipeline ended. */
export interface RunReport extends Report {
  /** False where it failed because a node couldn't be opened, and where it was stopped before all were. */
  readonly hasOpened: boolean
  /** Messages that failed and whose producer has nobody to tell, so that the exit code has to (A4). */
  readonly unanswered: number
  /** How the drain went, where it was stopped while it ran. */
  readonly drain: DrainReport | undefined
}

/** How a pipeline ended. */
export interface PipelineReport extends RunReport {
  readonly pipeline: string
  /** How often it was started again after it had failed. */
  readonly restarts: number
  /** It failed, and was to take the process with it (`onPipelineFailure: exit`): its exit code is that of the process. */
  readonly endsProcess: boolean
}
