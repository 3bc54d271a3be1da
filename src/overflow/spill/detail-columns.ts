import type { Details, WrittenDetails } from './details.ts'
import { NumberColumn, type WrittenNumbers } from './number-column.ts'

const COMMA_BYTES = 1
const NUMBERS = 6

/** Most that the columns have more of one message, beside its headers. */
const DETAILS_BYTES = NUMBERS * 24

/** What messages carry beside data, id and key, column by column. */
export class DetailColumns {
  readonly #times = new NumberColumn()
  readonly #priorities = new NumberColumn()
  readonly #attempts = new NumberColumn()
  readonly #sizes = new NumberColumn()
  readonly #deadlines = new NumberColumn()
  readonly #whichHeaders = new NumberColumn()
  /** By the texts of what they are. */
  readonly #headers = new Map<string, number>()
  #lastHeaders: Readonly<Record<string, string>> | undefined
  #lastWhich = 0
  /** The headers that were written last, and their text. */
  #asked: Readonly<Record<string, string>> | undefined
  #askedText = ''
  #headersBytes = 0

  /** What they take as JSON, about; never much less. */
  get bytes(): number {
    const numbers = this.#times.bytes + this.#priorities.bytes + this.#attempts.bytes + this.#sizes.bytes
    return numbers + this.#deadlines.bytes + this.#whichHeaders.bytes + this.#headersBytes
  }

  /** Most that they take more when a message has come to them. */
  bytesFor({ headers }: Pick<Details, 'headers'>): number {
    return DETAILS_BYTES + (headers === this.#lastHeaders ? 0 : Buffer.byteLength(this.#textOf(headers)))
  }

  /** @param attemptsBefore from which its attempts are counted. */
  add(message: Details, attemptsBefore = 0): void {
    this.#times.push(message.time)
    this.#priorities.push(message.priority)
    this.#attempts.push(message.attempt - attemptsBefore)
    this.#sizes.push(message.sizeBytes)
    this.#deadlines.push(message.deadline)
    this.#whichHeaders.push(this.#whichOf(message.headers))
  }

  /** What is as usual for all of them is left out. */
  written(usual: Details): WrittenDetails {
    const columns: Record<string, WrittenNumbers | WrittenDetails['headers']> = {}
    const put = (name: keyof WrittenDetails, column: NumberColumn, value: number | undefined): void => {
      if (!column.isAll(value)) columns[name] = column.written()
    }
    put('times', this.#times, usual.time)
    put('priorities', this.#priorities, usual.priority)
    put('attempts', this.#attempts, usual.attempt)
    put('sizes', this.#sizes, usual.sizeBytes)
    put('deadlines', this.#deadlines, usual.deadline)
    const texts = [...this.#headers.keys()]
    if (texts.length > 1 || (usual.headers !== this.#lastHeaders && texts[0] !== JSON.stringify(usual.headers))) {
      const sets = texts.map((text) => JSON.parse(text) as Readonly<Record<string, string>>)
      columns['headers'] = { sets, which: this.#whichHeaders.written() }
    }
    return columns
  }

  /** Messages of one body share the object; those of others often have the same in theirs. */
  #whichOf(headers: Readonly<Record<string, string>>): number {
    if (headers === this.#lastHeaders) return this.#lastWhich
    const text = this.#textOf(headers)
    let which = this.#headers.get(text)
    if (which === undefined) {
      which = this.#headers.size
      this.#headers.set(text, which)
      this.#headersBytes += Buffer.byteLength(text) + COMMA_BYTES
    }
    this.#lastHeaders = headers
    this.#lastWhich = which
    return which
  }

  #textOf(headers: Readonly<Record<string, string>>): string {
    if (headers !== this.#asked) this.#askedText = JSON.stringify(headers)
    this.#asked = headers
    return this.#askedText
  }
}
