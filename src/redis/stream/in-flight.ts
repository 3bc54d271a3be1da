import type { Message } from '../../core/message.ts'

/** Messages that were given and have no outcome, with the ids of their entries; those that were there at the last look apart. */
export class InFlight {
  #young = new Map<Message, string>()
  readonly #old = new Map<Message, string>()

  get isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0
  }

  given(message: Message, id: string): void {
    this.#young.set(message, id)
  }

  /** @returns the id of its entry; undefined where nothing is known of it any more */
  ended(message: Message): string | undefined {
    const young = this.#young.get(message)
    if (young !== undefined) {
      this.#young.delete(message)
      return young
    }
    const old = this.#old.get(message)
    this.#old.delete(message)
    return old
  }

  /** The ids of all. */
  ids(): Set<string> {
    return new Set([...this.#old.values(), ...this.#young.values()])
  }

  /** The ids of those that were there at the last look. */
  lasting(): string[] {
    const ids = [...this.#old.values()]
    for (const [message, id] of this.#young) this.#old.set(message, id)
    this.#young = new Map()
    return ids
  }
}
