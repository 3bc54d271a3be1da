import { kitError } from '../errors.ts'
import type { SluiceError } from '../../core/errors.ts'
import { brokenLine } from './record-faults.ts'
import { entryOf, PlacedLines, type Fault, type RecordOptions, type Records } from './records.ts'
import type { Entry } from './outstanding.ts'

/** `parse` of csv-parse. */
export type ParseCsv = (text: string, options: object) => string[][]

export interface CsvOptions {
  readonly delimiter: string
  /** The first record has the names; or these are the names; or there are none, and a record is a list. */
  readonly header: boolean | readonly string[]
}

/** A record that may be of several lines, before it is parsed. */
interface Draft {
  readonly start: number
  readonly end: number
  readonly text: string
}

const QUOTE = '"'
const CR_LF = '\r\n'
const BYTE_ORDER_MARK_BYTES = 3
const BYTES_PER_FIELD = 48
const HEAP_PER_CHARACTER = 2
/** Records that are parsed at once. */
const MOST_AT_ONCE = 256

/**
 * Records of CSV (RFC 4180), which may have line feeds in their quotes. Bytes are cut where no quote is open, and those
 * records parsed together.
 *
 * A quote that is never closed would swallow all that follows: where a record gets longer than a line may be, or the file
 * ends, its first line is a fault, and what follows that is read as if it began there. A line that can't be read spoils its
 * record.
 */
export class CsvRecords implements Records {
  readonly #lines: PlacedLines
  readonly #options: RecordOptions & CsvOptions
  readonly #parse: ParseCsv
  #names: readonly string[] | undefined
  /** Lines of a record whose quote is open. */
  #open: Draft[] = []
  #openBytes = 0
  /** Those that are to be read again after a quote that was never closed; the next one comes last. */
  readonly #again: Draft[] = []
  #ready: (Entry | Fault)[] = []
  #next = 0
  #hasEnded = false

  /** @param names those of the header, where the file isn't read from its beginning. */
  constructor(
    at: number,
    options: RecordOptions & CsvOptions & { readonly parse: ParseCsv },
    names?: readonly string[],
  ) {
    this.#lines = new PlacedLines(at, options.maxLine)
    this.#options = options
    this.#parse = options.parse
    this.#names = names ?? (typeof options.header === 'boolean' ? undefined : named(options.header))
  }

  /** Of the first record; undefined where it hasn't come, or is no header. */
  get names(): readonly string[] | undefined {
    return this.#names
  }

  get at(): number {
    return this.#ready[this.#next]?.start ?? this.#open[0]?.start ?? this.#again.at(-1)?.start ?? this.#lines.at
  }

  push(bytes: Uint8Array): void {
    this.#lines.push(bytes)
  }

  end(): void {
    this.#lines.end()
    this.#hasEnded = true
  }

  next(): Entry | Fault | undefined {
    if (this.#next === this.#ready.length) {
      this.#ready = this.#made()
      this.#next = 0
    }
    const record = this.#ready[this.#next]
    if (record !== undefined) this.#next++
    return record
  }

  /** Some records, in order; none where that takes more bytes. */
  #made(): (Entry | Fault)[] {
    const drafts: Draft[] = []
    while (drafts.length < MOST_AT_ONCE) {
      const line = this.#nextLine()
      const fault = line === undefined ? this.#atEnd() : this.#take(line, drafts)
      if (fault !== undefined) return [...this.#parsed(drafts), fault]
      if (line === undefined) break
    }
    return this.#parsed(drafts)
  }

