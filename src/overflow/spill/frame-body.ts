import type { StoredDetails, StoredMessage, StoredPart } from '../../core/overflow-store.ts'
import { readMarkedJson } from '../marked-json.ts'
import { DetailReader } from './detail-reader.ts'
import { NAMES_OF_DETAILS, USUAL, usualInBatch, type Details, type WrittenDetails } from './details.ts'
import type { FrameHeader } from './frame-header.ts'
import { checked } from './number-column.ts'
import { textsOf, type WrittenTexts } from './text-column.ts'

/**
 * The messages of a frame as JSON: what they carry stands in columns, because neighbours have most of it in common. What
 * is left out is undefined for all of them.
 */
export interface FrameBody extends WrittenDetails {
  readonly data: readonly unknown[]
  /** Places in `data` of what is marked JSON (`marked-json.ts`), and of what was undefined. */
  readonly marked?: readonly number[]
  readonly absent?: readonly number[]
  readonly ids: WrittenTexts
  readonly keys?: WrittenTexts
  /** Of batches, by their place in `data`. */
  readonly parts?: readonly (readonly [at: number, parts: WrittenParts])[]
}

/** What is usual for details of parts is what their batch carries (`usualInBatch`). */
export interface WrittenParts extends WrittenDetails {
  readonly count: number
  readonly ids: WrittenTexts
  readonly keys?: WrittenTexts
  /** Marked JSON, in a text; only where the data of the batch is no array with a value for each part. */
  readonly data?: readonly (string | null)[]
}

/** What stands for the messages in a frame's text. @throws SyntaxError, TypeError where it is none. */
export function messagesOf(text: string, { count, storedAt }: FrameHeader, number: number): StoredMessage[] {
  const body = JSON.parse(text) as FrameBody
  const data = dataOf(body, count)
  const ids = textsOf(body.ids, count)
  const keys = textsOf(body.keys, count)
  const details = new DetailReader(body, count, USUAL)
  const messages = data.map((value, at): { -readonly [K in keyof StoredMessage]: StoredMessage[K] } => ({
    number: number + at,
    id: ids[at]!,
    data: value,
    key: keys[at],
    headers: details.headersAt(at),
    time: details.times[at]!,
    priority: details.priorities[at]!,
    deadline: details.deadlines[at],
    attempt: details.attempts[at]!,
    sizeBytes: details.sizes[at]!,
    parts: undefined,
    storedAt,
  }))
  for (const [at, written] of body.parts ?? []) messages[at]!.parts = partsOf(written, messages[at]!)
  return messages
}

function dataOf({ data, marked = [], absent = [] }: FrameBody, count: number): unknown[] {
  const values = [...checked(data, count)]
  for (const at of marked) values[at] = readMarkedJson(JSON.stringify(values[at]))
  for (const at of absent) values[at] = undefined
  return values
}

function partsOf(written: WrittenParts, batch: Details): StoredPart[] {
  const { count, ids, keys, data } = written
  const theirKeys = textsOf(keys, count)
  const details = partDetailsOf(written, usualInBatch(batch))
  return textsOf(ids, count).map((id, at) => {
    const key = theirKeys[at]
    const text = data?.[at]
    const own = details?.[at]
    return {
      id: id!,
      ...(key === undefined ? {} : { key }),
      ...(typeof text === 'string' ? { data: readMarkedJson(text) } : {}),
      ...(own === undefined ? {} : { details: own }),
    }
  })
}

/** undefined where they carry what their batch does. Parts that carry the same share the object. */
function partDetailsOf(written: WrittenParts, usual: Details): StoredDetails[] | undefined {
  if (NAMES_OF_DETAILS.every((name) => written[name] === undefined)) return undefined
  const details = new DetailReader(written, written.count, usual)
  let last: StoredDetails | undefined
  return Array.from({ length: written.count }, (_, at) => (last = details.storedAt(at, last)))
}
