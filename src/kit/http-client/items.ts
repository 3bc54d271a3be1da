import { hash } from 'node:crypto'
import type { WorkerContext } from '../../core/component.ts'
import type { Message } from '../../core/message.ts'
import { jsonLine } from '../ndjson.ts'

/** One value of a request: a message, or a part of a batch. */
export interface Item {
  readonly message: Message
  /** Place in the batch; undefined for a message by itself. */
  readonly part: number | undefined
  /** JSON, with a line feed behind it. */
  readonly line: string
}

/** What `Idempotency-Key` may be; anything else is told by its hash. */
const VISIBLE = /^[\x21-\x7e]{1,255}$/

/** What a batch has of parts, as long as its data is still a list of one value for each. */
export function partsOf(message: Message): readonly Message[] | undefined {
  const { parts, data } = message
  return parts !== undefined && Array.isArray(data) && data.length === parts.length ? parts : undefined
}

/**
 * What messages give to send: one value each, of a batch one of each part. What JSON can't say fails by itself.
 *
 * @param isDone whether a part has an outcome already, by an earlier request.
 */
export function itemsOf(
  messages: readonly Message[],
  isDone: (part: Message) => boolean,
  fail: WorkerContext['fail'],
): Item[] {
  const items: Item[] = []
  const add = (message: Message, value: unknown, part: number | undefined): void => {
    try {
      items.push({ message, part, line: jsonLine(value) })
    } catch (error) {
      fail(message, error, part)
    }
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
  return items
}

/** How the values of a request are written: a list, a value a line, or the one value itself. */
export type Form = 'array' | 'lines' | 'value'

export const CONTENT_TYPES: Readonly<Record<Form, string>> = {
  array: 'application/json',
  value: 'application/json',
  lines: 'application/x-ndjson',
}

export function bodyOf(items: readonly Item[], form: Form): string {
  if (form === 'value') return items[0]!.line
  const text = items.map(({ line }) => line).join(form === 'array' ? ',' : '')
  return form === 'array' ? `[${text}]` : text
}

/**
 * What a server can tell a repeated request by, the same at each try: the id of a message; of several values, in their
 * order, a hash of their ids.
 */
export function keyOf(items: readonly Item[]): string {
  const [first] = items
  if (items.length === 1 && first!.part === undefined) return keyOfId(first!.message.id)
  return hash('sha256', items.map(idOf).join('\n'), 'base64url')
}

/** The id of one message as a key. */
export function keyOfId(id: string): string {
  return VISIBLE.test(id) ? id : hash('sha256', id, 'base64url')
}

function idOf({ message, part }: Item): string {
  return part === undefined ? message.id : message.parts![part]!.id
}
