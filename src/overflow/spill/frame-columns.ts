import type { Message } from '../../core/message.ts'
import type { FrameBody } from './frame-body.ts'
import { HEADER_BYTES } from './frame-header.ts'
import { NumberColumn } from './number-column.ts'
import { TextColumn } from './text-column.ts'

/** Of the names of the columns, and of the header of a frame. */
const FIXED_BYTES = HEADER_BYTES + 200
/** Most that the columns have more of one message, beside its texts. */
const MESSAGE_BYTES = 6 * 24
const COMMA_BYTES = 1

/** What messages of a frame carry beside their data, column by column. */
export class FrameColumns {
  count = 0
  readonly #ids = new TextColumn()
  readonly #keys = new TextColumn()
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
  #bytes = FIXED_BYTES

  /** What they take as JSON, about; never much less. */
  get bytes(): number {
    const columns = this.#ids.bytes + this.#keys.bytes + this.#times.bytes + this.#priorities.bytes
    const more = this.#attempts.bytes + this.#sizes.bytes + this.#deadlines.bytes + this.#whichHeaders.bytes
    return this.#bytes + columns + more
  }

  /** Most that they take when a message has come to them. */
  bytesWith({ key, headers }: Message, id: string): number {
    const headersBytes = headers === this.#lastHeaders ? 0 : Buffer.byteLength(this.#textOf(headers))
    return this.bytes + Buffer.byteLength(id) + Buffer.byteLength(key ?? '') + headersBytes + MESSAGE_BYTES
  }

  add(message: Message, id: string): void {
    this.count++
    this.#ids.push(id)
    this.#keys.push(message.key)
    this.#times.push(message.time)
    this.#priorities.push(message.priority)
    this.#attempts.push(message.attempt)
    this.#sizes.push(message.sizeBytes)
    this.#deadlines.push(message.deadline)
    this.#whichHeaders.push(this.#whichOf(message.headers))
  }

  written(): Omit<FrameBody, 'data'> {
    const keys = this.#keys.written()
    const deadlines = this.#deadlines.written()
    const sets = [...this.#headers.keys()].map((text) => JSON.parse(text) as Readonly<Record<string, string>>)
    const hasHeaders = sets.length > 1 || (sets.length === 1 && Object.keys(sets[0]!).length > 0)
    return {
      ids: this.#ids.written(),
      ...(keys === null ? {} : { keys }),
      times: this.#times.written(),
      priorities: this.#priorities.written(),
      attempts: this.#attempts.written(),
      sizes: this.#sizes.written(),
      ...(deadlines === null ? {} : { deadlines }),
      ...(hasHeaders ? { headers: { sets, which: this.#whichHeaders.written() } } : {}),
    }
  }

  /** Messages of one body share the object; those of others often have the same in theirs. */
  #whichOf(headers: Readonly<Record<string, string>>): number {
    if (headers === this.#lastHeaders) return this.#lastWhich
    const text = this.#textOf(headers)
    let which = this.#headers.get(text)
    if (which === undefined) {
      which = this.#headers.size
      this.#headers.set(text, which)
      this.#bytes += Buffer.byteLength(text) + COMMA_BYTES
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
