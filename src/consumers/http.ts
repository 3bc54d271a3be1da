import { z } from 'zod'
import { defineConsumer, type ConsumerHandlers, type OptionsOf, type WorkerContext } from '../core/component.ts'
import { configure, type ConfiguredConsumer } from '../core/configured.ts'
import type { Lookup } from '../kit/http-client/address-guard.ts'
import { HttpClient } from '../kit/http-client/client.ts'
import { Delivery } from '../kit/http-client/delivery.ts'
import { checkHealth } from '../kit/http-client/health.ts'
import { healthOption, refuseHeaderTwice, requestFields } from '../kit/http-client/options.ts'
import { resultsOption } from '../kit/http-client/results.ts'

const options = z
  .strictObject({
    ...requestFields,
    method: z.enum(['POST', 'PUT', 'PATCH']).default('POST').describe('Method of the requests.'),
    body: z
      .enum(['json', 'ndjson'])
      .default('json')
      .describe('How data is written: as JSON, several values as an array, or as NDJSON, a line per value.'),
    per: z
      .enum(['message', 'call'])
      .default('message')
      .describe('One request for each message, of a batch with all its parts, or for all of a call (`callSize`, 100).'),
    results: resultsOption
      .optional()
      .describe('Where the answer to several values says what became of each; without it the status counts for all.'),
    health: healthOption,
  })
  .superRefine(refuseHeaderTwice)
  .refine(({ per, headersFrom }) => per === 'message' || Object.keys(headersFrom).length === 0, {
    error: 'with `per: call` a request has many messages, and none of them can say its headers: set `per: message`',
    path: ['headersFrom'],
  })

type Options = z.output<typeof options>

/**
 * Sends messages to an HTTP server: each by itself, batches as arrays, or all that a call brings.
 *
 *     http: { url: https://ledger.example/payments, auth: { bearer: "${LEDGER_TOKEN}" } }
 *
 * Every request has an `Idempotency-Key`: of one message its id, of several a hash of their ids. It is the same when the
 * request is repeated, so that a server that knows it takes it once; values that are divided otherwise than at first,
 * as in halves, have another one.
 *
 * Shape:  in any message with data that JSON can say. `per: call` takes the parts of all batches together.
 * Demand: as any consumer; `concurrency` requests at once.
 * Acks:   by a 2xx (A8). Of a batch, and with `results`, each part by itself. What was taken is not sent again, but for
 *         answers that were lost: delivery is at least once, once where the server knows the key.
 * Errors: 4xx is of the message: SLUICE_REQUEST_REJECTED; of several values it is sent again in halves, until the one is
 *         alone that is refused. 408, 425, 429, 5xx, time-outs and connections are of the place, which is left alone
 *         for its Retry-After (an hour at most); so are 401, 403, 404, 405, 406, 407, 410, 415, 421, 426 and 3xx, which
 *         say that the URL, the credentials or the method are wrong, so that a slip in the config makes no dead letters;
 *         `statuses` says otherwise. Nothing is redirected. Of an answer 1,000 characters stand in errors and letters,
 *         without the secret of `auth`. Opening sends nothing; SLUICE_REQUEST_FILE, SLUICE_REQUEST_ADDRESS_REFUSED.
 * Source: RFC 9110; the draft "The Idempotency-Key HTTP Header Field" of the IETF.
 */
const definition = defineConsumer({
  name: 'http',
  summary: 'Sends messages to an HTTP server.',
  options,
  short: 'url',
  io: true,
  callTimeout: ({ timeout }) => timeout,
  create: (settings, context) => createHttp(settings, context),
})
export default definition

/** Sends messages to an HTTP server: `http({ url: 'https://ledger.example/payments', body: 'ndjson' })`. */
export function http<T = unknown>(settings: OptionsOf<typeof definition>): ConfiguredConsumer<T> {
  return configure<T>(definition, settings)
}

/** @param lookup names to addresses, as the system does unless a test has another. */
export function createHttp(settings: Options, context: WorkerContext, lookup?: Lookup): ConsumerHandlers {
  const client = new HttpClient(settings, { clock: context.clock, lookup, hasOwnPath: false })
  const delivery = new Delivery(settings, context, client)
  const { health } = settings
  const hooks = {
    open: () => client.open(),
    stop: () => client.stop(),
    ...(health === undefined ? {} : { health: () => checkHealth(client, health) }),
  }
  return settings.per === 'call'
    ? { ...hooks, handle: (messages, call) => delivery.sendAll(messages, call) }
    : { ...hooks, each: (_data, message, call) => delivery.sendOne(message, call) }
}
