/** What waits to be tried again, the earliest last, so that it is cheap to take. */
export class DueList<T extends { readonly dueAt: number }> {
  #waiting: T[] = []

  get length(): number {
    return this.#waiting.length
  }

  /** When the next one is due; monotonic ms. */
  get nextAt(): number {
    return this.#waiting.at(-1)?.dueAt ?? Infinity
  }

  add(one: T): void {
    const waiting = this.#waiting
    let low = 0
    let high = waiting.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (waiting[middle]!.dueAt > one.dueAt) low = middle + 1
      else high = middle
    }
    waiting.splice(low, 0, one)
  }

  /** The earliest, if it is due. */
  take(now: number): T | undefined {
    return this.nextAt <= now ? this.#waiting.pop() : undefined
  }

  /** Takes one out, if it is there. */
  remove(one: T): void {
    const index = this.#waiting.indexOf(one)
    if (index >= 0) this.#waiting.splice(index, 1)
  }

  clear(): void {
    this.#waiting = []
  }
}
