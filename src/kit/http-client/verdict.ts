import { busyError, type SluiceError } from '../../core/errors.ts'
import { componentError, type ComponentErrorCode } from '../component-errors.ts'
import { printable, quote } from '../text.ts'
import { headerOf, type Answer } from './answer.ts'
import type { RequestOptions } from './options.ts'

/** Longest pause that a server can ask for; ms. */
const LONGEST_PAUSE_MS = 3_600_000
/** Longest piece of an answer in a message of ours, in UTF-16 units. */
const LONGEST_ECHO = 1_000

const [THROTTLED, UNAUTHORIZED, NOT_SERVED] = [
  new Set([408, 425, 429]),
  new Set([401, 403, 407]),
  // Of how we ask, not of what is asked: another message fares no better.
  new Set([404, 405, 406, 410, 415, 421, 426]),
]

export type Meaning = RequestOptions['statuses'][string]

/** How statuses are read where a request is made. */
export interface Reading {
  /** What the options say. */
  readonly statuses: RequestOptions['statuses']
  /** The path is made of the message, so that what isn't there is the message's affair. */
  readonly hasOwnPath: boolean
}

/**
 * What an answer with this status is, where it isn't good: an error of the message or of the place (A3).
 *
 * | status | of | code |
 * | --- | --- | --- |
 * | 3xx | the place | SLUICE_REQUEST_REDIRECTED |
 * | 401, 403, 407 | the place | SLUICE_REQUEST_UNAUTHORIZED |
 * | 404, 405, 406, 410, 415, 421, 426 | the place | SLUICE_REQUEST_NOT_SERVED |
 * | 408, 425, 429 | the place | SLUICE_REQUEST_THROTTLED |
 * | other 4xx | the message | SLUICE_REQUEST_REJECTED |
 * | 5xx | the place | SLUICE_REQUEST_FAILED |
 */
export function codeOfStatus(status: number, { statuses, hasOwnPath }: Reading): ComponentErrorCode | undefined {
  const meaning: Meaning | undefined = statuses[status]
  const usual = usualCodeOf(status, hasOwnPath)
  if (meaning === undefined) return usual
  if (meaning === 'accepted') return undefined
  if (meaning === 'message') return 'SLUICE_REQUEST_REJECTED'
  return usual === undefined || usual === 'SLUICE_REQUEST_REJECTED' ? 'SLUICE_REQUEST_FAILED' : usual
}

function usualCodeOf(status: number, hasOwnPath: boolean): ComponentErrorCode | undefined {
  if (status >= 200 && status < 300) return undefined
  if (status < 400) return 'SLUICE_REQUEST_REDIRECTED'
  if (THROTTLED.has(status)) return 'SLUICE_REQUEST_THROTTLED'
  if (UNAUTHORIZED.has(status)) return 'SLUICE_REQUEST_UNAUTHORIZED'
  if (NOT_SERVED.has(status) && !hasOwnPath) return 'SLUICE_REQUEST_NOT_SERVED'
  return status < 500 ? 'SLUICE_REQUEST_REJECTED' : 'SLUICE_REQUEST_FAILED'
}

/** Who asked for what, and how to show it. */
export interface Asked {
  readonly method: string
  /** Without its query. */
  readonly url: string
  /** Wall clock ms. */
  readonly now: number
  masked(text: string): string
}

/** The error of an answer that isn't good. */
export function errorOfAnswer(code: ComponentErrorCode, answer: Answer, asked: Asked): SluiceError {
  const { status, headers, body } = answer
  const told = asked.masked(body.toString('utf8').trim())
  const location = code === 'SLUICE_REQUEST_REDIRECTED' ? headerOf(headers, 'location') : undefined
  const where = location === undefined ? '' : ` and sends to ${quote(asked.masked(withoutQuery(location)), 200)}`
  const said = told === '' ? '' : `: ${printable(told, LONGEST_ECHO)}`
  // A door tells its sender why a message failed: where we asked is none of its affairs.
  if (code === 'SLUICE_REQUEST_REJECTED')
    return componentError(code, `${asked.method} is answered with ${status}${said}`)
  const message = `${asked.method} ${asked.url} is answered with ${status}${where}${said}`
  const retryAfterMs = pauseOf(headerOf(headers, 'retry-after'), asked.now)
  return retryAfterMs === undefined ? componentError(code, message) : busyError(code, message, { retryAfterMs })
}

function withoutQuery(location: string): string {
  return location.split(/[?#]/, 1)[0]!
}

/**
 * How long the place wants to be left alone, by Retry-After in seconds or as a date; at most an hour, so that nobody's
 * slip of the pen stops a pipeline for days.
 */
export function pauseOf(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const text = header.trim()
  const ms = /^\d{1,15}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(0, ms), LONGEST_PAUSE_MS)
}
