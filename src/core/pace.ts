import type { Edge } from './edge.ts'

/** Of its window a node asks for so much more, for every window's worth that it could start in time. */
const GROWTH = 1 / 16

/**
 * How much a node asks for where messages say how long they are wanted (D23): half as much when some came too late to be
 * started, a little more while all come in time. What it doesn't ask for waits, or is refused, where that costs less.
 * Source: additive increase, multiplicative decrease; Chiu and Jain, 1989.
 */
export class Pace {
  readonly #edge: Edge
  /** It can start as many at once. */
  readonly #least: number
  /** Messages since the last change, and how many of them had expired. */
  #taken = 0
  #expired = 0

  constructor(edge: Edge, least: number) {
    this.#edge = edge
    this.#least = Math.min(least, edge.window.max)
  }

  /** So many were taken together, of which so many had expired. */
  took(count: number, expired: number): void {
    const { limit, window } = this.#edge
    this.#taken += count
    this.#expired += expired
    // Not before a window's worth: what was on its way already says nothing about the last change.
    if (this.#taken < limit) return
    const next = this.#expired > 0 ? Math.floor(limit / 2) : limit + Math.ceil(window.max * GROWTH)
    this.#taken = 0
    this.#expired = 0
    this.#edge.limitTo(Math.min(window.max, Math.max(this.#least, next)))
  }
}
