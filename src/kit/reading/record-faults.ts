import { SluiceError } from '../../core/errors.ts'
import { kitError } from '../errors.ts'
import type { BrokenLine } from '../lines.ts'
import { quote } from '../text.ts'

/** Characters of a path that are shown. */
const LONGEST_PATH = 200

/** What to tell about a line that can't be read. */
export function brokenLine(broken: BrokenLine, maxLineBytes: number): SluiceError {
  if ('tooLong' in broken) {
    const what = `the line has ${broken.bytes} bytes, more than the ${maxLineBytes} that are allowed`
    return kitError('SLUICE_INPUT_LINE_TOO_LONG', what)
  }
  return kitError('SLUICE_INPUT_NOT_UTF8', `the line is not UTF-8 at its byte ${broken.offset}: encode it as UTF-8`)
}

/** The same fault with its place in front. */
export function faultOf(path: string, start: number, error: SluiceError): SluiceError {
  // The parser has counted lines too, and has seen one.
  const message = error.message.replace(', at line 1, column ', ', at column ')
  const place = `${quotePath(path)}, from byte ${start}`
  return new SluiceError(error.code, `${place}: ${message}`, { kind: error.kind, cause: error })
}

export function quotePath(path: string): string {
  return quote(path, LONGEST_PATH)
}
