import { SluiceError } from '../../core/errors.ts'
import { KIT_ERRORS } from '../errors.ts'

interface RefusalEntry {
  readonly status: number
  readonly summary: string
  /** What to do about it. */
  readonly hint: string
  /** Whether where the request ends is in doubt, so that nothing more can be read from its connection. */
  readonly closes?: boolean
}

/** Every answer of an HTTP door that isn't about the outcome of a message. A code is never used for something else later. */
export const HTTP_REFUSALS = {
  SLUICE_HTTP_MALFORMED: {
    status: 400,
    summary: 'this is not HTTP/1.1',
    hint: 'see RFC 9112; a proxy on the way may have changed the request',
  },
  SLUICE_HTTP_HEADER_INVALID: {
    status: 400,
    summary: 'a header cannot be understood',
    hint: 'send `Host`, `Authorization` and `Content-Type` once each; a proxy on the way may have added another',
    closes: true,
  },
  SLUICE_HTTP_BODY_EMPTY: {
    status: 400,
    summary: 'the body is empty',
    hint: 'send JSON, as in: curl --json \'{"id": 1}\'',
  },
  SLUICE_HTTP_IDEMPOTENCY_KEY_INVALID: {
    status: 400,
    summary: 'the Idempotency-Key is not 1 to 255 visible ASCII characters',
    hint: 'send a UUID, the same one when the request is repeated',
  },
  SLUICE_HTTP_TIMEOUT_INVALID: {
    status: 400,
    summary: 'how long the sender waits cannot be understood',
    hint: 'send seconds, as in "Request-Timeout: 5", or a number with a unit, as "250ms", "5s" or "1m"',
  },
  SLUICE_HTTP_TOKEN_INVALID: {
    status: 401,
    summary: 'the token is missing or wrong',
    hint: 'send the header "Authorization: Bearer <token>"',
  },
  SLUICE_HTTP_PATH_UNKNOWN: {
    status: 404,
    summary: 'there is nothing at this path',
    hint: 'send to the path of the producer, see its `path`',
  },
  SLUICE_HTTP_METHOD_NOT_ALLOWED: {
    status: 405,
    summary: 'only POST is taken here',
    hint: 'send with POST',
  },
  SLUICE_HTTP_TOO_SLOW: {
    status: 408,
    summary: 'the request did not arrive in time',
    hint: 'send less at once, or raise `requestTimeout`',
  },
  SLUICE_HTTP_BODY_TOO_LARGE: {
    status: 413,
    summary: 'the body is larger than is allowed',
    hint: 'send less at once, or raise `maxBody`',
  },
  SLUICE_HTTP_BODY_OVER_QUEUE: {
    status: 413,
    summary: 'the body has more than the queue can ever hold',
    hint: 'send less at once, or raise `queue`',
  },
  SLUICE_HTTP_CONTENT_TYPE: {
    status: 415,
    summary: 'the content type is not taken here',
    hint: 'send "Content-Type: application/json", or "application/x-ndjson" for one value a line, in UTF-8',
  },
  SLUICE_HTTP_CONTENT_ENCODING: {
    status: 415,
    summary: 'the content encoding is not taken here',
    hint: 'send the body as it is, not compressed',
  },
  SLUICE_HTTP_EXPECTATION: {
    status: 417,
    summary: 'the Expect header asks for something else than 100-continue',
    hint: 'leave the header "Expect" out',
  },
  SLUICE_HTTP_MESSAGE_FAILED: {
    status: 422,
    summary: 'a handler failed on the message',
    hint: 'see the log for the reason; the same message would fail again',
  },
  SLUICE_HTTP_HEADERS_TOO_LARGE: {
    status: 431,
    summary: 'the headers are larger than is allowed',
    hint: 'send fewer or shorter headers',
    closes: true,
  },
  SLUICE_HTTP_FAULT: {
    status: 500,
    summary: 'the producer has made a mistake of its own',
    hint: 'see the log, and report it',
  },
  SLUICE_HTTP_NO_PROXY: {
    status: 501,
    summary: 'this is no proxy',
    hint: 'ask it as a server, without CONNECT; see the proxy settings of the client',
  },
  SLUICE_HTTP_TRANSFER_ENCODING: {
    status: 501,
    summary: 'the transfer encoding is not known here',
    hint: 'send the body with Content-Length, or "Transfer-Encoding: chunked" and nothing else',
    closes: true,
  },
  SLUICE_HTTP_QUEUE_FULL: {
    status: 503,
    summary: 'the queue is full',
    hint: 'send it again after the time in Retry-After',
  },
  SLUICE_HTTP_STOPPING: {
    status: 503,
    summary: 'the pipeline stops',
    hint: 'send it again after the time in Retry-After',
  },
  SLUICE_HTTP_MESSAGE_SHED: {
    status: 503,
    summary: 'the message was dropped from the full queue',
    hint: 'send it again after the time in Retry-After',
  },
  SLUICE_HTTP_DEADLINE_PASSED: {
    status: 504,
    summary: 'the message was not handled in the time that the request gave it',
    hint: 'send it again with more time, if it is still of use',
  },
} as const satisfies Record<string, RefusalEntry>

/** What of a store behind a door is the sender's to mend; the rest of its errors are told in the log. */
const OF_STORES: ReadonlyMap<string, { readonly status: number; readonly hint: string }> = new Map([
  [
    'SLUICE_OVERFLOW_TOO_LARGE',
    {
      status: 413,
      hint: 'send a smaller message, or raise `limit` of the store, of which a message may take an eighth, as it is stored',
    },
  ],
])

export type RefusalCode = keyof typeof HTTP_REFUSALS

/** A refusal with the code of the table; by default with its summary. */
export function refusal(code: RefusalCode, message: string = HTTP_REFUSALS[code].summary): SluiceError {
  return new SluiceError(code, message, { kind: HTTP_REFUSALS[code].status === 503 ? 'place' : 'message' })
}

/** What was wrong with what is written; any other fault of the input is a limit that it exceeds. */
const MALFORMED_INPUT = new Set(['SLUICE_INPUT_NOT_JSON', 'SLUICE_INPUT_NOT_UTF8', 'SLUICE_INPUT_NUMBER_INEXACT'])

/** The status that says what an error means for whoever sent the request. */
export function statusOf(error: SluiceError): number {
  if (Object.hasOwn(HTTP_REFUSALS, error.code)) return HTTP_REFUSALS[error.code as RefusalCode].status
  const ofStore = OF_STORES.get(error.code)
  if (ofStore !== undefined) return ofStore.status
  if (error.code.startsWith('SLUICE_INPUT_')) return MALFORMED_INPUT.has(error.code) ? 400 : 413
  return error.kind === 'place' ? 503 : 422
}

/** Whether an answer with this error is the last one on its connection. */
export function closesConnection({ code }: SluiceError): boolean {
  const table: Readonly<Record<string, RefusalEntry>> = HTTP_REFUSALS
  return Object.hasOwn(table, code) && table[code]!.closes === true
}

const HINTS: Readonly<Record<string, { readonly hint: string }>> = {
  ...KIT_ERRORS,
  ...HTTP_REFUSALS,
  ...Object.fromEntries(OF_STORES),
}

/** What a client is told of an error: code, sentence, and what to do where a table says so. */
export function bodyOf({ code, message }: SluiceError): { code: string; message: string; hint?: string } {
  const hint = Object.hasOwn(HINTS, code) ? HINTS[code]!.hint : undefined
  return { code, message, ...(hint === undefined ? {} : { hint }) }
}
