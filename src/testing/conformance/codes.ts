import type { TestOutcome } from '../harness/ends.ts'
import type { Run } from '../harness/run.ts'

/** Of the kernel's errors, what each says about the component. */
export const FORGOTTEN = 'SLUICE_HANDLER_LOST_MESSAGE'
export const NOT_ITS_OWN = 'SLUICE_HANDLER_FOREIGN_MESSAGE'
export const BAD_RETURN = 'SLUICE_HANDLER_BAD_RETURN'
export const NO_ERROR = 'SLUICE_HANDLER_THREW'
export const STOPPED = 'SLUICE_PIPELINE_STOPPED'
const TIMED_OUT = 'SLUICE_CALL_TIMEOUT'

/** Failures that have a check of their own. */
const KNOWN: ReadonlySet<unknown> = new Set([FORGOTTEN, NOT_ITS_OWN, BAD_RETURN, NO_ERROR, STOPPED, TIMED_OUT])

export function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code
}

/** The first failure with that code. */
export function failureWith(run: Run, code: string): TestOutcome | undefined {
  return run.outcomes.find(({ error }) => codeOf(error) === code)
}

/** The first failure that no other check is about. */
export function otherFailure(run: Run): TestOutcome | undefined {
  return run.outcomes.find(({ outcome, error }) => outcome === 'failed' && !KNOWN.has(codeOf(error)))
}

/** Whether a message was held, and not given at the last flush: that is forgotten too, and has a check of its own. */
export function wasKept(error: Error | undefined): boolean {
  return codeOf(error) === FORGOTTEN && error!.message.includes('at its last flush')
}
