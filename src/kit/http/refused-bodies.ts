/** What a body takes in a queue. */
export interface BodyRoom {
  readonly messages: number
  readonly bytes: number
}

/** A shorter body is read and parsed in less time than its request takes. */
export const LONG_BYTES = 16_384
const MOST_REMEMBERED = 256

/**
 * Long bodies for which there was no room. Whoever is refused sends the same again: a body of just that length is
 * presumed to be it, and needn't be read to be refused again.
 */
export class RefusedBodies {
  readonly #byLength = new Map<number, BodyRoom>()

  add(length: number, room: BodyRoom): void {
    if (length < LONG_BYTES) return
    if (this.#byLength.size >= MOST_REMEMBERED) this.#byLength.clear()
    this.#byLength.set(length, room)
  }

  /** One of that length was let in. */
  delete(length: number): void {
    this.#byLength.delete(length)
  }

  /** What a body of that length took; undefined where none was refused. */
  roomOf(length: number): BodyRoom | undefined {
    return this.#byLength.get(length)
  }
}
