import { SluiceError } from '../core/errors.ts'
import { errnoOf } from '../kit/errno.ts'
import { printable } from '../kit/text.ts'
import { REDIS_ERRORS, redisError, type RedisErrorCode } from './errors.ts'

/** Longest piece of a server's answer in a message of ours, in UTF-16 units. */
const LONGEST_ANSWER = 300

/** What an answer of the server means, by how it begins; the first that fits counts. */
const ANSWERS: readonly (readonly [RegExp, RedisErrorCode])[] = [
  [/^WRONGPASS|^NOAUTH|^ERR (?:invalid password|AUTH <password> called)/, 'SLUICE_REDIS_AUTH_REFUSED'],
  [/^NOPERM|^ERR The user executing the script|^ACLDENIED/, 'SLUICE_REDIS_NOT_PERMITTED'],
  [/^OOM\b/, 'SLUICE_REDIS_FULL'],
  [/^MISCONF\b/, 'SLUICE_REDIS_DISK'],
  [/^READONLY\b|^UNBLOCKED force unblock/, 'SLUICE_REDIS_READONLY'],
  [/^LOADING\b|^MASTERDOWN\b/, 'SLUICE_REDIS_LOADING'],
  [/^BUSY\b/, 'SLUICE_REDIS_BUSY'],
  [/^CLUSTERDOWN\b|^TRYAGAIN\b|^Too many Cluster redirections/, 'SLUICE_REDIS_CLUSTER_DOWN'],
  [/^CROSSSLOT\b|belong to the same slot/, 'SLUICE_REDIS_CROSS_SLOT'],
  [/^MOVED\b|^ASK\b/, 'SLUICE_REDIS_MOVED'],
  [/^ERR No such master with that name|invalid reply: null$/, 'SLUICE_REDIS_MASTER_UNKNOWN'],
  [/^NOREPLICAS\b/, 'SLUICE_REDIS_NO_REPLICAS'],
  [/^ERR max number of clients/, 'SLUICE_REDIS_TOO_MANY_CLIENTS'],
  [/^WRONGTYPE\b/, 'SLUICE_REDIS_WRONG_TYPE'],
  [/^ERR The ID specified in XADD is equal or smaller/, 'SLUICE_REDIS_ID_TAKEN'],
  [/^ERR (?:unknown command|unknown subcommand)/i, 'SLUICE_REDIS_COMMAND_UNKNOWN'],
  [/^ERR (?:Error (?:running|compiling) script|user_script)|script: [0-9a-f]{40}/, 'SLUICE_REDIS_SCRIPT_FAILED'],
  [/^(?:ERR )?Protocol error|Please report this/i, 'SLUICE_REDIS_NOT_REDIS'],
]

/** What the client says of its own. */
const TIMED_OUT = 'Command timed out'
const LOST =
  /^Reached the max retries per request|^Connection is closed|^Command aborted|^None of startup nodes|^Stream isn't/

const UNTRUSTED = /SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|^CERT_|^INVALID_CA$|^HOSTNAME_MISMATCH$/

/** The code of a system error that only its text has kept, as in "connect ECONNREFUSED 127.0.0.1:26379". */
const ERRNO = /\b(E[A-Z]{4,})\b/

/** What all Sentinels, or one of them, have said in the end. */
const SENTINELS = /^(?:All sentinels are unreachable.* Last error:|failed to connect to sentinel \S+ because) (.+)$/s

/** What a connection has met of which the client has kept no code. */
const OUTAGES: Readonly<Partial<Record<RedisErrorCode, string>>> = {
  SLUICE_REDIS_UNREACHABLE: 'ECONNRESET',
  SLUICE_REDIS_REPLY_LOST: 'ECONNRESET',
  SLUICE_REDIS_TIMED_OUT: 'ETIMEDOUT',
}

/** What is known about a command, or a try to connect, that failed. */
export interface Attempt {
  /** Such as "XADD", or "connect". */
  readonly action: string
  /** For people, without user and password. */
  readonly address: string
  /** Whether the server may have got it. */
  readonly wasSent: boolean
  /** What the connection last said of itself: only that tells why it broke. */
  readonly lastError?: Error | undefined
  /** What must not be printed. */
  readonly secrets: readonly string[]
}

/**
 * What a failure of the client means. The client's own errors hold the arguments of their command, which are passwords
 * and data: they are never passed on, only what they say is.
 */
export function failureOf(thrown: unknown, attempt: Attempt): SluiceError {
  if (thrown instanceof SluiceError) return thrown
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const told = innermost(error)
  const isLost = LOST.test(told.message)
  const reason = isLost ? innermost(attempt.lastError ?? told) : told
  const code = isLost && attempt.wasSent ? 'SLUICE_REDIS_REPLY_LOST' : codeOf(reason, attempt.wasSent)
  const said = cleaned(reason.message, attempt.secrets)
  const message = `${attempt.action} at ${attempt.address}: ${REDIS_ERRORS[code].summary} (${said})`
  return redisError(code, message, causeOf(reason, said, code))
}

/** A client of a cluster, or of Sentinels, tells last what the last of them has said. */
function innermost(error: Error): Error {
  const { lastNodeError } = error as Error & { readonly lastNodeError?: unknown }
  if (lastNodeError instanceof Error) return lastNodeError
  const [, last] = SENTINELS.exec(error.message) ?? []
  return last === undefined ? error : new Error(last)
}

function codeOf(error: Error, wasSent: boolean): RedisErrorCode {
  if (error.message === TIMED_OUT) return wasSent ? 'SLUICE_REDIS_TIMED_OUT' : 'SLUICE_REDIS_UNREACHABLE'
  const answer = ANSWERS.find(([pattern]) => pattern.test(error.message))
  if (answer !== undefined) return answer[1]
  if (error.name === 'ReplyError') return 'SLUICE_REDIS_REFUSED'
  return codeOfTls(errnoOf(error) ?? '') ?? (wasSent ? 'SLUICE_REDIS_REPLY_LOST' : 'SLUICE_REDIS_UNREACHABLE')
}

function codeOfTls(errno: string): RedisErrorCode | undefined {
  if (errno === 'ERR_TLS_CERT_ALTNAME_INVALID') return 'SLUICE_REDIS_TLS_NAME'
  if (UNTRUSTED.test(errno)) return 'SLUICE_REDIS_TLS_UNTRUSTED'
  return /^ERR_(?:SSL|TLS|OSSL)_|^EPROTO$/.test(errno) ? 'SLUICE_REDIS_TLS_FAILED' : undefined
}

/** Fit for a log: no secret, no control character, not endless. */
function cleaned(text: string, secrets: readonly string[]): string {
  const masked = secrets.reduce((left, secret) => left.replaceAll(secret, '***'), text)
  return printable(masked, LONGEST_ANSWER)
}

/** The same error, without what the client hangs on it. By the code the kernel tells an outage, so that there is one. */
function causeOf(error: Error, message: string, code: RedisErrorCode): Error {
  const cause = new Error(message)
  cause.name = error.name
  const errno = errnoOf(error) ?? ERRNO.exec(error.message)?.[1] ?? OUTAGES[code]
  return errno === undefined ? cause : Object.assign(cause, { code: errno })
}
