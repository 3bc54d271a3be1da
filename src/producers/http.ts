import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { defineProducer, type ProducerContext, type Receipt } from '../core/component.ts'
import { configure, type ConfiguredProducer } from '../core/configured.ts'
import { asError, SluiceError } from '../core/errors.ts'
import { isLoopback, urlOf } from '../kit/http/address.ts'
import { BodyReader, discardBody, HangUp } from '../kit/http/body.ts'
import { BodyRooms, type SizedContent } from '../kit/http/body-rooms.ts'
import type { ContentFormat } from '../kit/http/content.ts'
import { acceptedAnswer, counterOf, Exchanges, refusalAnswer, send, STORED, type Answer } from '../kit/http/exchange.ts'
import { deadlineOption } from '../kit/http/deadline.ts'
import { gate } from '../kit/http/gate.ts'
import { headerName } from '../kit/http/headers.ts'
import { messagesOf } from '../kit/http/messages.ts'
import { refusal } from '../kit/http/refusal.ts'
import { HttpServer } from '../kit/http/server.ts'
import { jsonLimits } from '../kit/json-limits.ts'
import { ingressQueue, queueOptions } from '../kit/queue-options.ts'
import { bytes, duration } from '../kit/units.ts'

const options = z
  .strictObject({
    port: z.int().min(0).max(65_535).describe('Where it listens; 0 picks a free one, which the log names.'),
    host: z
      .string()
      .min(1)
      .max(255)
      .default('127.0.0.1')
      .describe('The address it listens on; any that other machines can reach needs a `token`.'),
    path: z
      .string()
      .regex(/^\/[^?#\s]*$/, { error: 'must start with "/", without "?" and "#"' })
      .default('/')
      .describe('Where to send to; starts with "/", without "?" and "#". Any other path is answered with 404.'),
    token: z
      .string()
      .min(16)
      .max(4096)
      .optional()
      .describe('What clients must send as `Authorization: Bearer <token>`.'),
    reply: z
      .enum(['delivered', 'accepted'])
      .default('delivered')
      .describe('When to answer: after every outcome, or (202) from memory; with `durable` (204) when all are stored.'),
    deadline: deadlineOption,
    headers: z
      .array(headerName)
      .max(64)
      .default([])
      .describe('Headers of the request that its messages carry on, in lower case.'),
    maxBody: bytes({ min: '1B', max: '1GiB' })
      .prefault('1MiB')
      .describe('Largest body; half of `queue.bytes` at most.'),
    requestTimeout: duration({ min: '100ms', max: '1h' })
      .prefault('30s')
      .describe('How long a request may take to arrive.'),
    connections: z.int().min(1).max(1_000_000).default(1_024).describe('Most at once; one more ends a silent one.'),
    limits: jsonLimits,
    ...queueOptions,
  })
  .refine(({ host, token }) => token !== undefined || isLoopback(host), {
    error: 'other machines can reach this `host`: set a `token` of at least 16 characters, or listen on 127.0.0.1',
    path: ['host'],
  })
  .refine(({ maxBody, queue }) => 2 * maxBody <= queue.bytes, {
    error: 'must be at most half of `queue.bytes`, where a body counts twice, or it could never be let in',
    path: ['maxBody'],
  })

type Options = z.output<typeof options>

/**
 * Takes messages by HTTP POST: one JSON value, a JSON array of values, or NDJSON, by the Content-Type. A body is let in
 * whole or refused whole.
 *
 *     curl --json '{"id": 1}' http://127.0.0.1:8080/payments
 *
 * Shape:  out one message per value, at the position `<Idempotency-Key>`, with `#<index>` behind it in a list; without
 *         that header at a count behind a prefix of this start.
 * Demand: a bounded `queue`; when it is full 503 with Retry-After, unless `whenFull` drops.
 * Acks:   `reply: delivered` answers when all messages of the body have an outcome: 200; one message that failed 422,
 *         also where it is kept as a dead letter, 503 where the place failed or the pipeline stopped, or 504 where its
 *         `deadline` has passed; of a list 200 with { accepted, failed: [{ index, code }] }. `reply: accepted` answers
 *         202 when they are in memory; a crash loses them. With `durable` 204 when all are stored; of a list with failures 207.
 * Errors: SLUICE_LISTEN_… on opening. Clients get { code, message, hint }; while the queue is full, any body gets 503.
 */
const definition = defineProducer({
  name: 'http',
  summary: 'Takes messages by HTTP POST.',
  options,
  io: true,
  outcomes: true,
  guarantee: ({ reply, deadline }) => {
    if (reply === 'accepted') return '202 = in memory, lost on a crash'
    return `200 = delivered; ${deadline === undefined ? '422 and 503' : '422, 503 and 504'} = not delivered`
  },
  exclusive: ({ port }) => (port === 0 ? undefined : `port ${port}`),
  create: (settings, context) => {
    const door = new Door(settings, context)
    return {
      queue: ingressQueue(settings),
      open: () => door.open(),
      ...(door.waits ? { settle: (receipts: readonly Receipt[]) => door.settle(receipts) } : {}),
      drain: () => door.drain(),
      stop: () => door.stop(),
    }
  },
})
export default definition

/**
 * Takes messages by HTTP POST: `http<Payment>({ port: 8080, path: '/payments' })`. That a body is a `Payment` is said,
 * not checked: let the first stage check what strangers send.
 */
export function http<T = unknown>(settings: z.input<typeof options>): ConfiguredProducer<T> {
  return configure(definition, settings)
}

/** What is known of a request before its body comes. */
interface Head {
  readonly format: ContentFormat
  readonly deadline: number | undefined
}

class Door {
  readonly #options: Options
  readonly #context: ProducerContext
  readonly #server: HttpServer
  readonly #announced: ReturnType<typeof gate>
  readonly #exchanges: Exchanges
  /** Requests without an answer. */
  readonly #unanswered = new Set<ServerResponse>()
  /** Bodies that are being read have room for as much as the queue; they are not in it yet. */
  readonly #bodies: BodyReader
  readonly #rooms: BodyRooms
  /** Whether an answer waits for the outcomes of its messages; where they are stored first, it always does. */
  readonly waits: boolean
  #isDraining = false

  constructor(settings: Options, context: ProducerContext) {
    this.#options = settings
    this.#context = context
    this.waits = context.isDurable || settings.reply === 'delivered'
    this.#exchanges = new Exchanges(context.isDurable)
    this.#announced = gate(settings)
    const { limits, maxBody, queue } = settings
    this.#bodies = new BodyReader({ maxBytes: maxBody, mostBytes: queue.bytes })
    this.#rooms = new BodyRooms({ limits, queue, hasRoom: context.hasRoom, noRoom: () => this.#noRoom() })
    this.#server = new HttpServer({
      requestTimeoutMs: settings.requestTimeout,
      connections: settings.connections,
      serve: (request, response, goAhead) => this.#serve(request, response, goAhead),
      onBroken: (status) => this.#count(status),
    })
  }

  async open(): Promise<void> {
    const { host, path } = this.#options
    const { log, node } = this.#context
    const url = urlOf(host, await this.#server.listen(this.#options)) + path
    log.info(`listening on ${url}`, { node, url })
    if (!this.waits) log.warn('202 = in memory, lost on a crash', { node })
  }

  settle(receipts: readonly Receipt[]): void {
    for (const receipt of receipts) {
      const settled = this.#exchanges.settle(receipt)
      if (settled !== undefined) this.#send(settled.response, settled.answer)
    }
  }

  /** From now on every answer is the last one on its connection. */
  drain(): void {
    this.#isDraining = true
  }

  /** Whoever has no answer by now gets one: nothing more can come of the request. */
  stop(): Promise<void> {
    this.#isDraining = true
    const stopped = this.#server.stop()
    for (const response of this.#unanswered) this.#refuse(response, refusal('SLUICE_HTTP_STOPPING'))
    this.#exchanges.clear()
    return stopped
  }

  #serve(request: IncomingMessage, response: ServerResponse, goAhead: () => void): void {
    this.#unanswered.add(response)
    try {
      const { format, length, timeoutMs } = this.#announced(request)
      const deadline = timeoutMs === undefined ? undefined : this.#context.clock.date() + timeoutMs
      this.#rooms.checkLength(length)
      goAhead()
      this.#bodies.read(request, {
        onBody: (body) => this.#take(response, body, { format, deadline }),
        onFailure: (error) => this.#fail(response, error),
      })
    } catch (error) {
      this.#refuse(response, error)
    }
  }

  #take(response: ServerResponse, body: Buffer, { format, deadline }: Head): void {
    try {
      this.#admit(response, this.#rooms.contentOf(body, format), deadline)
    } catch (error) {
      this.#refuse(response, error)
    }
  }

  #fail(response: ServerResponse, error: Error): void {
    if (!(error instanceof HangUp)) return this.#refuse(response, error)
    this.#unanswered.delete(response)
    if (!this.#server.isBroken(response)) this.#context.metrics.add('hang_ups')
  }

  #noRoom(): SluiceError {
    return refusal(this.#isDraining ? 'SLUICE_HTTP_STOPPING' : 'SLUICE_HTTP_QUEUE_FULL')
  }

  #admit(response: ServerResponse, content: SizedContent, deadline: number | undefined): void {
    const { values, isMany } = content
    this.#rooms.checkContent(content)
    const { headers } = this.#options
    const messages = messagesOf(response.req, content, { context: this.#context, headers, deadline })
    if (messages.length > 0 && this.#context.emit(messages, { whole: true }) === 0) throw this.#noRoom()
    if (!this.waits) this.#send(response, acceptedAnswer(values.length))
    else if (values.length === 0 && this.#context.isDurable) this.#send(response, STORED)
    else if (values.length === 0) this.#send(response, { status: 200, body: { accepted: 0, failed: [] } })
    else this.#exchanges.open(response, messages, isMany)
  }

  #refuse(response: ServerResponse, thrown: unknown): void {
    const { log, node } = this.#context
    const isOurs = thrown instanceof SluiceError
    if (!isOurs) log.error('a request failed by a mistake of the producer', { node, error: asError(thrown).stack })
    this.#send(response, refusalAnswer(isOurs ? thrown : refusal('SLUICE_HTTP_FAULT')))
    if (!response.req.complete) discardBody(response.req, this.#options.maxBody)
  }

  #send(response: ServerResponse, answer: Answer): void {
    // A client that asked before it sends, and is refused, may send or not: the connection can't be used again.
    const isLast = this.#isDraining || (response.req.headers.expect !== undefined && !response.req.complete)
    if (send(response, answer, isLast)) this.#count(answer.status)
    this.#unanswered.delete(response)
  }

  #count(status: number): void {
    this.#context.metrics.add(counterOf(status))
  }
}
