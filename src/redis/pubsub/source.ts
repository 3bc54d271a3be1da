import type { IngressQueue, ProducerContext, ProducerHandlers } from '../../core/component.ts'
import type { SluiceError } from '../../core/errors.ts'
import { readText, type TextReading } from '../text.ts'
import { textError } from '../text-errors.ts'
import { Subscription, type SubscriptionOptions } from './subscription.ts'

export interface PubsubSourceOptions extends SubscriptionOptions, TextReading {
  readonly queue: Omit<IngressQueue, 'whenFull'>
  readonly whenFull: 'error' | 'drop-newest' | 'drop-oldest'
}

const NOTHING: readonly never[] = []

/** Gives what is published, by a queue that drops what is too much, or ends the pipeline for it. */
export class PubsubSource implements ProducerHandlers {
  readonly queue: IngressQueue
  readonly #options: PubsubSourceOptions
  readonly #context: ProducerContext
  readonly #subscription: Subscription
  /** From when the pipeline first asks until it stops, or fails. */
  #isTaking = false
  /** Messages that were taken and have no outcome yet. */
  #unsettled = 0
  /** What ends the pipeline, once all that came before it has its outcome. */
  #failure: SluiceError | undefined

  constructor(options: PubsubSourceOptions, context: ProducerContext) {
    const { queue, whenFull } = options
    this.queue = { ...queue, whenFull: whenFull === 'error' ? 'reject' : whenFull }
    this.#options = options
    this.#context = context
    this.#subscription = new Subscription(options, context, (channel, bytes) => this.#heard(channel, bytes))
  }

  open(): Promise<void> {
    return this.#subscription.open()
  }

  /** Gives nothing, as what comes is emitted. */
  handleDemand(): readonly never[] {
    this.#isTaking = this.#failure === undefined
    return NOTHING
  }

  settle(acked: readonly unknown[], failed: readonly unknown[]): void {
    this.#unsettled -= acked.length + failed.length
    this.#raise()
  }

  drain(): void {
    this.#isTaking = false
    if (this.#failure !== undefined) this.#context.log.error(this.#failure.message, { code: this.#failure.code })
  }

  stop(): Promise<void> {
    this.#isTaking = false
    return this.#subscription.close()
  }

  #heard(channel: string, bytes: Buffer): void {
    if (!this.#isTaking) return
    const { message, emit } = this.#context
    const headers = { channel }
    const read = readText(bytes, this.#options)
    if (read.problem !== undefined) return this.#refuse(channel, bytes, read)
    const taken = emit([message(read.data, { ...read.details, headers })])
    this.#unsettled += taken
    if (taken === 0) this.#lacksRoom()
  }

  /** Fails what can't be read; that needs room as well, as it may take long until its letter is stored. */
  #refuse(channel: string, bytes: Buffer, { problem, cause }: { problem: string; cause?: unknown }): void {
    const { message, hasRoom, fail, metrics } = this.#context
    metrics.add('invalid')
    const refused = message(bytes, { headers: { channel }, original: bytes })
    if (!hasRoom({ messages: 1, bytes: refused.sizeBytes })) return this.#lacksRoom()
    this.#unsettled++
    const what = `what was published to "${channel}": ${problem}`
    fail(refused, textError('SLUICE_PUBSUB_MESSAGE_INVALID', what, cause))
  }

  #lacksRoom(): void {
    if (this.#options.whenFull === 'error') this.#fail()
  }

  #fail(): void {
    const { messages, bytes } = this.#options.queue
    const text = `more was published than was asked for, and the queue of ${messages} messages or ${bytes} bytes is full`
    this.#failure = textError('SLUICE_PUBSUB_FULL', text)
    this.#isTaking = false
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
}
