import type { SluiceError } from '../core/errors.ts'
import { kitError } from './errors.ts'
import { BYTE_ORDER_MARK, utf8FaultAt, utf8Text } from './utf8.ts'

const LF = 0x0a
const NOTHING = Buffer.alloc(0)

/**
 * A line as text, without its end. Lines count from 1. The text may share the memory of its chunk, so whoever keeps few
 * lines of many for long copies them.
 */
export interface TextLine {
  readonly line: number
  readonly text: string
  /** With `measures`: its whole length in the input, without the LF. */
  readonly bytes?: number | undefined
}
/** A line longer than the limit; `bytes` is its whole length without the LF. */
export interface LongLine {
  readonly line: number
  readonly text?: undefined
  readonly tooLong: true
  readonly bytes: number
}
/** A line that is not UTF-8; `offset` is where in it that shows, in bytes from 0. */
export interface GarbledLine {
  readonly line: number
  readonly text?: undefined
  readonly notUtf8: true
  readonly bytes: number
  readonly offset: number
}
export type BrokenLine = LongLine | GarbledLine
export type Line = TextLine | BrokenLine

/** What to tell about a line that can't be read. Made only when asked for: an error costs more than a line. */
export function lineError(broken: BrokenLine, maxLineBytes: number): SluiceError {
  if ('tooLong' in broken) {
    const what = `line ${broken.line} has ${broken.bytes} bytes, more than the ${maxLineBytes} that are allowed`
    return kitError('SLUICE_INPUT_LINE_TOO_LONG', what)
  }
  return kitError(
    'SLUICE_INPUT_NOT_UTF8',
    `line ${broken.line} is not UTF-8 at its byte ${broken.offset}: encode it as UTF-8`,
  )
}

/**
 * Cuts a stream of bytes into lines. A line ends at LF or CR LF; the last one may lack its end. A byte order mark at
 * the very start is left out.
 *
 * Keeps at most `maxLineBytes` of an unfinished line. A longer one (its LF not counted, a CR is) is skipped and
 * reported once, where it ends. How the bytes are cut into chunks changes nothing.
 */
export class LineSplitter {
  readonly #maxLineBytes: number
  readonly #measures: boolean
  #line = 0
  /** The beginning of the unfinished line is `#kept[0..#length)`; a copy, so that no chunk is kept alive by its tail. */
  #kept = NOTHING
  #length = 0
  /** Bytes seen of an unfinished line that is too long already, of which nothing is kept; 0 when it isn't. */
  #skipped = 0

  /** @param measures whether lines say how many bytes they took, for whoever has to come back to a place. */
  constructor({ maxLineBytes, measures = false }: { readonly maxLineBytes: number; readonly measures?: boolean }) {
    this.#maxLineBytes = maxLineBytes
    this.#measures = measures
  }

  /** The lines that this chunk completes. The chunk may be used again afterwards. */
  push(chunk: Uint8Array): Line[] {
    const lines: Line[] = []
    const last = chunk.lastIndexOf(LF)
    let start = 0
    if (last !== -1 && (this.#length > 0 || this.#skipped > 0)) {
      const first = chunk.indexOf(LF)
      this.#keep(chunk.subarray(0, first))
      this.#finish(lines)
      start = first + 1
    }
    if (last >= start) this.#cut(chunk.subarray(start, last), lines)
    this.#keep(chunk.subarray(Math.max(start, last + 1)))
    return lines
  }

  /** The last line, where it had no LF. */
  end(): Line[] {
    const lines: Line[] = []
    if (this.#length > 0 || this.#skipped > 0) this.#finish(lines)
    return lines
  }

  /** Lines without the LF of the last one. Decoded at once, and line by line only where something is wrong. */
  #cut(bytes: Uint8Array, lines: Line[]): void {
    const text = this.#holdsLongLine(bytes) ? undefined : utf8Text(bytes)
    if (text === undefined) this.#cutOneByOne(bytes, lines)
    else {
      // As many characters as bytes are ASCII.
      const isAscii = text.length === bytes.length
      for (const line of text.split('\n')) lines.push(this.#textLine(line, isAscii))
    }
  }

  /** Hops from LF to LF, each as far as a line may reach, so that most lines are never looked at. */
  #holdsLongLine(bytes: Uint8Array): boolean {
    let start = 0
    while (bytes.length - start > this.#maxLineBytes) {
      const feed = bytes.lastIndexOf(LF, start + this.#maxLineBytes)
      if (feed < start) return true
      start = feed + 1
    }
    return false
  }

  #cutOneByOne(bytes: Uint8Array, lines: Line[]): void {
    let start = 0
    while (start <= bytes.length) {
      const feed = bytes.indexOf(LF, start)
      const end = feed === -1 ? bytes.length : feed
      lines.push(this.#lineOf(bytes.subarray(start, end)))
      start = end + 1
    }
  }

  #finish(lines: Line[]): void {
    if (this.#skipped > 0) lines.push({ line: ++this.#line, tooLong: true, bytes: this.#skipped })
    else lines.push(this.#lineOf(this.#kept.subarray(0, this.#length)))
    this.#kept = NOTHING
    this.#length = 0
    this.#skipped = 0
  }

  #lineOf(bytes: Uint8Array): Line {
    if (bytes.length > this.#maxLineBytes) return { line: ++this.#line, tooLong: true, bytes: bytes.length }
    const text = utf8Text(bytes)
    if (text !== undefined) return this.#textLine(text, text.length === bytes.length)
    return { line: ++this.#line, notUtf8: true, bytes: bytes.length, offset: utf8FaultAt(bytes) }
  }

  #textLine(raw: string, isAscii: boolean): TextLine {
    const line = ++this.#line
    const bytes = this.#measures ? (isAscii ? raw.length : Buffer.byteLength(raw)) : undefined
    const start = line === 1 && raw.startsWith(BYTE_ORDER_MARK) ? 1 : 0
    const end = raw.endsWith('\r') ? -1 : undefined
    return { line, text: start === 0 && end === undefined ? raw : raw.slice(start, end), bytes }
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    const length = this.#length + bytes.length
    if (this.#skipped > 0 || length > this.#maxLineBytes) {
      this.#skipped += length
      this.#kept = NOTHING
      this.#length = 0
      return
    }
    if (length > this.#kept.length) {
      // Doubling keeps the copying linear; the limit keeps it bounded.
      const grown = Buffer.allocUnsafe(Math.min(this.#maxLineBytes, Math.max(length, 2 * this.#kept.length)))
      grown.set(this.#kept.subarray(0, this.#length))
      this.#kept = grown
    }
    this.#kept.set(bytes, this.#length)
    this.#length = length
  }
}
