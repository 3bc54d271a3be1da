/** How long to wait between tries; ms. */
export interface Backoff {
  readonly initialMs: number
  readonly maxMs: number
}

/**
 * How long to wait after so many failures in a row: exponential, with full jitter, so that those who failed together
 * don't come back together. Never nothing.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
 */
export function pauseAfter(failures: number, { initialMs, maxMs }: Backoff, random: number): number {
  return Math.max(1, random * Math.min(maxMs, initialMs * 2 ** Math.min(failures - 1, 30)))
}

/** Retries that are let pass each second whatever the load is, and how many may be saved up. */
const LEAST_PER_SECOND = 1
const MOST_SAVED = 1000
const SAVED_AT_FIRST = 10
/** Who gets none asks again after so long. */
const ASK_AGAIN_MS = 100

/**
 * A budget of retries: at most a share of the calls, so that whoever is in trouble isn't loaded with the same work over
 * and over. Earned by calls, and a little by time, so that a quiet node can retry at all.
 * Source: Finagle's `RetryBudget`.
 */
export class RetryBudget {
  readonly #share: number
  #saved: number
  #calls = 0
  #lookedAt: number

  constructor(share: number, now: number) {
    this.#share = share
    this.#lookedAt = now
    this.#saved = SAVED_AT_FIRST
  }

  /**
   * Takes one retry out of the budget.
   * @param calls that the node has made until now.
   * @returns 0, or after how many ms to ask again.
   */
  take(now: number, calls: number): number {
    const earned = this.#share * (calls - this.#calls) + (LEAST_PER_SECOND * (now - this.#lookedAt)) / 1000
    this.#saved = Math.min(MOST_SAVED, this.#saved + earned)
    this.#calls = calls
    this.#lookedAt = now
    if (this.#saved < 1) return ASK_AGAIN_MS
    this.#saved--
    return 0
  }
}
