import type { Message } from '../../core/message.ts'

/** Messages that are made, and offered to the kernel, at one go. */
const LARGEST_CHUNK = 256

/** Values on their way into a queue, in order; they become messages as there is room. */
export class Burst {
  readonly length: number
  taken = 0
  readonly #make: (index: number) => Message
  #made: Message[] = []
  #next = 0

  constructor(length: number, make: (index: number) => Message) {
    this.length = length
    this.#make = make
  }

  get isOver(): boolean {
    return this.taken === this.length
  }

  /** The next messages; the same again until they have been taken. Throws what making one throws. */
  chunk(): readonly Message[] {
    if (this.#made.length === 0) {
      const end = Math.min(this.length, this.#next + LARGEST_CHUNK)
      while (this.#next < end) {
        this.#made.push(this.#make(this.#next))
        this.#next++
      }
    }
    return this.#made
  }

  took(count: number): void {
    this.taken += count
    this.#made = this.#made.slice(count)
  }
}
