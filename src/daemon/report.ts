import type { Report } from '../core/lifecycle.ts'

/** How a pipeline ended. */
export interface PipelineReport extends Report {
  readonly pipeline: string
  /** False where it failed because a node couldn't be opened, and where it was stopped before all were. */
  readonly hasOpened: boolean
  /** Messages that failed and whose producer has nobody to tell, so that the exit code has to (A4). */
  readonly unanswered: number
}
