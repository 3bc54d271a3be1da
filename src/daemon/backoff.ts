const FIRST_MS = 1000
const LONGEST_MS = 60_000

/** How long a failed pipeline waits before it starts again: 1 s at first, twice as long each time, a minute at most. */
export class Backoff {
  #nextMs = FIRST_MS

  /** @param ranMs how long it ran before it failed: after a minute without failure it begins with the shortest wait again. */
  next(ranMs: number): number {
    const delayMs = ranMs >= LONGEST_MS ? FIRST_MS : this.#nextMs
    this.#nextMs = Math.min(LONGEST_MS, delayMs * 2)
    return delayMs
  }
}
