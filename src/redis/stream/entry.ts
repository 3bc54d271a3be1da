import type { MessageDetails } from '../../core/component.ts'
import type { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { JsonReader, readJson } from '../../kit/json.ts'
import type { JsonLimits } from '../../kit/json-limits.ts'
import { JsonRefusal } from '../../kit/json-refusal.ts'
import { streamError } from './errors.ts'

/** An entry as Redis gives it: names and values in turn; none where it was deleted while somebody had it. */
export type Entry = readonly [id: string, fields: readonly string[] | null]

/** How an entry becomes a message: by the fields that we write, or whole. */
export interface Reading {
  readonly fields: 'data' | 'entry'
  readonly limits: JsonLimits
}

/** What a message is made of. */
export interface Decoded {
  readonly data: unknown
  readonly details: MessageDetails
}

/** Stands in a text for bytes that aren't UTF-8. */
const REPLACEMENT = '�'

/**
 * The fields of a message, names and values in turn: `data` in JSON, its `id` and `time`; `key`, and `headers` in JSON,
 * where it has such.
 *
 * @param json of the data
 */
export function fieldsOf(message: Message, json: string): string[] {
  const { id, key, headers, time } = message
  const fields = ['data', json, 'id', id, 'time', String(time)]
  if (key !== undefined) fields.push('key', key)
  if (!isEmpty(headers)) fields.push('headers', JSON.stringify(headers))
  return fields
}

/** The same as the script that writes takes it: see there. */
export function addTexts(texts: (string | number)[], { id, key, headers, time }: Message, json: string): void {
  const name = key === undefined ? '' : `=${key}`
  texts.push(json, id, String(time), name, isEmpty(headers) ? '' : JSON.stringify(headers))
}

function isEmpty(headers: Message['headers']): boolean {
  return Object.keys(headers).length === 0
}

/** Whether a text of it may have been other bytes: then only the bytes tell. */
export function isDoubtful(fields: readonly string[]): boolean {
  for (const text of fields) if (text.includes(REPLACEMENT)) return true
  return false
}

type Details = { -readonly [Name in keyof MessageDetails]: MessageDetails[Name] }

/**
 * What an entry says, or why it can't be read.
 *
 * @param given what is known of its message; what the entry says is added to it.
 */
export function decode(fields: readonly string[], reading: Reading, given: MessageDetails): Decoded | SluiceError {
  return reading.fields === 'entry' ? whole(fields, given) : ours(fields, reading.limits, given)
}

function whole(fields: readonly string[], details: Details): Decoded {
  const pairs: [string, string][] = []
  let wireBytes = 0
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [name, text] = [fields[at]!, fields[at + 1]!]
    wireBytes += name.length + text.length
    pairs.push([name, text])
  }
  details.wireBytes = wireBytes
  return { data: Object.fromEntries(pairs), details }
}

function ours(fields: readonly string[], limits: JsonLimits, details: Details): Decoded | SluiceError {
  let json: string | undefined
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const text = fields[at + 1]!
    switch (fields[at]) {
      case 'data':
        json = text
        break
      case 'key':
        details.key = text
        break
      case 'id':
        if (text === '') return invalid('its `id` is empty')
        details.id = text
        break
      case 'time':
        details.time = Number(text)
        if (text === '' || !Number.isFinite(details.time)) return invalid('its `time` is no number of milliseconds')
        break
      case 'headers': {
        const headers = headersIn(text, limits)
        if (headers === undefined) return invalid('its `headers` are no object of texts, as JSON')
        details.headers = headers
        break
      }
      default: // Somebody else's: what isn't known is left out.
    }
  }
  if (json === undefined) return invalid('it has no field `data`')
  const reader = new JsonReader(limits)
  const data = reader.read(json)
  if (data instanceof JsonRefusal) {
    const refusal = data.toError()
    return invalid(`its \`data\` cannot be read: ${refusal.message}`, refusal)
  }
  details.sizeBytes = reader.takeSizeBytes(json.length)
  return { data, details }
}

function headersIn(text: string, limits: JsonLimits): Readonly<Record<string, string>> | undefined {
  const headers = readJson(text, limits)
  if (typeof headers !== 'object' || headers === null || headers instanceof JsonRefusal || Array.isArray(headers))
    return undefined
  return Object.values(headers).every((value) => typeof value === 'string')
    ? (headers as Record<string, string>)
    : undefined
}

/** Of which entry it is told, stands before it. */
export function invalid(what: string, cause?: unknown): SluiceError {
  return streamError('SLUICE_STREAM_ENTRY_INVALID', what, cause)
}
