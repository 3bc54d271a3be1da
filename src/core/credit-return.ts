import type { Edge } from './edge.ts'
import type { Flight } from './flight.ts'

/** Gives credit back for calls that are over: not for each, but when a step is full, and once for all that are released together (D3). */
export class CreditReturn {
  #edge: Edge | undefined
  #count = 0
  #bytes = 0

  add(edge: Edge, { messages, bytes }: Flight): void {
    if (this.#edge !== edge) this.give()
    this.#edge = edge
    this.#count += messages.length
    this.#bytes += bytes
    if (edge.returning + this.#count >= edge.step) this.give()
  }

  give(): void {
    const edge = this.#edge
    const count = this.#count
    const bytes = this.#bytes
    this.#edge = undefined
    this.#count = 0
    this.#bytes = 0
    edge?.handled(count, bytes)
  }
}
