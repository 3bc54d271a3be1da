import type { ProducerContext } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'
import type { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { iterationError, resultOf, SLICE_MS, warnOfReturn } from './faults.ts'

/** How long a `next()` under way is waited for when the pipeline stops. */
const LAST_WAIT_MS = 1_000

/** Somebody waits for messages. */
interface Ask {
  readonly count: number
  readonly resolve: (messages: readonly Message[]) => void
  readonly reject: (error: Error) => void
}

/**
 * Gathers what comes until the event loop turns, so that a fast iterator costs no round through the kernel per value,
 * and a slow one holds nothing back. A `next()` may still be under way then; what it brings is part of the next answer.
 */
export class AsyncPull {
  readonly #iterator: AsyncIterator<unknown>
  readonly #context: ProducerContext
  /** Pulled and not given. */
  #messages: Message[] = []
  #given = 0
  #ask: Ask | undefined
  #isPulling = false
  #isDraining = false
  #isOver = false
  #error: SluiceError | undefined
  /** When the first of `#messages` came. */
  #firstAt = 0
  #turn: NodeJS.Immediate | undefined
  #timer: Timer | undefined
  #returned: Promise<void> | undefined

  constructor(iterator: AsyncIterator<unknown>, context: ProducerContext) {
    this.#iterator = iterator
    this.#context = context
  }

  give(count: number): Promise<readonly Message[]> {
    return new Promise((resolve, reject) => {
      this.#ask = { count, resolve, reject }
      if (this.#isOver || this.#isDraining || this.#messages.length >= count) return this.#answer()
      if (this.#messages.length > 0) this.#answerSoon()
      if (!this.#isPulling) this.#pull()
    })
  }

  drain(): void {
    this.#isDraining = true
    if (!this.#isPulling) return this.#answer()
    void this.#return()
    this.#timer = this.#context.clock.after(LAST_WAIT_MS, () => this.#answer())
  }

  stop(): Promise<void> | undefined {
    this.#isDraining = true
    this.#answer()
    this.#lose(this.#messages.length)
    const returned = this.#return()
    // What hangs in `next()` comes to its `return()` when that has ended, which may be never.
    return this.#isPulling ? undefined : returned
  }

  #pull(): void {
    this.#isPulling = true
    try {
      void Promise.resolve(this.#iterator.next()).then(this.#arrived, this.#failed)
    } catch (error) {
      this.#failed(error)
    }
  }

  readonly #arrived = (result: unknown): void => {
    this.#isPulling = false
    try {
      const { done, value } = resultOf(result)
      if (done === true) return this.#end()
      this.#take(value)
    } catch (error) {
      this.#failed(error)
    }
  }

  readonly #failed = (error: unknown): void => {
    this.#isPulling = false
    this.#isOver = true
    const failure = iterationError(error, this.#given + this.#messages.length)
    if (!this.#isDraining) this.#error = failure
    else if (!isAbort(error)) this.#context.log.warn(failure.message)
    this.#answer()
  }

  #end(): void {
    this.#isOver = true
    this.#context.end()
    this.#answer()
  }

  #take(value: unknown): void {
    const { clock, message } = this.#context
    if (this.#isDraining && this.#ask === undefined) return this.#lose(1)
    this.#messages.push(message(value))
    if (this.#ask === undefined) return
    if (this.#messages.length === 1) this.#answerSoon()
    const isFull = this.#messages.length >= this.#ask.count || clock.now() - this.#firstAt >= SLICE_MS
    if (isFull || this.#isDraining) this.#answer()
    else this.#pull()
  }

  #answerSoon(): void {
    this.#firstAt = this.#context.clock.now()
    this.#turn ??= setImmediate(() => this.#answer())
  }

  /** Gives what has come; an error only when nothing has. */
  #answer(): void {
    clearImmediate(this.#turn)
    this.#turn = undefined
    this.#timer?.cancel()
    const ask = this.#ask
    if (ask === undefined) return
    this.#ask = undefined
    const messages = this.#messages
    this.#messages = []
    this.#given += messages.length
    if (this.#error !== undefined && messages.length === 0) ask.reject(this.#error)
    else ask.resolve(messages)
  }

  #lose(count: number): void {
    if (count === 0) return
    this.#context.metrics.add('late_values', count)
    this.#context.log.warn('values came when the pipeline took no more, and are lost', { count })
  }

  /** Once; an iterator that has ended or failed has cleaned up. */
  #return(): Promise<void> | undefined {
    if (this.#isOver) return this.#returned
    return (this.#returned ??= this.#callReturn())
  }

  async #callReturn(): Promise<void> {
    try {
      await this.#iterator.return?.()
    } catch (error) {
      warnOfReturn(this.#context, error)
    }
  }
}

/** What somebody who heeds the signal throws. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}
