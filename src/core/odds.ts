/** A message that fails by chance is taken for the cause at most this often. */
const MISTAKEN = 1e-5
/** Outcomes that are looked back at. */
const MEMORY = 512
/** A place that refuses nearly everything tells nothing about one message, however often. */
const MOST = 0.7

/**
 * How likely a message fails by chance at a place that refuses some of its calls, so that more word of others is asked
 * for before the message is taken for the cause (A3). What is suspected counts once, and the message in question not.
 */
export class Odds {
  /** Messages that have failed as by an outage for the first time, and calls that have succeeded. */
  #failed = 0
  #succeeded = 0

  failed(): void {
    this.#failed++
    this.#forget()
  }

  succeeded(): void {
    this.#succeeded++
    this.#forget()
  }

  /** Failures, each with word of another message that didn't fail, after which it is no chance any more. */
  words(least: number): number {
    const share = Math.min(MOST, Math.max(0, this.#failed - 1) / Math.max(1, this.#succeeded))
    return share === 0 ? least : Math.max(least, Math.ceil(Math.log(MISTAKEN) / Math.log(share)))
  }

  #forget(): void {
    if (this.#failed + this.#succeeded < MEMORY) return
    this.#failed /= 2
    this.#succeeded /= 2
  }
}
