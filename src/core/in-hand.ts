import type { Message } from './message.ts'

/** The array whose messages a per-message handler is being given, one after the other: verbs may name those. */
export class InHand {
  #messages: readonly Message[] | undefined
  /** Where to look first: a handler asks about messages in the order in which it gets them. */
  #hint = 0

  begin(messages: readonly Message[]): void {
    this.#messages = messages
    this.#hint = 0
  }

  end(): void {
    this.#messages = undefined
  }

  /** Its place among those; -1 if it is none of them. */
  indexOf(message: Message): number {
    const at = this.#messages?.indexOf(message, this.#hint) ?? -1
    if (at >= 0) this.#hint = at
    return at
  }
}
