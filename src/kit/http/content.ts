import type { IncomingHttpHeaders } from 'node:http'
import { SluiceError } from '../../core/errors.ts'
import { JsonReader } from '../json.ts'
import type { JsonLimits } from '../json-limits.ts'
import { JsonRefusal } from '../json-refusal.ts'
import { lineError, LineSplitter } from '../lines.ts'
import { errorOfLine } from '../ndjson.ts'
import { quote } from '../text.ts'
import { BYTE_ORDER_MARK, decodeUtf8, utf8Text } from '../utf8.ts'
import { refusal } from './refusal.ts'

/** How a body is written. */
export type ContentFormat = 'json' | 'ndjson'

const FORMATS: ReadonlyMap<string, ContentFormat> = new Map([
  ['application/json', 'json'],
  ['application/x-ndjson', 'ndjson'],
  ['application/ndjson', 'ndjson'],
  ['application/jsonl', 'ndjson'],
])

/** What a body holds. */
export interface Content {
  readonly values: readonly unknown[]
  /** Whether it is a list, also one of a single value. */
  readonly isMany: boolean
  /** What all of them take on the heap (D22). */
  readonly sizeBytes: number
}

/** How to read a body. */
export interface ContentReading {
  readonly limits: JsonLimits
  /** Told how many values a body has, where that is known before they are parsed; throws to refuse it. */
  onCount(count: number): void
}

/**
 * The format that the headers name.
 *
 * @throws SLUICE_HTTP_CONTENT_TYPE, SLUICE_HTTP_CONTENT_ENCODING
 */
export function formatOf(headers: IncomingHttpHeaders): ContentFormat {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    throw refusal('SLUICE_HTTP_CONTENT_ENCODING', `the content encoding ${quote(encoding)} is not taken here`)
  }
  const written = headers['content-type']
  if (written === undefined) throw refusal('SLUICE_HTTP_CONTENT_TYPE', 'there is no Content-Type')
  // As most write it: to compare costs less than to look it up.
  return written === 'application/json' ? 'json' : formatOfType(written)
}

/** Of a type that may be written in capitals, or with parameters. */
function formatOfType(written: string): ContentFormat {
  const [type = '', ...parameters] = written.toLowerCase().split(';')
  const format = FORMATS.get(type.trim())
  if (format === undefined || !parameters.every(isUnderstood)) {
    throw refusal('SLUICE_HTTP_CONTENT_TYPE', `the content type ${quote(written)} is not taken here`)
  }
  return format
}

function isUnderstood(parameter: string): boolean {
  const [name = '', value = ''] = parameter.split('=')
  return name.trim() !== 'charset' || /^"?utf-?8"?$/.test(value.trim())
}

/**
 * The values of a body: all of them, or none.
 *
 * @throws SLUICE_HTTP_BODY_EMPTY, what `onCount` throws, and what `parseJson` and `lineError` tell
 */
export function contentOf(body: Buffer, format: ContentFormat, reading: ContentReading): Content {
  if (body.length === 0) throw refusal('SLUICE_HTTP_BODY_EMPTY')
  const reader = new JsonReader(reading.limits)
  const { values, isMany } =
    format === 'ndjson' ? valuesOfLines(body, reading, reader) : valuesOfText(body, reading, reader)
  return { values, isMany, sizeBytes: reader.takeSizeBytes(body.length) }
}

type Values = Omit<Content, 'sizeBytes'>

function valuesOfText(body: Buffer, { onCount }: ContentReading, reader: JsonReader): Values {
  const text = decodeUtf8(body)
  if (text.trim() === '') throw refusal('SLUICE_HTTP_BODY_EMPTY')
  const value = reader.read(text, onCount)
  if (value instanceof JsonRefusal) throw value.toError()
  return Array.isArray(value) ? { values: value, isMany: true } : { values: [value], isMany: false }
}

function valuesOfLines(body: Buffer, { limits, onCount }: ContentReading, reader: JsonReader): Values {
  const lines = linesOf(body)
  const count = lines.reduce((sum, line) => sum + (line.trim() === '' ? 0 : 1), 0)
  if (count === 0) throw refusal('SLUICE_HTTP_BODY_EMPTY')
  if (count > limits.elements) {
    const problem = `more than the ${limits.elements} lines that are allowed`
    throw new SluiceError('SLUICE_INPUT_TOO_MANY_ELEMENTS', problem, { kind: 'message' })
  }
  onCount(count)
  const values: unknown[] = []
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!
    if (line.trim() === '') continue
    const value = reader.read(line)
    if (value instanceof JsonRefusal) throw errorOfLine(index + 1, value.toError())
    values.push(value)
  }
  return { values, isMany: true }
}

/**
 * The lines of a whole body, cut at once; a CR before the LF is white space to JSON.
 *
 * @throws SLUICE_INPUT_NOT_UTF8 with the number of the line
 */
function linesOf(body: Buffer): string[] {
  const text = utf8Text(body)
  if (text !== undefined) return text.slice(text.startsWith(BYTE_ORDER_MARK) ? 1 : 0).split('\n')
  const splitter = new LineSplitter({ maxLineBytes: body.length })
  const broken = [...splitter.push(body), ...splitter.end()].find((line) => line.text === undefined)
  throw broken === undefined ? refusal('SLUICE_HTTP_FAULT') : lineError(broken, body.length)
}
