import { componentError } from '../component-errors.ts'

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

/**
 * The value of an answer: JSON where its type says so, otherwise text; null where there is none.
 *
 * @throws SLUICE_REQUEST_ANSWER_INVALID, SLUICE_REQUEST_ANSWER_TOO_LARGE
 */
export function valueOf(answer: Answer): unknown {
  const text = textOf(answer)
  if (text === '') return null
  return JSON_TYPE.test(headerOf(answer.headers, 'content-type') ?? '') ? parsed(text) : text
}

/** The value of an answer that has to be JSON, whatever it calls itself. @throws as `valueOf` */
export function jsonOf(answer: Answer): unknown {
  return parsed(textOf(answer))
}

function textOf({ headers, body, isCut }: Answer): string {
  if (isCut) {
    const message = `the answer has more than the ${body.length} bytes of \`maxAnswer\``
    throw componentError('SLUICE_REQUEST_ANSWER_TOO_LARGE', message)
  }
  const encoding = headerOf(headers, 'content-encoding') ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') throw invalid('the answer is compressed, which nobody asked for')
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (error) {
    throw invalid('the answer is no text in UTF-8', error)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Without V8's error as its cause, which repeats the input as it is.
    throw invalid('the answer is not JSON')
  }
}

function invalid(message: string, cause?: unknown): Error {
  return componentError('SLUICE_REQUEST_ANSWER_INVALID', message, cause)
}
