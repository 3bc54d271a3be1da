import type { StoredMessage, StoredPart } from '../../core/overflow-store.ts'
import { readMarkedJson } from '../marked-json.ts'
import type { FrameHeader } from './frame-header.ts'
import { checked, numbersOf, type WrittenNumbers } from './number-column.ts'
import { textsOf, type WrittenTexts } from './text-column.ts'

/**
 * The messages of a frame as JSON: what they carry stands in columns, because neighbours have most of it in common. What
 * is left out is undefined for all of them.
 */
export interface FrameBody {
  readonly data: readonly unknown[]
  /** Places in `data` of what is marked JSON (`marked-json.ts`), and of what was undefined. */
  readonly marked?: readonly number[]
  readonly absent?: readonly number[]
  readonly ids: WrittenTexts
  readonly keys?: WrittenTexts
  readonly times: WrittenNumbers
  readonly priorities: WrittenNumbers
  readonly attempts: WrittenNumbers
  readonly sizes: WrittenNumbers
  readonly deadlines?: WrittenNumbers
  /** Sets of headers that occur, and which of them each message has. */
  readonly headers?: { readonly sets: readonly Readonly<Record<string, string>>[]; readonly which: WrittenNumbers }
  /** Of batches, by their place in `data`. */
  readonly parts?: readonly (readonly [at: number, parts: WrittenParts])[]
}

export interface WrittenParts {
  readonly count: number
  readonly ids: WrittenTexts
  readonly keys?: WrittenTexts
  /** Marked JSON, in a text; only where the data of the batch is no array with a value for each part. */
  readonly data?: readonly (string | null)[]
}

const NO_HEADERS: Readonly<Record<string, string>> = Object.freeze({})

/** What stands for the messages in a frame's text. @throws SyntaxError, TypeError where it is none. */
export function messagesOf(text: string, { count, storedAt }: FrameHeader, number: number): StoredMessage[] {
  const body = JSON.parse(text) as FrameBody
  const data = dataOf(body, count)
  const ids = textsOf(body.ids, count)
  const keys = textsOf(body.keys, count)
  const [times, priorities] = [numbersOf(body.times, count), numbersOf(body.priorities, count)]
  const [attempts, sizes] = [numbersOf(body.attempts, count), numbersOf(body.sizes, count)]
  const deadlines = numbersOf(body.deadlines, count)
  const headers = headersOf(body, count)
  const parts = new Map(body.parts?.map(([at, written]) => [at, partsOf(written)]))
  return data.map((value, at) => ({
    number: number + at,
    id: ids[at]!,
    data: value,
    key: keys[at],
    headers: headers?.[at] ?? NO_HEADERS,
    time: times[at]!,
    priority: priorities[at]!,
    deadline: deadlines[at],
    attempt: attempts[at]!,
    sizeBytes: sizes[at]!,
    parts: parts.get(at),
    storedAt,
  }))
}

function dataOf({ data, marked = [], absent = [] }: FrameBody, count: number): unknown[] {
  const values = [...checked(data, count)]
  for (const at of marked) values[at] = readMarkedJson(JSON.stringify(values[at]))
  for (const at of absent) values[at] = undefined
  return values
}

function headersOf({ headers }: FrameBody, count: number): Readonly<Record<string, string>>[] | undefined {
  if (headers === undefined) return undefined
  for (const set of headers.sets) Object.freeze(set)
  return numbersOf(headers.which, count).map((at) => headers.sets[at ?? -1] ?? NO_HEADERS)
}

function partsOf({ count, ids, keys, data }: WrittenParts): StoredPart[] {
  const theirKeys = textsOf(keys, count)
  return textsOf(ids, count).map((id, at) => {
    const key = theirKeys[at]
    const text = data?.[at]
    return {
      id: id!,
      ...(key === undefined ? {} : { key }),
      ...(typeof text === 'string' ? { data: readMarkedJson(text) } : {}),
    }
  })
}
