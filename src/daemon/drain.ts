import type { Report } from '../core/lifecycle.ts'

/** How a drain went: what came to its end while it lasted, and what had not when it was over (A7). */
export interface DrainReport {
  /** Messages of the pipeline's producers that were delivered, or dropped on purpose. */
  readonly acked: number
  /** Those that failed; what was left at the deadline and failed back is among them. */
  readonly failed: number
  readonly tookMs: number
  readonly hasPassedDeadline: boolean
  /** The first node on the way that had not come to its end at the deadline, whether anything was left there or not. */
  readonly waitedFor: string | undefined
}

/** Outcomes of a pipeline's producers at one moment. */
export interface Outcomes {
  readonly acked: number
  readonly failed: number
}

/** A drain under way. */
export class Drain {
  readonly #before: Outcomes
  readonly #since: number
  /** Noted at the deadline, before what is left is taken from the nodes. */
  waitedFor: string | undefined

  constructor(before: Outcomes, now: number) {
    this.#before = before
    this.#since = now
  }

  report({ acked, failed }: Outcomes, now: number, { outcome }: Report): DrainReport {
    return {
      acked: acked - this.#before.acked,
      failed: failed - this.#before.failed,
      tookMs: Math.round(now - this.#since),
      hasPassedDeadline: outcome === 'deadline',
      waitedFor: outcome === 'deadline' ? this.waitedFor : undefined,
    }
  }
}

/** The report in one line, for people. */
export function drainSentence(drain: DrainReport, { left }: Report, stopTimeoutMs: number): string {
  const { acked, failed, tookMs, hasPassedDeadline, waitedFor } = drain
  const time = hasPassedDeadline
    ? `the drain took longer than ${stopTimeoutMs / 1000} s`
    : `stopped: drained in ${tookMs / 1000} s`
  const shares = left.map(({ node, messages }) => `${node} ${messages}`).join(', ')
  const rest =
    shares === '' ? 'nothing is left' : `what had no outcome was failed back to where it came from: ${shares}`
  // Where something is left, whoever has it says what was waited for.
  const waited = waitedFor === undefined || shares !== '' ? '' : `; ${waitedFor} did not come to its end`
  return `${time}; ${counted(acked, 'was', 'were')} delivered meanwhile, ${failed} failed, ${rest}${waited}`
}

function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 message ${one}` : `${count} messages ${many}`
}
