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
  /** Of batches among them, by their place. */
  readonly parts?: FrameBody['parts']
}

/**
 * What stands for the messages in a frame's text. Nothing is believed but what is as we write it: its checksum says that
 * nothing has changed since, not who has written it.
 *
 * @throws SyntaxError, TypeError, RangeError where it is none
 */
export function messagesOf(text: string, { count, parts, storedAt }: FrameHeader, number: number): StoredMessage[] {
  const body = JSON.parse(text) as FrameBody
  // First: no column is longer than the list of data, so that none takes more room than that.
  const data = dataOf(body, count)
  const ids = idsOf(body.ids, count)
  const keys = textsOf(body.keys, count)
  const details = new DetailReader(body, count, { usual: USUAL, leastAttempt: 1 })
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
  for (const [at, written] of partsByPlace(body.parts, count)) messages[at]!.parts = partsOf(written, messages[at]!)
  if (messages.reduce((sum, one) => sum + (one.parts?.length ?? 1), 0) === parts) return messages
  throw new TypeError(`there are not ${parts} parts`)
}

function idsOf(written: unknown, count: number): string[] {
  const ids = textsOf(written, count)
  if (ids.includes(undefined)) throw new TypeError('there is a message without an id')
  return ids as string[]
}

function dataOf({ data, marked = [], absent = [] }: FrameBody, count: number): unknown[] {
  const values = [...checked(data, count)]
  checkPlaces([...marked, ...absent], count)
  for (const at of marked) values[at] = readMarkedJson(JSON.stringify(values[at]))
  for (const at of absent) values[at] = undefined
  return values
}

function checkPlaces(places: readonly unknown[], count: number): void {
  const isPlace = (at: unknown): boolean => Number.isInteger(at) && (at as number) >= 0 && (at as number) < count
  if (!places.every(isPlace)) throw new TypeError('there is a place that is none')
}

function partsByPlace(written: FrameBody['parts'] = [], count: number): ReadonlyMap<number, WrittenParts> {
  const parts = new Map(written)
  checkPlaces([...parts.keys()], count)
  if (parts.size === written.length) return parts
  throw new TypeError('there is a message that has its parts twice')
}

/** @throws RangeError where batches stand inside each other deeper than the stack has room for */
function partsOf(written: WrittenParts, batch: Details & { readonly data: unknown }): StoredPart[] {
  const { count, ids, keys, data } = written
  // There is a value for each of them: no more are believed.
  checked(data ?? batch.data, count)
  const theirKeys = textsOf(keys, count)
  const details = partDetailsOf(written, batch)
  const batches = partsByPlace(written.parts, count)
  return idsOf(ids, count).map((id, at) => {
    const key = theirKeys[at]
    const own = details?.[at]
    const inner = batches.get(at)
    const value = data === undefined ? (batch.data as readonly unknown[])[at] : markedOrAbsent(data[at])
    return {
      id,
      ...(key === undefined ? {} : { key }),
      ...(data === undefined ? {} : { data: value }),
      ...(own === undefined ? {} : { details: own }),
      ...(inner === undefined ? {} : { parts: partsOf(inner, { ...carriedBy(own, batch), data: value }) }),
    }
  })
}

function markedOrAbsent(text: unknown): unknown {
  return typeof text === 'string' ? readMarkedJson(text) : undefined
}

/** What a part carries, as a batch of others. */
function carriedBy(own: StoredDetails | undefined, batch: Details): Details {
  return own === undefined ? batch : { ...own, attempt: batch.attempt + own.attemptsAhead }
}

/** undefined where they carry what their batch does. Parts that carry the same share the object. */
function partDetailsOf(written: WrittenParts, batch: Details): StoredDetails[] | undefined {
  if (NAMES_OF_DETAILS.every((name) => written[name] === undefined)) return undefined
  const range = { usual: usualInBatch(batch), leastAttempt: 1 - batch.attempt }
  const details = new DetailReader(written, written.count, range)
  let last: StoredDetails | undefined
  return Array.from({ length: written.count }, (_, at) => (last = details.storedAt(at, last)))
}
