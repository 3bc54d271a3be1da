import type { Flight } from './flight.ts'

/** Calls that wait to be made again, the earliest last, so that it is cheap to take. */
export class DueList {
  #flights: Flight[] = []

  /** When the next one is due; monotonic ms. */
  get nextAt(): number {
    return this.#flights.at(-1)?.dueAt ?? Infinity
  }

  add(flight: Flight): void {
    const flights = this.#flights
    let low = 0
    let high = flights.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (flights[middle]!.dueAt > flight.dueAt) low = middle + 1
      else high = middle
    }
    flights.splice(low, 0, flight)
  }

  /** The earliest, if it is due. */
  take(now: number): Flight | undefined {
    return this.nextAt <= now ? this.#flights.pop() : undefined
  }

  /** Takes one out, if it is there. */
  remove(flight: Flight): void {
    const index = this.#flights.indexOf(flight)
    if (index >= 0) this.#flights.splice(index, 1)
  }

  clear(): void {
    this.#flights = []
  }
}
