import type { Message } from '../../core/message.ts'

/** Messages that were given and have no outcome, with the ids of their entries; those that were there at the last look apart. */
export class InFlight {
  #young = new Map<Message, string>()
  readonly #old = new Map<Message, string>()
  /** Whoever wrote them has acknowledged them: the server knows nothing of them any more. */
  readonly #acknowledged = new Map<Message, string>()
  /** The group by which they came is gone. */
  readonly #cameOtherwise = new WeakSet<Message>()

  get isEmpty(): boolean {
    return this.#young.size === 0 && this.#old.size === 0
  }

  given(message: Message, id: string): void {
    this.#young.set(message, id)
  }

  /** @returns the id of its entry; undefined where nothing is known of it any more */
  ended(message: Message): string | undefined {
    for (const messages of [this.#young, this.#old, this.#acknowledged]) {
      const id = messages.get(message)
      if (id === undefined) continue
      messages.delete(message)
      return id
    }
    return undefined
  }

  /** The id of its entry, where that can be acknowledged with an effect of it. */
  entryOf(message: Message): string | undefined {
    const id = this.#young.get(message) ?? this.#old.get(message)
    return id === undefined || this.#cameOtherwise.has(message) ? undefined : id
  }

  acknowledged(message: Message): void {
    const id = this.#young.get(message) ?? this.#old.get(message)
    if (id === undefined) return
    this.#young.delete(message)
    this.#old.delete(message)
    this.#acknowledged.set(message, id)
  }

  isAcknowledged(message: Message): boolean {
    return this.#acknowledged.size > 0 && this.#acknowledged.has(message)
  }

  /** What is in flight can't be acknowledged any more. */
  groupIsGone(): void {
    for (const messages of [this.#young, this.#old])
      for (const message of messages.keys()) this.#cameOtherwise.add(message)
  }

  /** The ids of all that the server has as given. */
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
