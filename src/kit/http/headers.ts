import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { z } from 'zod'
import { refusal } from './refusal.ts'

export const headerName = z.string().regex(/^[A-Za-z0-9-]{1,64}$/, { error: 'must be the name of a header' })

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

/** More of them are a flood. */
const MOST_HEADERS = 100
/** Of two, one would be forgotten: another reader on the way may have gone by the other. */
const SINGLE = ['host', 'authorization', 'content-type']
const SINGLE_LENGTHS = new Set(SINGLE.map(({ length }) => length))
/** What a host is written with, and a port; it may be empty. */
const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[\w.~%!$&'()*+,;=-]*)(?::\d*)?$/

/**
 * Checks what node:http lets pass: too many headers, a second one where there is one, and the Host.
 *
 * @throws SLUICE_HTTP_HEADERS_TOO_LARGE, SLUICE_HTTP_HEADER_INVALID, SLUICE_HTTP_TRANSFER_ENCODING
 */
export function checkHead({ rawHeaders, headers, httpVersionMinor }: IncomingMessage): void {
  if (rawHeaders.length > 2 * MOST_HEADERS) {
    throw refusal('SLUICE_HTTP_HEADERS_TOO_LARGE', `more than the ${MOST_HEADERS} headers that are allowed`)
  }
  checkSingle(rawHeaders)
  const { host, 'transfer-encoding': encoding } = headers
  if (host === undefined ? httpVersionMinor > 0 : !HOST.test(host)) {
    throw refusal('SLUICE_HTTP_HEADER_INVALID', host === undefined ? 'there is no Host' : 'the Host is no host')
  }
  if (encoding !== undefined && encoding.toLowerCase() !== 'chunked') throw refusal('SLUICE_HTTP_TRANSFER_ENCODING')
}

function checkSingle(rawHeaders: readonly string[]): void {
  let seen = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!
    // Most have another length, which costs less to see than their letters.
    if (!SINGLE_LENGTHS.has(name.length)) continue
    const place = SINGLE.indexOf(name.toLowerCase())
    if (place === -1) continue
    const bit = 1 << place
    if ((seen & bit) !== 0) throw refusal('SLUICE_HTTP_HEADER_INVALID', `the header ${name} stands twice`)
    seen |= bit
  }
}

/**
 * What a client names its request by, the same when it repeats it; undefined where it doesn't.
 *
 * @throws SLUICE_HTTP_IDEMPOTENCY_KEY_INVALID
 */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | undefined {
  const key = textOf(headers['idempotency-key'])
  if (key === undefined || IDEMPOTENCY_KEY.test(key)) return key
  throw refusal('SLUICE_HTTP_IDEMPOTENCY_KEY_INVALID')
}

/** Those of the named headers that are there, in lower case. */
export function pickHeaders(
  headers: IncomingHttpHeaders,
  names: readonly string[],
): Readonly<Record<string, string>> | undefined {
  if (names.length === 0) return undefined
  const picked: Record<string, string> = {}
  for (const name of names) {
    const value = textOf(headers[name.toLowerCase()])
    if (value !== undefined) picked[name.toLowerCase()] = value
  }
  return picked
}

/** Of a name that every object has, such as `constructor`, something else may be found. */
export function textOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return value.join(', ')
  return typeof value === 'string' ? value : undefined
}
