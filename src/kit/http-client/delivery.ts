import type { WorkerContext } from '../../core/component.ts'
import { kindOf, type SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { Selector } from '../expression/compile.ts'
import { jsonLine } from '../ndjson.ts'
import { jsonOf, type Answer } from './answer.ts'
import type { HttpClient } from './client.ts'
import type { Asker, Outgoing } from './exchange.ts'
import { flatten, headersOf, type FlatHeaders } from './headers.ts'
import {
  CONTENT_TYPES,
  keyOf,
  loadOf,
  partsOf,
  sliceOf,
  writeLoad,
  type Form,
  type Load,
  type Written,
} from './load.ts'
import type { RequestOptions } from './options.ts'
import { outcomesOf, type ResultsOption } from './results.ts'

export interface DeliveryOptions extends RequestOptions {
  readonly method: string
  readonly body: 'json' | 'ndjson'
  readonly per: 'message' | 'call'
  readonly results?: ResultsOption | undefined
}

/**
 * Sends messages and says of each what became of it.
 *
 *     messages ─▶ load ──▶ one request ─▶ taken: acked
 *                   ▲                  ├▶ taken in part (`results`): each by its own
 *                   └── a half each ◀──┴▶ refused as a whole: in halves, until one is alone
 *
 * Several messages of a call are halved by the kernel, the parts of one batch here. What was taken, or refused for good,
 * is not sent again when a batch comes again.
 */
export class Delivery {
  readonly #options: DeliveryOptions
  readonly #context: Pick<WorkerContext, 'fail'>
  readonly #client: HttpClient
  readonly #fixed: Readonly<Record<Form, FlatHeaders>>
  readonly #selectors: readonly (readonly [string, Selector])[]
  /** Parts of batches that have an outcome, while the batch has none. */
  readonly #done = new WeakSet<Message>()

  constructor(options: DeliveryOptions, context: Pick<WorkerContext, 'fail'>, client: HttpClient) {
    this.#options = options
    this.#context = context
    this.#client = client
    this.#selectors = Object.entries(options.headersFrom)
    const fixed = (form: Form): FlatHeaders => flatten({ 'Content-Type': CONTENT_TYPES[form] }, options.headers)
    this.#fixed = { value: fixed('value'), array: fixed('array'), lines: fixed('lines') }
  }

  /** Sends one message, of a batch all that it has, in a request of its own. It resolves when what is not failed was taken. */
  async sendOne(message: Message, call: Asker): Promise<void> {
    const own = headersOf(this.#selectors, message)
    if (partsOf(message) !== undefined || this.#options.body === 'ndjson') {
      const form = this.#options.body === 'ndjson' ? 'lines' : 'array'
      return this.#deliver(this.#loadOf([message]), { call, own, isAlone: true, form })
    }
    const written = { load: { messages: [message], parts: undefined, values: [] }, text: jsonLine(message.data) }
    await this.#client.send(this.#outgoing(written, own, 'value'), call)
  }

  /** Sends messages in one request. It resolves when each that is not failed was taken. */
  sendAll(messages: readonly Message[], call: Asker): Promise<void> {
    const form = this.#options.body === 'ndjson' ? 'lines' : 'array'
    return this.#deliver(this.#loadOf(messages), { call, own: [], isAlone: messages.length === 1, form })
  }

  #loadOf(messages: readonly Message[]): Load {
    return loadOf(messages, (part) => this.#done.has(part))
  }

  async #deliver(given: Load, sending: Sending): Promise<void> {
    const written = writeLoad(given, sending.form, this.#context.fail)
    const { load } = written
    const count = load.messages.length
    if (count === 0) return
    try {
      const answer = await this.#client.send(this.#outgoing(written, sending.own, sending.form), sending.call)
      this.#settle(load, answer)
    } catch (error) {
      if (kindOf(error) === 'place' || !sending.isAlone || load.parts === undefined) throw error
      if (count === 1) return this.#fail(load, 0, error)
      const middle = Math.ceil(count / 2)
      await this.#deliver(sliceOf(load, 0, middle), sending)
      await this.#deliver(sliceOf(load, middle, count), sending)
    }
  }

  #outgoing({ load, text }: Written, own: FlatHeaders, form: Form): Outgoing {
    const { method, idempotencyKey, results } = this.#options
    return {
      method,
      path: this.#client.target.path,
      headers: this.#fixed[form].concat([idempotencyKey, keyOf(load)], own),
      body: text,
      wantsBody: results !== undefined && form !== 'value',
    }
  }

  #settle(load: Load, answer: Answer): void {
    const { results, statuses } = this.#options
    const count = load.messages.length
    if (results === undefined || answer.status === NO_CONTENT) {
      if (load.parts !== undefined) for (let index = 0; index < count; index++) this.#remember(load, index)
      return
    }
    const told = { answer: jsonOf(answer), count, masked: (text: string) => this.#client.masked(text) }
    const outcomes = outcomesOf(results, told, statuses)
    // A message that comes again is refused once, with what was said of the first of its parts.
    const refused = new Map<Message, SluiceError>()
    for (let index = 0; index < count; index++) {
      const message = load.messages[index]!
      const error = outcomes[index]
      if (error === undefined) this.#remember(load, index)
      else if (error.kind === 'message') this.#fail(load, index, error)
      else if (!refused.has(message)) refused.set(message, error)
    }
    for (const [message, error] of refused) this.#context.fail(message, error)
  }

  #fail(load: Load, index: number, error: unknown): void {
    this.#context.fail(load.messages[index]!, error, load.parts?.[index])
    this.#remember(load, index)
  }

  #remember({ messages, parts }: Load, index: number): void {
    const part = parts?.[index]
    if (part !== undefined) this.#done.add(messages[index]!.parts![part]!)
  }
}

/** What is the same for all the requests that one request is divided into. */
interface Sending {
  readonly call: Asker
  /** Headers that the message makes. */
  readonly own: FlatHeaders
  /** One message is sent, and no other. */
  readonly isAlone: boolean
  readonly form: Form
}

/** All were taken, and there is nothing to say. */
const NO_CONTENT = 204
