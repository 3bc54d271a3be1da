import type { OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Receipt } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { bodyOf, closesConnection, refusal, statusOf } from './refusal.ts'

/** Seconds after which a client may try again what was refused because of the place. */
const RETRY_AFTER_S = '1'

/** What is sent. */
export interface Answer {
  readonly status: number
  readonly body: object
  /** Whether it is the last one on its connection. */
  readonly isLast?: boolean
  /** The body as it is sent, where it has been written before. */
  readonly written?: Written
}

interface Written {
  readonly text: string
  readonly bytes: number
}

function write(body: object): Written {
  const text = `${JSON.stringify(body)}\n`
  return { text, bytes: Buffer.byteLength(text) }
}

const ONE = { accepted: 1 }
/** Sent for most requests of a door that answers at once. */
const ACCEPTED_ONE: Answer = { status: 202, body: ONE, written: write(ONE) }

/** All values are stored; such an answer has no body. */
export const STORED: Answer = { status: 204, body: {} }
const NOTHING: Written = { text: '', bytes: 0 }
/** Of a list some are stored, and some are not: its body says which. */
const STORED_IN_PART = 207

/** So many values are in memory. */
export function acceptedAnswer(count: number): Answer {
  return count === 1 ? ACCEPTED_ONE : { status: 202, body: { accepted: count } }
}

/** @param error what a request is refused with. */
export function refusalAnswer(error: SluiceError): Answer {
  return { status: statusOf(error), body: bodyOf(error), isLast: closesConnection(error) }
}

/** Sends an answer, unless one was sent, or nobody is there. @returns whether it was sent. */
export function send(response: ServerResponse, answer: Answer, isLast: boolean): boolean {
  const { status, body, written } = answer
  if (response.headersSent || response.destroyed) return false
  const { text, bytes } = status === STORED.status ? NOTHING : (written ?? write(body))
  // Given at once: headers that are set one by one are kept, checked and copied first.
  const headers: OutgoingHttpHeaders =
    bytes === 0 ? {} : { 'Content-Type': 'application/json', 'Content-Length': bytes }
  if (status === 503) headers['Retry-After'] = RETRY_AFTER_S
  if (status === 401) headers['WWW-Authenticate'] = 'Bearer'
  if (status === 405) headers['Allow'] = 'POST'
  if (isLast || answer.isLast === true) headers['Connection'] = 'close'
  response.writeHead(status, headers)
  endWith(response, text)
  return true
}

const COUNTERS = new Map<number, string>()

/** The counter of answers with a status; no text is built for each of them. */
export function counterOf(status: number): string {
  let name = COUNTERS.get(status)
  if (name === undefined) COUNTERS.set(status, (name = `responses_${status}`))
  return name
}

/**
 * Ends an answer whose head is made. `end(text)` alone writes a second, empty piece behind it, and two pieces take the
 * longer way through the socket.
 */
function endWith(response: ServerResponse, text: string): void {
  const { socket } = response
  // Answers before it are still due, and it waits for them; or there is nothing to say.
  if (socket === null || text === '') return void response.end(text)
  socket.cork()
  response.write(text)
  socket.uncork()
  response.end()
}

/** Where a message stands in the request that waits for its outcome. */
interface Place {
  readonly exchange: Exchange
  readonly index: number
}

/** The requests whose messages were let in and don't all have an outcome. */
export class Exchanges {
  readonly #places = new Map<Message, Place>()
  readonly #isDurable: boolean

  /** @param isDurable whether an outcome says that a message is stored, not that it was delivered. */
  constructor(isDurable = false) {
    this.#isDurable = isDurable
  }

  /** @param isMany whether the body was a list, and the answer tells of each. */
  open(response: ServerResponse, messages: readonly Message[], isMany: boolean): void {
    const exchange = new Exchange(response, { count: messages.length, isMany, isDurable: this.#isDurable })
    for (let index = 0; index < messages.length; index++) this.#places.set(messages[index]!, { exchange, index })
  }

  /** @returns the answer, when this was the last outcome of a request. */
  settle(receipt: Receipt): { readonly response: ServerResponse; readonly answer: Answer } | undefined {
    const place = this.#places.get(receipt.message)
    if (place === undefined) return undefined
    this.#places.delete(receipt.message)
    const { exchange, index } = place
    const answer = exchange.settled(index, receipt)
    return answer && { response: exchange.response, answer }
  }

  /** Nobody waits any more. */
  clear(): void {
    this.#places.clear()
  }
}

interface ExchangeOptions {
  readonly count: number
  readonly isMany: boolean
  readonly isDurable: boolean
}

/** One such request. */
class Exchange {
  readonly response: ServerResponse
  readonly #count: number
  readonly #isMany: boolean
  readonly #isDurable: boolean
  readonly #failed: { readonly index: number; readonly error: SluiceError }[] = []
  #left: number

  constructor(response: ServerResponse, { count, isMany, isDurable }: ExchangeOptions) {
    this.response = response
    this.#isDurable = isDurable
    this.#count = count
    this.#isMany = isMany
    this.#left = count
  }

  /** @returns the answer, when this was the last outcome. */
  settled(index: number, receipt: Receipt): Answer | undefined {
    const error = failureOf(receipt)
    if (error !== undefined) this.#failed.push({ index, error })
    return --this.#left === 0 ? this.#answer() : undefined
  }

  #answer(): Answer {
    const failed = this.#failed.toSorted((a, b) => a.index - b.index)
    const [first] = failed
    if (first !== undefined && !this.#isMany) return refusalAnswer(first.error)
    if (first === undefined && this.#isDurable) return STORED
    const accepted = this.#count - failed.length
    if (!this.#isMany) return { status: 200, body: { accepted } }
    const status = this.#isDurable ? STORED_IN_PART : 200
    return { status, body: { accepted, failed: failed.map(({ index, error: { code } }) => ({ index, code })) } }
  }
}

/** What a client is told of a message that didn't arrive; undefined for one that did, or that was dropped on purpose. */
function failureOf({ outcome, reason, error }: Receipt): SluiceError | undefined {
  if (outcome === 'acked' && reason === undefined) return undefined
  if (reason === 'expired') return refusal('SLUICE_HTTP_DEADLINE_PASSED')
  if (outcome === 'acked' && !AFTER_FAILURE.has(reason)) return refusal('SLUICE_HTTP_MESSAGE_SHED')
  // The text of an error that isn't ours may say more than a client should know.
  if (!(error instanceof SluiceError)) return refusal('SLUICE_HTTP_MESSAGE_FAILED')
  if (error.kind === 'message') return error
  const settled = reason === 'dead-letter' ? KEPT : DROPPED
  const { summary, kind } = outcome === 'acked' ? settled : UNAVAILABLE
  return new SluiceError(error.code, summary, { kind })
}

/** Why a message is settled that failed. */
const AFTER_FAILURE = new Set<string | undefined>(['failed', 'dead-letter'])

/** Of the place, but it will not be tried again. */
const KEPT = { summary: 'the message is kept as a dead letter; the log has the reason', kind: 'message' } as const
const DROPPED = { summary: 'the message was dropped after a failure; the log has the reason', kind: 'message' } as const
const UNAVAILABLE = {
  summary: 'the message was not delivered: send it again; the log has the reason',
  kind: 'place',
} as const
