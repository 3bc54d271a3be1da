import type { CallInfo, WorkerContext } from '../../core/component.ts'
import { kindOf, type SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { Selector } from '../expression/compile.ts'
import { jsonOf, type Answer } from './answer.ts'
import type { HttpClient, Outgoing } from './client.ts'
import { flatten, headersOf, type FlatHeaders } from './headers.ts'
import { bodyOf, CONTENT_TYPES, itemsOf, keyOf, partsOf, type Form, type Item } from './items.ts'
import type { RequestOptions } from './options.ts'
import { outcomesOf, type ResultsOption } from './results.ts'

export interface DeliveryOptions extends RequestOptions {
  readonly method: string
  readonly body: 'json' | 'ndjson'
  readonly per: 'message' | 'call'
  readonly results?: ResultsOption | undefined
}

type Asker = Pick<CallInfo, 'signal'>

/**
 * Sends messages and says of each what became of it.
 *
 *     messages ─▶ items ─▶ one request ─▶ taken: acked
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

  /** Sends messages in one request. It resolves when each that is not failed was taken. */
  async send(messages: readonly Message[], call: Asker): Promise<void> {
    const items = itemsOf(messages, (part) => this.#done.has(part), this.#context.fail)
    if (items.length === 0) return
    const [first] = messages
    const own = messages.length === 1 ? headersOf(this.#selectors, first!) : []
    const sending = { call, own, isAlone: messages.length === 1, form: this.#formOf(messages) }
    await this.#deliver(items, sending)
  }

  /** One message by itself is its own body; a batch, or what a call brings, is a list. */
  #formOf(messages: readonly Message[]): Form {
    const { body, per } = this.#options
    if (body === 'ndjson') return 'lines'
    return per === 'message' && partsOf(messages[0]!) === undefined ? 'value' : 'array'
  }

  async #deliver(items: readonly Item[], sending: Sending): Promise<void> {
    try {
      const answer = await this.#client.send(this.#outgoing(items, sending), sending.call)
      this.#settle(items, answer, sending)
    } catch (error) {
      if (kindOf(error) === 'place' || !sending.isAlone || items[0]!.part === undefined) throw error
      if (items.length === 1) return this.#fail(items[0]!, error)
      const middle = Math.ceil(items.length / 2)
      await this.#deliver(items.slice(0, middle), sending)
      await this.#deliver(items.slice(middle), sending)
    }
  }

  #outgoing(items: readonly Item[], { own, form }: Sending): Outgoing {
    const { method, idempotencyKey, results } = this.#options
    return {
      method,
      path: this.#client.target.path,
      headers: [...this.#fixed[form], idempotencyKey, keyOf(items), ...own],
      body: bodyOf(items, form),
      wantsBody: results !== undefined && form !== 'value',
    }
  }

  #settle(items: readonly Item[], answer: Answer, { form }: Sending): void {
    const { results, statuses } = this.#options
    if (results === undefined || form === 'value' || answer.status === NO_CONTENT) {
      for (const item of items) this.#remember(item)
      return
    }
    const told = {
      answer: jsonOf(answer),
      count: items.length,
      masked: (text: string) => this.#client.masked(text),
    }
    const outcomes = outcomesOf(results, told, statuses)
    // A message that comes again is refused once, with what was said of the first of its parts.
    const refused = new Map<Message, SluiceError>()
    for (let index = 0; index < items.length; index++) {
      const item = items[index]!
      const error = outcomes[index]
      if (error === undefined) this.#remember(item)
      else if (error.kind === 'message') this.#fail(item, error)
      else if (!refused.has(item.message)) refused.set(item.message, error)
    }
    for (const [message, error] of refused) this.#context.fail(message, error)
  }

  #fail(item: Item, error: unknown): void {
    this.#context.fail(item.message, error, item.part)
    this.#remember(item)
  }

  #remember({ message, part }: Item): void {
    if (part !== undefined) this.#done.add(message.parts![part]!)
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
