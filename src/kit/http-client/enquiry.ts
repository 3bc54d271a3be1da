import type { Message } from '../../core/message.ts'
import { componentError } from '../component-errors.ts'
import type { Selector } from '../expression/compile.ts'
import { jsonLine } from '../ndjson.ts'
import { valueOf } from './answer.ts'
import type { HttpClient } from './client.ts'
import type { Asker, Outgoing } from './exchange.ts'
import { flatten, headersOf, type FlatHeaders } from './headers.ts'
import { CONTENT_TYPES, keyOf, keyOfId, partsOf } from './load.ts'
import type { RequestOptions } from './options.ts'
import { pathMaker } from './path.ts'

/** Methods whose requests have a body. */
export const WITH_BODY = ['POST', 'PUT', 'PATCH'] as const

export interface EnquiryOptions extends RequestOptions {
  readonly method: (typeof WITH_BODY)[number] | 'GET' | 'DELETE'
  readonly params: Readonly<Record<string, Selector>>
  readonly query: Readonly<Record<string, Selector>>
  readonly body?: Selector | undefined
  readonly into?: string | undefined
}

/** Asks a server about one message at a time, and puts what it says into the message. */
export class Enquiry {
  readonly #options: EnquiryOptions
  readonly #client: HttpClient
  readonly #pathOf: (message: Message) => string
  readonly #fixed: FlatHeaders
  readonly #selectors: readonly (readonly [string, Selector])[]
  readonly #hasBody: boolean

  constructor(options: EnquiryOptions, client: HttpClient) {
    const { method, params, query, headers, headersFrom } = options
    this.#options = options
    this.#client = client
    this.#pathOf = pathMaker(client.target.path, params, query)
    this.#hasBody = (WITH_BODY as readonly string[]).includes(method)
    this.#fixed = flatten(this.#hasBody ? { 'Content-Type': CONTENT_TYPES.value } : {}, headers)
    this.#selectors = Object.entries(headersFrom)
  }

  /** The new data of a message. */
  async ask(message: Message, call: Asker): Promise<unknown> {
    const answer = await this.#client.send(this.#outgoing(message), call)
    return this.#merged(message, valueOf(answer))
  }

  #outgoing(message: Message): Outgoing {
    const { method, idempotencyKey, body } = this.#options
    const key = method === 'GET' ? [] : [idempotencyKey, keyOfMessage(message)]
    return {
      method,
      path: this.#pathOf(message),
      headers: [...this.#fixed, ...key, ...headersOf(this.#selectors, message)],
      body: this.#hasBody ? jsonLine(body === undefined ? message.data : body(message)) : undefined,
      wantsBody: true,
    }
  }

  #merged(message: Message, value: unknown): unknown {
    const { into } = this.#options
    if (into === undefined) return value
    const { data } = message
    if (partsOf(message) === undefined) return withField(data, into, value)
    const values = data as readonly unknown[]
    if (!Array.isArray(value) || value.length !== values.length) {
      const found = Array.isArray(value) ? `a list of ${value.length}` : 'no list'
      throw componentError('SLUICE_REQUEST_MERGE', `a batch of ${values.length} messages is answered with ${found}`)
    }
    return values.map((each, index) => withField(each, into, value[index]))
  }
}

function withField(data: unknown, name: string, value: unknown): object {
  if (typeof data === 'object' && data !== null && !Array.isArray(data)) return { ...data, [name]: value }
  const found = data === null ? 'null' : Array.isArray(data) ? 'a list' : `a value of type ${typeof data}`
  throw componentError(
    'SLUICE_REQUEST_MERGE',
    `the answer becomes the field \`${name}\` of an object, and the data is ${found}`,
  )
}

/** Of a batch that of all its parts: its own id names only the first, and their number. */
function keyOfMessage(message: Message): string {
  const parts = partsOf(message)
  if (parts === undefined) return keyOfId(message.id)
  return keyOf({ messages: parts.map(() => message), parts: [...parts.keys()], values: [] })
}
