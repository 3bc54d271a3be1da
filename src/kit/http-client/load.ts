import { hash } from 'node:crypto'
import type { WorkerContext } from '../../core/component.ts'
import type { Message } from '../../core/message.ts'
import { jsonText } from '../json-text.ts'
import { jsonLine } from '../ndjson.ts'

/** What one request carries: values, and whose they are. All lists have the same length. */
export interface Load {
  readonly messages: readonly Message[]
  /** The place of each value in its batch; undefined where none is a part of one. */
  readonly parts: readonly (number | undefined)[] | undefined
  readonly values: readonly unknown[]
}

/** What `Idempotency-Key` may be; anything else is told by its hash. */
const VISIBLE = /^[\x21-\x7e]{1,255}$/

/** What a batch has of parts, as long as its data is still a list of one value for each. */
export function partsOf(message: Message): readonly Message[] | undefined {
  const { parts, data } = message
  return parts !== undefined && Array.isArray(data) && data.length === parts.length ? parts : undefined
}

/**
 * What messages give to send: one value each, of a batch one of each part.
 *
 * @param isDone whether a part has an outcome already, by an earlier request.
 */
export function loadOf(messages: readonly Message[], isDone: (part: Message) => boolean): Load {
  if (messages.every((message) => partsOf(message) === undefined)) {
    return { messages, parts: undefined, values: messages.map(({ data }) => data) }
  }
  const load = { messages: [] as Message[], parts: [] as (number | undefined)[], values: [] as unknown[] }
  const add = (message: Message, value: unknown, part: number | undefined): void => {
    load.messages.push(message)
    load.parts.push(part)
    load.values.push(value)
  }
  for (const message of messages) {
    const parts = partsOf(message)
    if (parts === undefined) {
      add(message, message.data, undefined)
      continue
    }
    const values = message.data as readonly unknown[]
    for (let part = 0; part < parts.length; part++) {
      if (!isDone(parts[part]!)) add(message, values[part], part)
    }
  }
  return load
}

/** A stretch of a load. */
export function sliceOf({ messages, parts, values }: Load, from: number, to: number): Load {
  return { messages: messages.slice(from, to), parts: parts?.slice(from, to), values: values.slice(from, to) }
}

/** How the values of a request are written: a list, a value a line, or the one value itself. */
export type Form = 'array' | 'lines' | 'value'

export const CONTENT_TYPES: Readonly<Record<Form, string>> = {
  array: 'application/json',
  value: 'application/json',
  lines: 'application/x-ndjson',
}

/** A load and its text. */
export interface Written {
  readonly load: Load
  readonly text: string
}

/** Writes a load. What JSON can't say fails by itself, and is left out. */
export function writeLoad(load: Load, form: Form, fail: WorkerContext['fail']): Written {
  const text = form === 'array' ? wholeList(load.values) : undefined
  if (text !== undefined) return { load, text }
  const kept: number[] = []
  const lines: string[] = []
  for (let index = 0; index < load.values.length; index++) {
    try {
      lines.push(jsonLine(load.values[index]))
      kept.push(index)
    } catch (error) {
      fail(load.messages[index]!, error, load.parts?.[index])
    }
  }
  const written = form === 'array' ? `[${lines.join(',')}]` : lines.join('')
  return { load: kept.length === load.values.length ? load : picked(load, kept), text: written }
}

/** All at once costs half of one by one; undefined where one of them can't be written. */
function wholeList(values: readonly unknown[]): string | undefined {
  try {
    return values.every(isWritten) ? jsonText(values) : undefined
  } catch {
    return undefined
  }
}

/** In a list, JSON says null for what it can't say by itself. */
function isWritten(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return !NOT_WRITTEN.has(typeof value)
  return (value as { toJSON?: unknown }).toJSON === undefined
}

const NOT_WRITTEN: ReadonlySet<string> = new Set(['undefined', 'function', 'symbol'])

function picked({ messages, parts, values }: Load, kept: readonly number[]): Load {
  return {
    messages: kept.map((index) => messages[index]!),
    parts: parts && kept.map((index) => parts[index]),
    values: kept.map((index) => values[index]),
  }
}

/**
 * What a server can tell a repeated request by, the same at each try: the id of a message; of several values, in their
 * order, a hash of their ids.
 */
export function keyOf({ messages, parts }: Load): string {
  if (parts === undefined && messages.length === 1) return keyOfId(messages[0]!.id)
  let ids = ''
  for (let index = 0; index < messages.length; index++) ids += `${idOf(messages[index]!, parts?.[index])}\n`
  return hash('sha256', ids, 'base64url')
}

/** The id of one message as a key. */
export function keyOfId(id: string): string {
  return VISIBLE.test(id) ? id : hash('sha256', id, 'base64url')
}

function idOf(message: Message, part: number | undefined): string {
  return part === undefined ? message.id : message.parts![part]!.id
}
