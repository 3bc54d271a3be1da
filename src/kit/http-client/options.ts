import { z } from 'zod'
import { expression } from '../expression/schema.ts'
import { bytes, duration } from '../units.ts'
import { problemOfRange } from './address-guard.ts'
import { problemOfHeader, problemOfHeaderName } from './headers.ts'
import { problemOfUrl } from './target.ts'

/** A text in which something may be wrong, which is told without repeating it. */
export function checked(problemOf: (text: string) => string | undefined, longest: number): z.ZodType<string, string> {
  return z
    .string()
    .min(1)
    .max(longest)
    .superRefine((text, context) => {
      const problem = problemOf(text)
      if (problem !== undefined) context.addIssue({ code: 'custom', message: problem })
    })
}

const headerName = checked(problemOfHeaderName, 128)
const filePath = z.string().min(1).max(4096)
const secret = z.union([
  z.string().min(1).max(8192),
  z.strictObject({
    file: filePath.describe('File with the secret in its first line; read again when it has changed.'),
  }),
])

const auth = z
  .strictObject({
    bearer: secret.optional().describe('Token, sent as `Authorization: Bearer <token>`.'),
    basic: secret.optional().describe('User and password as `user:password`, sent as `Authorization: Basic …`.'),
    header: z
      .strictObject({
        name: headerName.describe('Name of the header, such as `X-Api-Key`.'),
        value: secret.describe('What stands in it.'),
      })
      .optional()
      .describe('A header of another name with a secret in it.'),
  })
  .refine((given) => Object.values(given).filter((way) => way !== undefined).length === 1, {
    error: 'give one of `bearer`, `basic` and `header`',
  })

const tls = z
  .strictObject({
    ca: filePath
      .optional()
      .describe('File with the certificates of the authorities to trust, instead of those of Node.js.'),
    cert: filePath.optional().describe('File with the certificate of the client, where the server wants one.'),
    key: filePath.optional().describe('File with the key of that certificate.'),
    servername: z.string().min(1).max(253).optional().describe('Name that is in the certificate of the server.'),
  })
  .refine(({ cert, key }) => (cert === undefined) === (key === undefined), {
    error: '`cert` and `key` belong together: give both',
  })

const MOST_HEADERS = 64

/** What the consumer `http` and the stage `http-request` both take. */
export const requestFields = {
  url: checked(problemOfUrl, 8192).describe('Where to send to: http:// or https://, without user and password.'),
  headers: z
    .record(headerName, checked(problemOfHeader, 8192))
    .refine((given) => Object.keys(given).length <= MOST_HEADERS, { error: `at most ${MOST_HEADERS} headers` })
    .default({})
    .describe('Headers that are the same in each request.'),
  headersFrom: z
    .record(headerName, expression())
    .refine((given) => Object.keys(given).length <= MOST_HEADERS, { error: `at most ${MOST_HEADERS} headers` })
    .default({})
    .describe('Headers by expression, as `X-Tenant: data.tenant`; what gives nothing is left out.'),
  auth: auth.optional().describe('A secret to send along, best from a variable, as `bearer: ${TOKEN}`, or a file.'),
  idempotencyKey: headerName
    .default('Idempotency-Key')
    .describe(
      'Header by which the server can tell a repeated request: the id of its message, of several a hash of theirs.',
    ),
  statuses: z
    .record(
      z.string().regex(/^[2-5]\d\d$/, { error: 'must be a status from 200 to 599' }),
      z.enum(['accepted', 'message', 'place']),
    )
    .default({})
    .describe('What a status means where it means something else than usual, as `409: accepted`.'),
  timeout: duration({ min: '10ms', max: '1h' })
    .prefault('20s')
    .describe('Longest time for a whole answer; the `timeout` of the node (30s) has to be longer.'),
  connectTimeout: duration({ min: '10ms', max: '5m' }).prefault('5s').describe('Longest time to connect.'),
  connections: z.int().min(1).max(10_000).default(128).describe('Most connections, which are kept alive; more wait.'),
  allow: z
    .array(checked(problemOfRange, 64))
    .min(1)
    .max(1_000)
    .optional()
    .describe(
      'The only addresses to connect to, as "10.0.0.0/8"; without it any but link-local ones (169.254.0.0/16).',
    ),
  tls: tls.optional().describe('For https://; without it Node.js says whom to trust.'),
  maxAnswer: bytes({ min: '1KiB', max: '1GiB' }).prefault('1MiB').describe('Largest answer that is read.'),
}

const shared = z.strictObject(requestFields)

/** What both have in common, as they use it. */
export type RequestOptions = z.output<typeof shared>

/**
 * A path that is asked whether the server works. There is none by default: a server that takes connections, and no
 * messages, would be taken for one that works, and an outage for the fault of a message.
 */
export const healthOption = z
  .string()
  .max(4096)
  .regex(/^\/[!-~]*$/, { error: 'must be a path on the server of `url`, as "/health"' })
  .optional()
  .describe('Path on the same server that answers GET with 2xx only if it would take messages, as "/health".')

const CONTENT_TYPE = 'content-type'

/** A header that is said twice would be sent twice. */
export function refuseHeaderTwice(
  given: Pick<RequestOptions, 'headers' | 'headersFrom' | 'auth' | 'idempotencyKey'>,
  context: z.RefinementCtx,
): void {
  const { headers, headersFrom, auth: credentials, idempotencyKey } = given
  const ofAuth = credentials === undefined ? [] : [credentials.header?.name ?? 'Authorization']
  const seen = new Set([idempotencyKey, ...ofAuth].map((name) => name.toLowerCase()))
  if (seen.size === 1 && ofAuth.length === 1) {
    context.addIssue({ code: 'custom', message: 'is that of `auth`', path: ['idempotencyKey'] })
  }
  if (seen.has(CONTENT_TYPE)) {
    const path = idempotencyKey.toLowerCase() === CONTENT_TYPE ? ['idempotencyKey'] : ['auth', 'header', 'name']
    context.addIssue({ code: 'custom', message: 'this header says what the body is: give another one', path })
  }
  for (const [option, names] of [
    ['headers', Object.keys(headers)],
    ['headersFrom', Object.keys(headersFrom)],
  ] as const) {
    for (const name of names) {
      const isTwice = seen.has(name.toLowerCase()) || (option === 'headersFrom' && name.toLowerCase() === CONTENT_TYPE)
      if (isTwice) context.addIssue({ code: 'custom', message: 'this header is set already', path: [option, name] })
      seen.add(name.toLowerCase())
    }
  }
}
