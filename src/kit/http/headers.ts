import type { IncomingHttpHeaders } from 'node:http'
import { refusal } from './refusal.ts'

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

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

function textOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'object' ? value.join(', ') : value
}
