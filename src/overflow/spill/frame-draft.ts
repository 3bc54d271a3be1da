import type { Message } from '../../core/message.ts'
import { writeMarkedJson } from '../marked-json.ts'
import type { FrameBody, WrittenParts } from './frame-body.ts'
import { HEADER_BYTES } from './frame-header.ts'
import { NumberColumn } from './number-column.ts'
import { isPlainJson } from './plain-json.ts'
import { TextColumn } from './text-column.ts'

/** A message, and its data as JSON. */
export interface WrittenMessage {
  readonly message: Message
  /** Of the message, which builds it whenever it is asked. */
  readonly id: string
  readonly text: string
  readonly kind: 'plain' | 'marked' | 'absent'
  /** Of a batch. */
  readonly parts: WrittenParts | undefined
  /** Of its data, and of what only it has; what it shares with others of its frame may come to it. */
  readonly bytes: number
}

/** @throws TypeError or RangeError where its data can't be written */
export function writtenMessage(message: Message): WrittenMessage {
  const { data } = message
  const isPlain = isPlainJson(data)
  const json = isPlain ? JSON.stringify(data) : writeMarkedJson(data)
  const kind = json === undefined ? 'absent' : isPlain ? 'plain' : 'marked'
  const text = json ?? 'null'
  const parts = message.parts && writtenParts(message.parts, data)
  const partsBytes = parts === undefined ? 0 : Buffer.byteLength(JSON.stringify(parts)) + PLACE_BYTES
  const placeBytes = kind === 'plain' ? 0 : PLACE_BYTES
  const bytes = Buffer.byteLength(text) + COMMA_BYTES + placeBytes + partsBytes
  return { message, id: message.id, text, kind, parts, bytes }
}

const COMMA_BYTES = 1
/** Of a number in a list of places, or of a pair. */
const PLACE_BYTES = 12
/** Of the names of the columns, and of the header. */
const FRAME_BYTES = HEADER_BYTES + 200
/** Most that the columns have more of one message, beside its texts. */
const COLUMNS_BYTES = 6 * 24

function writtenParts(parts: readonly Message[], data: unknown): WrittenParts {
  const ids = new TextColumn()
  const keys = new TextColumn()
  for (const part of parts) {
    ids.push(part.id)
    keys.push(part.key)
  }
  const theirKeys = keys.written()
  const isInBatch = Array.isArray(data) && data.length === parts.length
  return {
    count: parts.length,
    ids: ids.written(),
    ...(theirKeys === null ? {} : { keys: theirKeys }),
    ...(isInBatch ? {} : { data: parts.map((part) => writeMarkedJson(part.data) ?? null) }),
  }
}

/** A frame that is being filled with messages. */
export class FrameDraft {
  readonly messages: WrittenMessage[] = []
  /** Parts of its messages; one that is no batch is one. */
  parts = 0
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
  #bytes = FRAME_BYTES

  /** Whether a message surely fits into so many bytes. */
  hasRoomFor({ message, id, bytes }: WrittenMessage, most: number): boolean {
    const { key, headers } = message
    const headersBytes = headers === this.#lastHeaders ? 0 : Buffer.byteLength(JSON.stringify(headers))
    return this.bytes + bytes + id.length + (key?.length ?? 0) + headersBytes + COLUMNS_BYTES <= most
  }

  /** What it takes, about; never much less. */
  get bytes(): number {
    const columns = this.#ids.bytes + this.#keys.bytes + this.#times.bytes + this.#priorities.bytes
    const more = this.#attempts.bytes + this.#sizes.bytes + this.#deadlines.bytes + this.#whichHeaders.bytes
    return this.#bytes + columns + more
  }

  add(written: WrittenMessage): void {
    const { message } = written
    this.messages.push(written)
    this.#bytes += written.bytes
    this.parts += written.parts?.count ?? 1
    this.#ids.push(written.id)
    this.#keys.push(message.key)
    this.#times.push(message.time)
    this.#priorities.push(message.priority)
    this.#attempts.push(message.attempt)
    this.#sizes.push(message.sizeBytes)
    this.#deadlines.push(message.deadline)
    this.#whichHeaders.push(this.#whichOf(message.headers))
  }

  /** The JSON of its messages. */
  text(): string {
    let data = ''
    for (const { text } of this.messages) data += data === '' ? text : `,${text}`
    return `{"data":[${data}],${JSON.stringify(this.#columns()).slice(1)}`
  }

  #columns(): Omit<FrameBody, 'data'> {
    const keys = this.#keys.written()
    const deadlines = this.#deadlines.written()
    const [marked, absent] = [this.#placesOf('marked'), this.#placesOf('absent')]
    const parts = this.messages.flatMap((written, at) =>
      written.parts === undefined ? [] : [[at, written.parts] as const],
    )
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
      ...(marked.length > 0 ? { marked } : {}),
      ...(absent.length > 0 ? { absent } : {}),
      ...(parts.length > 0 ? { parts } : {}),
    }
  }

  #placesOf(kind: WrittenMessage['kind']): number[] {
    return this.messages.flatMap((written, at) => (written.kind === kind ? [at] : []))
  }

  /** Messages of one body share the object; those of others often have the same in theirs. */
  #whichOf(headers: Readonly<Record<string, string>>): number {
    if (headers === this.#lastHeaders) return this.#lastWhich
    const text = JSON.stringify(headers)
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
}
