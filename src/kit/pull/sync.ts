import { isThenable } from '../../core/call.ts'
import type { ProducerContext } from '../../core/component.ts'
import type { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { iterationError, resultOf, SLICE_MS, warnOfReturn } from './faults.ts'

/** Most values between two readings of the clock; fewer at first, for nobody knows how long one takes. */
const VALUES_PER_READING = 32

const GAVE_PROMISE = 'its next() gave a promise: give an asynchronous iterator under Symbol.asyncIterator'

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
      const result = resultOf(this.#iterator.next())
      const { done, value } = result
      if (done === true) {
        this.#isOver = true
        return end()
      }
      // Looked at only where there is no value: it may be that of an iterator that doesn't say that it is asynchronous.
      if (value === undefined && isThenable(result)) throw new TypeError(GAVE_PROMISE)
      messages.push(message(value))
      if (messages.length < reading) continue
      if (clock.now() >= until) return
      reading += Math.min(reading, VALUES_PER_READING)
    }
  }
}
