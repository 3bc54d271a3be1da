import type { SluiceError } from '../../core/errors.ts'
import { JsonReader } from '../json.ts'
import type { JsonLimits } from '../json-limits.ts'
import { JsonRefusal } from '../json-refusal.ts'
import { LineSplitter, type Line } from '../lines.ts'
import { isBlank } from '../ndjson.ts'
import type { Entry } from './outstanding.ts'
import { brokenLine } from './record-faults.ts'

/** What can't be made a message; where it is is said by whoever tells of it. */
export interface Fault {
  readonly start: number
  readonly end: number
  readonly toError: () => SluiceError
}

/** Cuts the bytes of a file into records. */
export interface Records {
  /** More bytes, which may be used again afterwards. To be called when `next` has nothing more. */
  push(bytes: Uint8Array): void
  /** No more bytes will come: what is left, if it has no end, is one more record. */
  end(): void
  /** The next one; undefined where that takes more bytes. */
  next(): Entry | Fault | undefined
  /** All before was given by `next`, or is blank. */
  readonly at: number
}

export interface RecordOptions {
  readonly maxLine: number
  readonly limits: JsonLimits
}

const NO_HEADERS = Object.freeze({})

export function entryOf(start: number, end: number, { data, sizeBytes }: Pick<Entry, 'data' | 'sizeBytes'>): Entry {
  return {
    position: '',
    headers: NO_HEADERS,
    start,
    end,
    data,
    sizeBytes,
    message: undefined,
    attempt: 1,
    isSettled: false,
  }
}

/** How many bytes of the heap a text takes that came over the wire, roughly. */
const HEAP_PER_CHARACTER = 2

/** Lines, one after the other, and where in the file they are. */
export class PlacedLines {
  readonly #splitter: LineSplitter
  #lines: readonly Line[] = []
  #next = 0
  #hasEnded = false
  at: number

  constructor(at: number, maxLineBytes: number) {
    this.at = at
    this.#splitter = new LineSplitter({ maxLineBytes, measures: true })
  }

  push(bytes: Uint8Array): void {
    this.#lines = this.#splitter.push(bytes)
    this.#next = 0
  }

  end(): void {
    this.#lines = this.#splitter.end()
    this.#next = 0
    this.#hasEnded = true
  }

  /** The next line; `at` is behind it then. */
  next(): Line | undefined {
    const line = this.#lines[this.#next]
    if (line === undefined) return undefined
    this.#next++
    this.at += line.bytes! + (this.#hasEnded ? 0 : 1)
    return line
  }
}

/** A record a line: JSON, or a text as it is. */
export class LineRecords implements Records {
  readonly #lines: PlacedLines
  readonly #options: RecordOptions
  /** Of JSON. */
  readonly #reader: JsonReader | undefined

  constructor(at: number, format: 'ndjson' | 'lines', options: RecordOptions) {
    this.#lines = new PlacedLines(at, options.maxLine)
    this.#options = options
    this.#reader = format === 'ndjson' ? new JsonReader(options.limits) : undefined
  }

  get at(): number {
    return this.#lines.at
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes)
  }

  end(): void {
    this.#lines.end()
  }

  next(): Entry | Fault | undefined {
    for (;;) {
      const start = this.#lines.at
      const line = this.#lines.next()
      if (line === undefined) return undefined
      const end = this.#lines.at
      if (line.text === undefined) return { start, end, toError: () => brokenLine(line, this.#options.maxLine) }
      const { text } = line
      if (this.#reader === undefined)
        return entryOf(start, end, { data: text, sizeBytes: HEAP_PER_CHARACTER * (text.length + 1) })
      if (isBlank(line)) continue
      const data = this.#reader.read(text)
      if (data instanceof JsonRefusal) return { start, end, toError: data.toError }
      return entryOf(start, end, { data, sizeBytes: this.#reader.takeSizeBytes(text.length + 1) })
    }
  }
}
