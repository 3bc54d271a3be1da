import { SluiceError } from '../core/errors.ts'
import { componentError } from './component-errors.ts'
import { JsonRefusal, readJson } from './json.ts'
import type { JsonLimits } from './json-limits.ts'
import type { TextLine } from './lines.ts'

/** Whether a line holds no record. */
export function isBlank({ text }: TextLine): boolean {
  return text.trim() === ''
}

/**
 * The value of one line.
 *
 * @throws as `parseJson`, with the number of the line in front
 */
export function parseLine(line: TextLine, limits?: JsonLimits): unknown {
  const value = readLine(line, limits)
  if (value instanceof JsonRefusal) throw value.toError()
  return value
}

/** As `parseLine`, but returns what that throws, as a `JsonRefusal`. `isSuspect` as in `readJson`. */
export function readLine({ line, text }: TextLine, limits?: JsonLimits, isSuspect?: boolean): unknown {
  const value = readJson(text, limits, isSuspect)
  return value instanceof JsonRefusal ? new JsonRefusal(() => errorOfLine(line, value.toError())) : value
}

function errorOfLine(line: number, error: SluiceError): SluiceError {
  // The parser has counted lines too, and has seen one.
  const message = error.message.replace(', at line 1, column ', ', at column ')
  return new SluiceError(error.code, `line ${line}: ${message}`, { kind: error.kind, cause: error })
}

/**
 * The line of a value, with its end.
 *
 * @throws SLUICE_OUTPUT_NOT_JSON
 */
export function jsonLine(value: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw componentError('SLUICE_OUTPUT_NOT_JSON', `the data cannot be written as JSON: ${reasonOf(error)}`, error)
  }
  if (text !== undefined) return `${text}\n`
  throw componentError('SLUICE_OUTPUT_NOT_JSON', `the data cannot be written as JSON: it is ${typeof value}`)
}

/** The first line: V8 draws a picture of a cycle below it. */
function reasonOf(error: unknown): string {
  const [reason = ''] = String((error as Error | undefined)?.message ?? error).split('\n')
  return reason
}
