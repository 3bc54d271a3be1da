import type { Message } from './message.ts'
import { Part } from './part.ts'

/** What producers read, for the letters of a pipeline that keeps it (A11): as long as the message is, and not in it. */
export class Originals {
  readonly #kept = new WeakMap<Message, unknown>()

  keep(message: Message, original: unknown): void {
    this.#kept.set(message, original)
  }

  /** What the message came from; of a batch, what each of its parts came from. */
  of(message: Message): unknown {
    const top = topOf(message)
    if (this.#kept.has(top)) return this.#kept.get(top)
    return top.parts?.map((part) => this.of(part))
  }
}

/** The message that its producer made, or the batch. */
function topOf(message: Message): Message {
  let top = message
  while (top.parent !== undefined) top = top instanceof Part ? top.source : top.parent
  return top
}