  #nextLine(): Draft | Fault | undefined {
    const start = this.#lines.at
    const line = this.#again.pop() ?? this.#lines.next()
    if (line === undefined || 'end' in line) return line
    const end = this.#lines.at
    if (line.text !== undefined) return { start, end, text: line.text }
    return { start, end, toError: () => brokenLine(line, this.#options.maxLine) }
  }

  /** Adds the record that a line completes. @returns what is wrong with it, if anything is. */
  #take(line: Draft | Fault, drafts: Draft[]): Fault | undefined {
    if ('toError' in line) {
      const { start } = this.#open[0] ?? line
      this.#close()
      return { ...line, start }
    }
    const isOdd = quotesIn(line.text) % 2 === 1
    if (this.#open.length === 0 && !isOdd) {
      if (!this.#isBlank(line)) drafts.push(line)
      return undefined
    }
    this.#open.push(line)
    this.#openBytes += line.end - line.start
    if (this.#open.length > 1 && isOdd) {
      drafts.push({ ...line, start: this.#open[0]!.start, text: joined(this.#open) })
      this.#close()
    }
    return this.#openBytes > this.#options.maxLine ? this.#giveUp() : undefined
  }

  /** Fields may be parted by what is blank. */
  #isBlank({ text }: Draft): boolean {
    return text.trim() === '' && !text.includes(this.#options.delimiter)
  }

  #atEnd(): Fault | undefined {
    return this.#hasEnded && this.#open.length > 0 ? this.#giveUp() : undefined
  }

  /** The first line of a record whose quote is never closed is a fault; the others are lines like any. */
  #giveUp(): Fault {
    const lines = this.#open
    this.#close()
    for (let index = lines.length - 1; index > 0; index--) this.#again.push(lines[index]!)
    const { start, end } = lines[0]!
    return {
      start,
      end,
      toError: () => kitError('SLUICE_INPUT_NOT_CSV', 'the record is not CSV: a quote is not closed'),
    }
  }

  #close(): void {
    this.#open = []
    this.#openBytes = 0
  }

  #parsed(drafts: readonly Draft[]): (Entry | Fault)[] {
    if (drafts.length === 0) return []
    const rows = this.#rows(drafts.map(({ text }) => text))
    return drafts.flatMap((draft, index) => this.#recordOf(draft, rows[index]!) ?? [])
  }

  /** All at once, and one by one where something is wrong. */
  #rows(texts: readonly string[]): (readonly string[] | Error)[] {
    const rows = this.#tryRows(texts.join('\n'))
    if (!(rows instanceof Error) && rows.length === texts.length) return rows
    return texts.map((text) => {
      const row = this.#tryRows(text)
      return row instanceof Error ? row : (row[0] ?? new Error('it is empty'))
    })
  }

  #tryRows(text: string): string[][] | Error {
    try {
      const { delimiter } = this.#options
      return this.#parse(text, { delimiter, relax_column_count: true, record_delimiter: ['\r\n', '\n'] })
    } catch (error) {
      return error as Error
    }
  }

  #recordOf({ start, end, text }: Draft, row: readonly string[] | Error): Entry | Fault | undefined {
    if (row instanceof Error) return { start, end, toError: () => notCsv(row) }
    const { header } = this.#options
    if (header === true && this.#names === undefined) {
      this.#names = named(row)
      return undefined
    }
    const names = this.#names
    if (names !== undefined && names.length !== row.length) {
      const what = `the record has ${row.length} fields, and the header ${names.length}`
      return { start, end, toError: () => kitError('SLUICE_INPUT_NOT_CSV', what) }
    }
    const data = names === undefined ? row : Object.fromEntries(names.map((name, index) => [name, row[index]!]))
    return entryOf(start, end, { data, sizeBytes: HEAP_PER_CHARACTER * text.length + BYTES_PER_FIELD * row.length })
  }
}

/** A name that comes again has the number of its coming behind it, since no field may be lost. */
function named(row: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  const comings = new Map<string, number>()
  return row.map((name) => {
    let free = name
    let count = comings.get(name) ?? 1
    while (taken.has(free)) free = `${name}_${++count}`
    comings.set(name, count)
    taken.add(free)
    return free
  })
}

/** The lines of one record, with the ends of line that they had: those are part of a field. */
function joined(lines: readonly Draft[]): string {
  let text = ''
  for (const [index, line] of lines.entries()) text += index < lines.length - 1 ? line.text + endOf(line) : line.text
  return text
}

/** What ended a line that was not the last one. A byte order mark, of three bytes, may have been before it, too. */
function endOf({ start, end, text }: Draft): string {
  const leftOut = end - start - Buffer.byteLength(text)
  return leftOut % BYTE_ORDER_MARK_BYTES === CR_LF.length ? CR_LF : '\n'
}

function quotesIn(text: string): number {
  let count = 0
  for (let at = text.indexOf(QUOTE); at !== -1; at = text.indexOf(QUOTE, at + 1)) count++
  return count
}

/** The parser's text without its own count of lines. */
function notCsv(cause: Error): SluiceError {
  const [reason = ''] = cause.message.split(/ (?:on field|at line)\b/)
  return kitError('SLUICE_INPUT_NOT_CSV', `the record is not CSV: ${reason.charAt(0).toLowerCase()}${reason.slice(1)}`)
}
