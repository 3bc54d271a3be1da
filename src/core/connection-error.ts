import { isReadable } from './errors.ts'
import { codeOf } from './outage-detector.ts'

/** System errors that pass when the other side is there again, and those of `fetch`, which has codes of its own. */
const CONNECTION_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'ETIMEDOUT',
  'EPIPE',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ERR_SOCKET_CONNECTION_TIMEOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
])

/** Errors behind one that are looked at; they may lead in a circle. */
const MOST_LOOKED_AT = 32

/** Whether an error, or any that it came from, is of a connection: it may be there in a while. */
export function isConnectionError(error: Error): boolean {
  const found: unknown[] = [error]
  for (let index = 0; index < found.length && index < MOST_LOOKED_AT; index++) {
    const each = found[index]
    if (!isReadable(each)) continue
    if (CONNECTION_CODES.has(codeOf(each))) return true
    found.push(each.cause, ...errorsOf(each))
  }
  return false
}

/** Those of an `AggregateError`: of several addresses, or places, each has failed. */
function errorsOf(error: Error): readonly unknown[] {
  try {
    const { errors } = error as Error & { readonly errors?: unknown }
    return Array.isArray(errors) ? errors.slice(0, MOST_LOOKED_AT) : []
  } catch {
    return [] // It throws when it is looked at.
  }
}
