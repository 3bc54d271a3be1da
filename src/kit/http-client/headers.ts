import type { Message } from '../../core/message.ts'
import { componentError } from '../component-errors.ts'
import type { Selector } from '../expression/compile.ts'

/** RFC 9110, 5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
/** What may stand in a header: no line break, by which another one could be begun, and no other control character. */
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** What the client says itself, or what is between it and the next machine only. */
const OURS = new Set([
  'connection',
  'content-length',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

export function problemOfHeaderName(name: string): string | undefined {
  if (!TOKEN.test(name)) return 'must be the name of a header'
  return OURS.has(name.toLowerCase()) ? 'the client sets this header itself' : undefined
}

export function problemOfHeader(value: string): string | undefined {
  return VALUE.test(value) ? undefined : 'a header has neither line breaks nor characters beyond U+00FF'
}

/** Names and values in turn, as the client takes them. */
export type FlatHeaders = string[]

/** Headers in the order of later wins: a name stands once, whatever the case of its letters. */
export function flatten(...records: Readonly<Record<string, string>>[]): FlatHeaders {
  const found = new Map<string, readonly [name: string, value: string]>()
  for (const record of records) {
    for (const [name, value] of Object.entries(record)) found.set(name.toLowerCase(), [name, value])
  }
  return [...found.values()].flat()
}

/**
 * The headers that a message makes; what gives nothing is left out.
 *
 * @throws SLUICE_REQUEST_INVALID, without the value, in which somebody may have hidden something
 */
export function headersOf(selectors: readonly (readonly [string, Selector])[], message: Message): FlatHeaders {
  const headers: FlatHeaders = []
  for (const [name, select] of selectors) {
    const value = select(message)
    if (value === undefined || value === null) continue
    headers.push(name, textOf(value, `the header ${name}`, problemOfHeader))
  }
  return headers
}

/**
 * What an expression gives, as a text.
 *
 * @param what it is for, in a message.
 * @throws SLUICE_REQUEST_INVALID
 */
export function textOf(value: unknown, what: string, problemOf: (text: string) => string | undefined): string {
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    const found = Array.isArray(value) ? 'a list' : value === null ? 'null' : `a value of type ${typeof value}`
    throw componentError('SLUICE_REQUEST_INVALID', `${what} must be a text, a number or a boolean, not ${found}`)
  }
  const text = String(value)
  const problem = problemOf(text)
  if (problem === undefined) return text
  throw componentError('SLUICE_REQUEST_INVALID', `${what} cannot be sent: ${problem}`)
}
