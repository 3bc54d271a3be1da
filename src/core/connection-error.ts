import { isReadable } from './errors.ts'
import { codeOf } from './outage-detector.ts'

/** System errors that pass when the other side is there again. */
const CONNECTION_CODES: ReadonlySet<string> = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED ETIMEDOUT EPIPE ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH ENETDOWN'.split(
    ' ',
  ),
)

/** Whether an error, or what it came from, is of a connection: it may be there in a while. */
export function isConnectionError(error: Error): boolean {
  let cause: unknown = error
  for (let depth = 0; isReadable(cause) && depth < 8; depth++) {
    if (CONNECTION_CODES.has(codeOf(cause))) return true
    ;({ cause } = cause)
  }
  return false
}
