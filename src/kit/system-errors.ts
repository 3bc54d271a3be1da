import type { ErrorKind } from '../core/errors.ts'
import { errnoOf } from './errno.ts'

/** Codes of Node.js, of the system below it, and of its HTTP client, by what has failed. */
const CODES: Readonly<Record<ErrorKind, readonly string[]>> = {
  place: [
    // A disk, a device, a descriptor, the memory.
    'EAGAIN EBUSY EDQUOT EFBIG EINTR EIO EMFILE ENFILE ENODEV ENOLCK ENOMEM ENOSPC ENXIO ESTALE ETXTBSY',
    // A permission: whatever is done there fails until somebody gives it.
    'EACCES EPERM EROFS',
    // A connection.
    'EADDRINUSE EADDRNOTAVAIL ECONNABORTED ECONNREFUSED ECONNRESET EHOSTDOWN EHOSTUNREACH ENETDOWN ENETRESET ENETUNREACH',
    'ENOBUFS ENOTCONN EPIPE ESHUTDOWN ETIMEDOUT ERR_SOCKET_CLOSED ERR_SOCKET_CONNECTION_TIMEOUT',
    'ERR_STREAM_DESTROYED ERR_STREAM_PREMATURE_CLOSE ERR_HTTP2_GOAWAY_SESSION ERR_HTTP2_SESSION_ERROR',
    'UND_ERR_BODY_TIMEOUT UND_ERR_CLOSED UND_ERR_CONNECT_TIMEOUT UND_ERR_DESTROYED UND_ERR_HEADERS_TIMEOUT UND_ERR_SOCKET',
    // A name.
    'EAI_AGAIN EAI_FAIL EAI_MEMORY EAI_NODATA ENODATA ENOTFOUND ETIMEOUT ESERVFAIL',
    // A certificate.
    'CERT_HAS_EXPIRED CERT_NOT_YET_VALID DEPTH_ZERO_SELF_SIGNED_CERT ERR_TLS_CERT_ALTNAME_INVALID',
    'SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  ],
  message: ['E2BIG EILSEQ EMSGSIZE ENAMETOOLONG ERR_INVALID_URL'],
}

const KINDS: ReadonlyMap<string, ErrorKind> = new Map(
  (['place', 'message'] as const).flatMap((kind) =>
    CODES[kind].flatMap((line) => line.split(' ').map((code) => [code, kind] as const)),
  ),
)

/** Causes that are looked at, from the outermost on; more are a circle. */
const DEEPEST = 8

/**
 * Whose fault an error is that a system call, a socket or a client of Node.js gave, or that was caused by one, as
 * `fetch failed` is: the message's or the place's (A3). Undefined where its code doesn't say, as that of a file that isn't there.
 */
export function kindOfSystemError(error: unknown): ErrorKind | undefined {
  let inner = error
  try {
    for (let depth = 0; depth < DEEPEST && inner instanceof Error; depth++) {
      const kind = inner.name === 'TimeoutError' ? 'place' : KINDS.get(errnoOf(inner) ?? '')
      if (kind !== undefined) return kind
      inner = inner.cause
    }
  } catch {
    // It throws when it is looked at.
  }
  return undefined
}
