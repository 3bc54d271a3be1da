import type { Edge } from './edge.ts'
import { UNLIMITED } from './node.ts'

/**
 * What is taken with care after a call of a holding stage threw (D14): its messages come again in halves, each by itself, so
 * that nothing else is in doubt if one of them throws again.
 */
export class Careful {
  readonly edge: Edge
  /** Messages before the suspects, and suspects, that were not taken yet. */
  #before: number
  #left: number
  readonly #size: number

  constructor(edge: Edge, before: number, suspects: number) {
    this.edge = edge
    this.#before = before
    this.#left = suspects
    this.#size = suspects >> 1
  }

  get isOver(): boolean {
    return this.#left <= 0 || this.edge.isCancelled
  }

  /** How many of an edge's messages may be taken now. Other edges wait, as long as there is something to take with care. */
  limit(edge: Edge): number {
    if (edge !== this.edge) return this.edge.available > 0 ? 0 : UNLIMITED
    return this.#before > 0 ? this.#before : this.#size
  }

  took(count: number): void {
    if (this.#before > 0) this.#before -= count
    else this.#left -= count
  }
}
