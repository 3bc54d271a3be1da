import type { IngressQueue, MaybePromise, ProducerContext } from '../../core/component.ts'
import { asError, type SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { printable } from '../text.ts'
import { quietly } from './quietly.ts'
import { isObservableLike, type Observer, type ObservableLike, type Unsubscribable } from './observable-like.ts'

/** What becomes of a value that comes when the queue is full. */
export const WHEN_FULL = ['error', 'drop-newest', 'drop-oldest', 'overflow'] as const

export interface SourceOptions {
  readonly whenFull: (typeof WHEN_FULL)[number]
  readonly queue: Omit<IngressQueue, 'whenFull'>
}

const NOTHING: readonly never[] = []
const LONGEST_REASON = 200

/** One run of a producer that is fed by an observable: from the first ask to the end of either. */
export class SourceRun implements Observer<unknown> {
  readonly queue: IngressQueue
  readonly #make: () => ObservableLike<unknown>
  readonly #context: ProducerContext
  #subscription: Unsubscribable | undefined
  #hasBegun = false
  /** Nothing more is taken. */
  #isOver = false
  /** Values that were taken and have no outcome yet. */
  #unsettled = 0
  #taken = 0
  /** What ends the pipeline, once all that came before it has its outcome. */
  #failure: SluiceError | undefined

  /** @throws SLUICE_OBSERVABLE_NOT_DURABLE */
  constructor(make: () => ObservableLike<unknown>, { whenFull, queue }: SourceOptions, context: ProducerContext) {
    if (whenFull === 'overflow' && !context.isDurable) {
      const text = '`whenFull: overflow` stores what nobody has asked for yet, but this node has no store'
      throw componentError('SLUICE_OBSERVABLE_NOT_DURABLE', text)
    }
    const isRefused = whenFull === 'error' || whenFull === 'overflow'
    this.queue = { ...queue, whenFull: isRefused ? 'reject' : whenFull }
    this.#make = make
    this.#context = context
  }

  /** The pipeline is open, and asks: now is the time to subscribe. Gives nothing, as what comes is emitted. */
  handleDemand(): readonly never[] {
    if (this.#hasBegun) return NOTHING
    this.#hasBegun = true
    try {
      const source = this.#make()
      if (!isObservableLike(source)) throw new TypeError('the function gave nothing that can be subscribed to')
      this.#subscription = source.subscribe(this.#observer())
    } catch (error) {
      this.error(error)
    }
    // It may have said all that it has to say before there was anything to unsubscribe.
    if (this.#isOver) this.#unsubscribe()
    return NOTHING
  }

  next(value: unknown): void {
    if (this.#isOver) return
    const { emit, message } = this.#context
    const taken = emit([message(value)])
    this.#unsettled += taken
    this.#taken += taken
    if (taken === 0 && this.queue.whenFull === 'reject') this.#failFull()
  }

  error(thrown: unknown): void {
    const cause = asError(thrown)
    const reason = printable(cause.message, LONGEST_REASON)
    this.#fail(
      componentError('SLUICE_OBSERVABLE_FAILED', `the observable failed after ${this.#taken} values: ${reason}`, cause),
    )
  }

  complete(): void {
    if (this.#isOver) return
    this.#close()
    this.#context.end()
  }

  settle(acked: readonly unknown[], failed: readonly unknown[]): MaybePromise<void> {
    this.#unsettled -= acked.length + failed.length
    this.#raise()
  }

  drain(): void {
    this.#close()
    if (this.#failure !== undefined) this.#context.log.error(this.#failure.message, { code: this.#failure.code })
  }

  stop(): void {
    this.#close()
  }

  /** Functions of its own: what observes may be taken apart. */
  #observer(): Observer<unknown> {
    return {
      next: (value) => this.next(value),
      error: (error) => this.error(error),
      complete: () => this.complete(),
    }
  }

  #failFull(): void {
    const { messages, bytes } = this.queue
    const text = `more came than was asked for, and the queue of ${messages} messages or ${bytes} bytes is full`
    this.#fail(componentError('SLUICE_OBSERVABLE_FULL', text))
  }

  #fail(failure: SluiceError): void {
    if (this.#isOver) return
    this.#failure = failure
    this.#close()
    this.#raise()
  }

  /** From a timer, which makes it a fault of the node: what came before it has been delivered. */
  #raise(): void {
    const failure = this.#failure
    if (failure === undefined || this.#unsettled > 0) return
    this.#context.clock.after(0, () => {
      throw failure
    })
  }

  #close(): void {
    this.#isOver = true
    this.#unsubscribe()
  }

  #unsubscribe(): void {
    const subscription = this.#subscription
    this.#subscription = undefined
    quietly(() => subscription?.unsubscribe(), this.#context.log)
  }
}
