/* Bodies that are sent by HTTP, and what becomes of them: the same for every server. */

const VALUE_BYTES = 250
/** Values that are sent over and over. */
const POOL = 5000
export const CONNECTIONS = 64

/**
 * @typedef {object} Format
 * @property {string} contentType
 * @property {number} values in each body.
 */

/** One value in each body. @type {Format} */
export const JSON_BODIES = { contentType: 'application/json', values: 1 }
/** A hundred lines in each body. @type {Format} */
export const NDJSON_BODIES = { contentType: 'application/x-ndjson', values: 100 }

/** What becomes of the n-th value in the end. @param {number} n */
export const numberOf = (n) => n % POOL

/** Values as they are before they are written. @type {object[] | undefined} */
let pool

/** The n-th value. @param {number} n */
export function valueAt(n) {
  pool ??= Array.from({ length: POOL }, (_, number) => JSON.parse(textOf(number)))
  return pool[numberOf(n)]
}

/** @param {number} number */
function textOf(number) {
  const value = {
    number,
    id: `5f2b7c1e-0000-4000-8000-${String(number).padStart(12, '0')}`,
    merchant: `merchant-${number % 1000}`,
    amountMinor: 100 + number * 7,
    currency: 'EUR',
    createdAt: '2026-11-21T10:15:30.000Z',
    card: { brand: 'visa', last4: String(1000 + (number % 9000)) },
    note: '',
  }
  return JSON.stringify({ ...value, note: 'x'.repeat(VALUE_BYTES - JSON.stringify(value).length) })
}

/**
 * The bytes of a request whose values begin with the n-th.
 *
 * @param {Format} format
 * @param {number} n
 * @param {number} [values]
 */
function requestOf({ contentType, values: most }, n, values = most) {
  const body = Array.from({ length: values }, (_, index) => textOf(numberOf(n + index))).join('\n')
  const head = `POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: ${contentType}\r\nContent-Length: ${body.length}\r\n\r\n`
  return Buffer.from(head + body, 'latin1')
}

/**
 * Requests that carry `count` values, made beforehand; the last one may be shorter.
 *
 * @param {Format} format
 * @param {number} count
 * @returns {{ length: number, at: (index: number) => Buffer }}
 */
export function requestsOf(format, count) {
  const { values } = format
  const length = Math.ceil(count / values)
  const rest = count % values
  const usual = Array.from({ length: Math.min(length, POOL / values) }, (_, index) => requestOf(format, index * values))
  const last = rest === 0 ? undefined : requestOf(format, (length - 1) * values, rest)
  return {
    length,
    at: (index) => (last !== undefined && index === length - 1 ? last : (usual[index % usual.length] ?? Buffer.of())),
  }
}
