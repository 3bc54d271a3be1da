import type { Dispatcher } from 'undici'
import { componentError } from '../component-errors.ts'

type Body = Dispatcher.ResponseData['body']
type Headers = Dispatcher.ResponseData['headers']

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
 * Reads a body up to a number of bytes; of more the connection is closed.
 *
 * @param isLenient whether what came before it broke will do.
 */
export function readBody(body: Body, most: number, isLenient: boolean): Promise<Pick<Answer, 'body' | 'isCut'>> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    const end = (isCut: boolean): void => resolve({ body: Buffer.concat(chunks).subarray(0, most), isCut })
    body.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length <= most) return
      end(true)
      body.destroy()
    })
    body.on('end', () => end(false))
    body.on('error', (error) => (isLenient ? end(true) : reject(error)))
  })
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
