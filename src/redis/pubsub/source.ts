import type { IngressQueue, ProducerContext, ProducerHandlers } from '../../core/component.ts'
import { readText, type TextReading } from '../text.ts'
import { textError } from '../text-errors.ts'
import { Subscription, type SubscriptionOptions } from './subscription.ts'

export interface PubsubSourceOptions extends SubscriptionOptions, TextReading {
  readonly queue: Omit<IngressQueue, 'whenFull'>
  readonly whenFull: 'drop-newest' | 'drop-oldest'
}

/** Gives what is published, in a queue that drops what is too much. */
export class PubsubSource implements ProducerHandlers {
  readonly queue: IngressQueue
  readonly #options: PubsubSourceOptions
  readonly #context: ProducerContext
  readonly #subscription: Subscription

  constructor(options: PubsubSourceOptions, context: ProducerContext) {
    this.queue = { ...options.queue, whenFull: options.whenFull }
    this.#options = options
    this.#context = context
    this.#subscription = new Subscription(options, context, (channel, bytes) => this.#heard(channel, bytes))
  }

  open(): Promise<void> {
    return this.#subscription.open()
  }

  stop(): Promise<void> {
    return this.#subscription.close()
  }

  #heard(channel: string, bytes: Buffer): void {
    const { message, emit, fail, metrics } = this.#context
    const headers = { channel }
    const read = readText(bytes, this.#options)
    if (read.problem === undefined) {
      emit([message(read.data, { ...read.details, headers })])
      return
    }
    metrics.add('invalid')
    const what = `what was published to "${channel}": ${read.problem}`
    fail(message(bytes, { headers, original: bytes }), textError('SLUICE_PUBSUB_MESSAGE_INVALID', what, read.cause))
  }
}
