import type { Flight } from './flight.ts'

/** Calls in a row, linked through themselves: any of them can leave, and another take its place, without a search. */
export class FlightList {
  first: Flight | undefined
  #last: Flight | undefined

  /** Puts a call before another one, or behind all. */
  add(flight: Flight, next?: Flight): void {
    const previous = next === undefined ? this.#last : next.previous
    flight.previous = previous
    flight.next = next
    if (previous === undefined) this.first = flight
    else previous.next = flight
    if (next === undefined) this.#last = flight
    else next.previous = flight
  }

  remove({ previous, next }: Flight): void {
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
  }

  /** The first of those at the end that are no older than a call. */
  firstBehind({ sequence }: Flight, isEqualBehind: boolean): Flight | undefined {
    let next: Flight | undefined
    let flight = this.#last
    while (flight !== undefined && (flight.sequence > sequence || (isEqualBehind && flight.sequence === sequence))) {
      next = flight
      flight = flight.previous
    }
    return next
  }

  find(isWanted: (flight: Flight) => boolean): Flight | undefined {
    let flight = this.first
    while (flight !== undefined && !isWanted(flight)) flight = flight.next
    return flight
  }

  toArray(): Flight[] {
    const flights: Flight[] = []
    for (let flight = this.first; flight !== undefined; flight = flight.next) flights.push(flight)
    return flights
  }
}
