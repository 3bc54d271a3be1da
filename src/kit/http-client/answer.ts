import { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { DEFAULT_JSON_LIMITS, type JsonLimits } from '../json-limits.ts'
import { readJson } from '../json.ts'
import { JsonRefusal } from '../json-refusal.ts'

/** By names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>

/** What a server has said. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** As many bytes as were asked for. */
  readonly body: Buffer
  /** Whether there was more, or its end never came. */
  readonly isCut: boolean
}

const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i

/** A header, of several of that name the first. */
export function headerOf(headers: Headers, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** A larger text is no answer at all, by `maxAnswer`. */
const ANSWER_LIMITS: JsonLimits = { ...DEFAULT_JSON_LIMITS, keys: Infinity, elements: Infinity, keyLength: Infinity }

/**
 * The value of an answer: JSON where its type says so, otherwise text; null where there is none.
 *
 * @throws SLUICE_REQUEST_ANSWER_INVALID; SLUICE_REQUEST_ANSWER_TOO_LARGE, and where it is JSON that can't be kept as it is,
 *   SLUICE_INPUT_NUMBER_INEXACT or SLUICE_INPUT_TOO_DEEP, which are of the message
 */
export function valueOf(answer: Answer): unknown {
  const excess = excessOf(answer)
  if (excess !== undefined) throw componentError('SLUICE_REQUEST_ANSWER_TOO_LARGE', excess)
  const text = textOf(answer)
  if (text === '') return null
  if (!JSON_TYPE.test(headerOf(answer.headers, 'content-type') ?? '')) return text
  const value = readJson(text, ANSWER_LIMITS)
  if (!(value instanceof JsonRefusal)) return value
  const error = value.toError()
  throw error.code === 'SLUICE_INPUT_NOT_JSON' ? notJson() : error
}

/**
 * The value of an answer that has to be JSON, whatever it calls itself. One that is too large is of the place: nothing is
 * known of what it says, and what was sent may have been taken.
 *
 * @throws SLUICE_REQUEST_ANSWER_INVALID
 */
export function jsonOf(answer: Answer): unknown {
  const excess = excessOf(answer)
  if (excess !== undefined) throw invalid(excess)
  try {
    return JSON.parse(textOf(answer))
  } catch (error) {
    throw error instanceof SluiceError ? error : notJson()
  }
}

function excessOf({ body, isCut }: Answer): string | undefined {
  return isCut ? `the answer has more than the ${body.length} bytes of \`maxAnswer\`` : undefined
}

function textOf({ headers, body }: Answer): string {
  const encoding = headerOf(headers, 'content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') throw invalid('the answer is compressed, which nobody asked for')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (error) {
    throw invalid('the answer is no text in UTF-8', error)
  }
}

/** Without V8's error as its cause, which repeats the input as it is. */
function notJson(): Error {
  return invalid('the answer is not JSON')
}

function invalid(message: string, cause?: unknown): Error {
  return componentError('SLUICE_REQUEST_ANSWER_INVALID', message, cause)
}
