import { z } from 'zod'
import { defineStage, type OptionsOf, type StageContext, type StageHandlers } from '../core/component.ts'
import { configure, type ConfiguredStage } from '../core/configured.ts'
import { expression, fieldsExpression } from '../kit/expression/schema.ts'
import { problemOfProperty } from '../kit/expression/write.ts'
import type { Lookup } from '../kit/http-client/address-guard.ts'
import { HttpClient } from '../kit/http-client/client.ts'
import { Enquiry, WITH_BODY } from '../kit/http-client/enquiry.ts'
import { checkHealth } from '../kit/http-client/health.ts'
import { checked, healthOption, refuseHeaderTwice, requestFields } from '../kit/http-client/options.ts'
import { parametersOf, problemOfTemplate } from '../kit/http-client/path.ts'

const MOST_FIELDS = 100
const fields = () =>
  z
    .record(z.string().min(1).max(256), expression())
    .refine((given) => Object.keys(given).length <= MOST_FIELDS, { error: `at most ${MOST_FIELDS}` })
    .default({})

const options = z
  .strictObject({
    ...requestFields,
    url: checked(problemOfTemplate, 8192).describe(
      'Where to ask: http:// or https://; in its path `{name}` stands for a parameter, as "/users/{id}".',
    ),
    params: fields().describe('What stands for each `{name}` of the path, by expression, as `id: data.userId`.'),
    query: fields().describe('What is asked behind the "?", by expression; what gives nothing is left out.'),
    method: z
      .enum([...WITH_BODY, 'GET', 'DELETE'])
      .default('POST')
      .describe('Method of the requests; those with GET and DELETE have no body.'),
    body: fieldsExpression()
      .optional()
      .describe('What is sent as JSON: one expression, or an object of expressions; the data, where nothing is said.'),
    into: checked(problemOfProperty, 256)
      .optional()
      .describe('Field of the data that the answer becomes; without it the answer becomes the data.'),
    health: healthOption,
  })
  .superRefine(refuseHeaderTwice)
  .refine(({ method, body }) => body === undefined || (WITH_BODY as readonly string[]).includes(method), {
    error: 'a request with GET or DELETE has no body: leave it out, or set `method: POST`',
    path: ['body'],
  })
  .superRefine(({ url, params }, context) => {
    const wanted = URL.canParse(url) ? parametersOf(url) : []
    for (const name of wanted.filter((each) => !Object.hasOwn(params, each)))
      context.addIssue({
        code: 'custom',
        message: `\`url\` has {${name}}, and nothing says what it is`,
        path: ['params'],
      })
    for (const name of Object.keys(params).filter((each) => !wanted.includes(each)))
      context.addIssue({ code: 'custom', message: `\`url\` has no {${name}} in its path`, path: ['params', name] })
  })

type Options = z.output<typeof options>

/**
 * Asks an HTTP server about each message, and puts its answer into the message:
 *
 *     http-request:
 *       { url: "https://crm.example/customers/{id}", params: { id: data.customerId }, method: GET, into: customer }
 *
 * Where the answer is `application/json` it is parsed, otherwise it is a text; null where it is empty. What comes of a
 * message is one part of a path, or one value of a query, and never says where to connect to.
 *
 * Shape:  in any message, out the same with the answer as its data, or as the field `into` of it; order kept. A batch is
 *         one request; with `into` its answer is a list, of which each part gets its own.
 * Demand: one for one; `concurrency` requests at once.
 * Acks:   as the message that it gives. A message that comes again is asked for again, with the same `Idempotency-Key`.
 * Errors: as those of the consumer `http`, but that a path made of the message (`params`) which isn't there, 404 or 410,
 *         is of the message. SLUICE_REQUEST_INVALID, SLUICE_REQUEST_MERGE, SLUICE_REQUEST_ANSWER_TOO_LARGE fail the
 *         message, and so does JSON that can't be kept as it is, SLUICE_INPUT_NUMBER_INEXACT, SLUICE_INPUT_TOO_DEEP; what is not the JSON that it says it is, SLUICE_REQUEST_ANSWER_INVALID, is of the place.
 */
const definition = defineStage({
  name: 'http-request',
  summary: 'Asks an HTTP server about each message, and puts the answer into it.',
  options,
  short: 'url',
  io: true,
  callTimeout: ({ timeout }) => timeout,
  create: (settings, context) => createHttpRequest(settings, context),
})
export default definition

/**
 * Asks an HTTP server about each message: `httpRequest<Order, Priced>({ url: 'https://prices.example', into: 'price' })`.
 * What comes back is said, not checked.
 */
export function httpRequest<In, Out>(settings: OptionsOf<typeof definition>): ConfiguredStage<In, Out> {
  return configure(definition, settings)
}

/** @param lookup names to addresses, as the system does unless a test has another. */
export function createHttpRequest(settings: Options, { clock }: StageContext, lookup?: Lookup): StageHandlers {
  const hasOwnPath = Object.keys(settings.params).length > 0
  const client = new HttpClient(settings, { clock, lookup, hasOwnPath })
  const enquiry = new Enquiry(settings, client)
  const { health } = settings
  return {
    open: () => client.open(),
    map: (_data, message, call) => enquiry.ask(message, call),
    stop: () => client.stop(),
    ...(health === undefined ? {} : { health: () => checkHealth(client, health) }),
  }
}
