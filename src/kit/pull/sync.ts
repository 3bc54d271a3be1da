import type { ProducerContext } from '../../core/component.ts'
import type { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { iterationError, SLICE_MS, warnOfReturn } from './faults.ts'

/** Most values between two readings of the clock; fewer at first, for nobody knows how long one takes. */
const VALUES_PER_READING = 32

/** Makes messages of the values of an iterator that answers at once. */
export class SyncPull {
  readonly #iterator: Iterator<unknown>
  readonly #context: ProducerContext
  #given = 0
  #isOver = false
  #error: SluiceError | undefined

  constructor(iterator: Iterator<unknown>, context: ProducerContext) {
    this.#iterator = iterator
    this.#context = context
  }

  give(count: number): readonly Message[] {
    const messages: Message[] = []
    try {
      if (!this.#isOver) this.#fill(messages, count)
    } catch (error) {
      this.#isOver = true
      this.#error = iterationError(error, this.#given + messages.length)
    }
    this.#given += messages.length
    // What was pulled before goes out first; the next ask is told.
    if (this.#error !== undefined && messages.length === 0) throw this.#error
    return messages
  }

  /** Nothing is under way between two answers. */
  drain(): void {}

  stop(): void {
    if (this.#isOver) return
    this.#isOver = true
    try {
      this.#iterator.return?.()
    } catch (error) {
      warnOfReturn(this.#context, error)
    }
  }

  #fill(messages: Message[], count: number): void {
    const { clock, end, message } = this.#context
    const until = clock.now() + SLICE_MS
    let reading = 1
    while (messages.length < count) {
      const { done, value } = this.#iterator.next()
      if (done === true) {
        this.#isOver = true
        return end()
      }
      messages.push(message(value))
      if (messages.length < reading) continue
      if (clock.now() >= until) return
      reading += Math.min(reading, VALUES_PER_READING)
    }
  }
}
