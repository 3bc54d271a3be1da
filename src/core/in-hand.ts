import type { Edge } from './edge.ts'
import type { Message } from './message.ts'

/** The array whose messages a per-message handler is being given, one after the other: verbs may name those. */
export class InHand {
  #messages: readonly Message[] | undefined
  #edge: Edge | undefined
  /** Where to look first: a handler asks about messages in the order in which it gets them. */
  #hint = 0

  begin(messages: readonly Message[], edge: Edge): void {
    this.#messages = messages
    this.#edge = edge
    this.#hint = 0
  }

  end(): void {
    this.#messages = undefined
  }

  /** Where it came from, if it is one of those. */
  edgeOf(message: Message): Edge | undefined {
    const at = this.#messages?.indexOf(message, this.#hint) ?? -1
    if (at < 0) return undefined
    this.#hint = at
    return this.#edge
  }
}
