import { SluiceError } from '../../core/errors.ts'
import { componentError, type ComponentErrorCode } from '../component-errors.ts'
import { errnoOf } from '../errno.ts'
import { printable } from '../text.ts'

const LONGEST_REASON = 200

/** What says that there was no connection over which anything could have been sent. */
const NOT_SENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|EHOSTDOWN|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|ENODATA|ESERVFAIL|EMFILE|ENFILE|UND_ERR_CONNECT_TIMEOUT)$/
const OF_TLS =
  /^(?:ERR_(?:TLS|SSL|OSSL)_\w+|EPROTO|CERT_\w+|\w*SELF_SIGNED\w*|UNABLE_TO_\w+|INVALID_CA|HOSTNAME_MISMATCH)$/
/** What came is no answer. */
const NOT_HTTP = /^(?:HPE_\w+|UND_ERR_(?:HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH|INVALID_RETURN_VALUE))$/

/** What kept an answer from coming, as an error of ours. */
export function failureOf(thrown: unknown, url: string, masked: (text: string) => string): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const first = firstOf(error)
  const errno = errnoOf(error) ?? errnoOf(first) ?? ''
  // The client's parser gives its errors a name, and no code.
  const code = error.name === 'HTTPParserError' ? 'SLUICE_REQUEST_ANSWER_INVALID' : codeOf(errno)
  const reason = printable(masked(first.message), LONGEST_REASON)
  const cause = Object.assign(new Error(reason), { name: error.name }, errno === '' ? {} : { code: errno })
  return componentError(code, `${url}: ${SENTENCES[code] ?? 'the request failed'} (${reason})`, cause)
}

function codeOf(errno: string): ComponentErrorCode {
  if (NOT_SENT.test(errno)) return 'SLUICE_REQUEST_UNREACHABLE'
  if (OF_TLS.test(errno)) return 'SLUICE_REQUEST_TLS'
  if (errno === 'UND_ERR_INVALID_ARG') return 'SLUICE_REQUEST_INVALID'
  if (NOT_HTTP.test(errno)) return 'SLUICE_REQUEST_ANSWER_INVALID'
  return 'SLUICE_REQUEST_LOST'
}

const SENTENCES: Readonly<Partial<Record<ComponentErrorCode, string>>> = {
  SLUICE_REQUEST_UNREACHABLE: 'the server cannot be reached; nothing was sent',
  SLUICE_REQUEST_TLS: 'no TLS connection comes about',
  SLUICE_REQUEST_ANSWER_INVALID: 'what came back is not HTTP',
  SLUICE_REQUEST_LOST: 'the connection broke before the answer came; whether the request took effect is unknown',
}

/** Where several addresses were tried, what the first one said. */
function firstOf(error: Error): Error {
  const { errors } = error as { readonly errors?: readonly unknown[] }
  const first = Array.isArray(errors) ? (errors as readonly unknown[])[0] : undefined
  return first instanceof Error ? first : error
}
