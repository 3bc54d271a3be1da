import { SluiceError } from '../core/errors.ts'
import { componentError } from './component-errors.ts'
import type { JsonReader } from './json.ts'
import { JsonRefusal } from './json-refusal.ts'
import { jsonText } from './json-text.ts'
import type { TextLine } from './lines.ts'

/** Whether a line holds no record. */
export function isBlank({ text }: TextLine): boolean {
  return text.trim() === ''
}

/** The value of one line, or why there is none, with the number of the line in front. */
export function readLine({ line, text }: TextLine, reader: JsonReader): unknown {
  const value = reader.read(text)
  return value instanceof JsonRefusal ? new JsonRefusal(() => errorOfLine(line, value.toError())) : value
}

/** A fault of one line, which says which one. */
export function errorOfLine(line: number, error: SluiceError): SluiceError {
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
    text = jsonText(value)
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
