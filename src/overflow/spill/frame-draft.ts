import type { Message } from '../../core/message.ts'
import { DEEPEST_DATA, writeMarkedJson } from '../marked-json.ts'
import { DetailColumns } from './detail-columns.ts'
import { usualInBatch } from './details.ts'
import type { FrameBody, WrittenParts } from './frame-body.ts'
import { FrameColumns } from './frame-columns.ts'
import { NOT_PLAIN, plainLength } from './plain-json.ts'
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
  /** Of its data, and of what only it has; what it shares with others of its frame comes to it. */
  readonly bytes: number
}

const COMMA_BYTES = 1
/** Of a number in a list of places, or of a pair. */
const PLACE_BYTES = 12

/** @throws TypeError or RangeError where its data can't be written, and what a getter in it throws */
export function writtenMessage(message: Message): WrittenMessage {
  const { data } = message
  const isPlain = plainLength(data) !== NOT_PLAIN
  const json = isPlain ? JSON.stringify(data) : writeMarkedJson(data, DEEPEST_DATA)
  const kind = json === undefined ? 'absent' : isPlain ? 'plain' : 'marked'
  const text = json ?? 'null'
  const parts = message.parts && writtenParts(message.parts, message)
  const partsBytes = parts === undefined ? 0 : Buffer.byteLength(JSON.stringify(parts)) + PLACE_BYTES
  const placeBytes = kind === 'plain' ? 0 : PLACE_BYTES
  const bytes = Buffer.byteLength(text) + COMMA_BYTES + placeBytes + partsBytes
  return { message, id: message.id, text, kind, parts, bytes }
}

function writtenParts(parts: readonly Message[], batch: Message): WrittenParts {
  const { data } = batch
  const ids = new TextColumn()
  const keys = new TextColumn()
  const details = new DetailColumns()
  for (const part of parts) {
    ids.push(part.id)
    keys.push(part.key)
    details.add(part, batch.attempt)
  }
  const theirKeys = keys.written()
  const isInBatch = Array.isArray(data) && data.length === parts.length
  const batches = partsByPlace(parts.map((part) => part.parts && writtenParts(part.parts, part)))
  return {
    count: parts.length,
    ids: ids.written(),
    ...(theirKeys === null ? {} : { keys: theirKeys }),
    ...details.written(usualInBatch(batch)),
    ...(isInBatch ? {} : { data: parts.map((part) => writeMarkedJson(part.data, DEEPEST_DATA) ?? null) }),
    ...(batches.length > 0 ? { parts: batches } : {}),
  }
}

/** Of batches, by their places among messages. */
function partsByPlace(written: readonly (WrittenParts | undefined)[]): NonNullable<FrameBody['parts']> {
  return written.flatMap((parts, at) => (parts === undefined ? [] : [[at, parts] as const]))
}

/** A frame that is being filled with messages one by one: with any, of any size. */
export class FrameDraft {
  readonly messages: WrittenMessage[] = []
  /** Parts of its messages; one that is no batch is one. */
  parts = 0
  readonly #columns = new FrameColumns()
  #bytes = 0

  /** Whether a message surely fits into so many bytes. */
  hasRoomFor({ message, id, bytes }: WrittenMessage, most: number): boolean {
    return this.#bytes + bytes + this.#columns.bytesWith(message, id) <= most
  }

  add(written: WrittenMessage): void {
    this.messages.push(written)
    this.parts += written.parts?.count ?? 1
    this.#bytes += written.bytes
    this.#columns.add(written.message, written.id)
  }

  /** The JSON of its data, and that of the rest. */
  written(): { readonly data: string; readonly rest: Omit<FrameBody, 'data'> } {
    let data = ''
    for (const { text } of this.messages) data += data === '' ? text : `,${text}`
    const [marked, absent] = [this.#placesOf('marked'), this.#placesOf('absent')]
    const parts = partsByPlace(this.messages.map((written) => written.parts))
    const rest = {
      ...this.#columns.written(),
      ...(marked.length > 0 ? { marked } : {}),
      ...(absent.length > 0 ? { absent } : {}),
      ...(parts.length > 0 ? { parts } : {}),
    }
    return { data: `[${data}]`, rest }
  }

  #placesOf(kind: WrittenMessage['kind']): number[] {
    return this.messages.flatMap((written, at) => (written.kind === kind ? [at] : []))
  }
}
