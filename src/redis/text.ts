import type { MessageDetails } from '../core/component.ts'
import type { SluiceError } from '../core/errors.ts'
import { JsonReader } from '../kit/json.ts'
import type { JsonLimits } from '../kit/json-limits.ts'
import { JsonRefusal } from '../kit/json-refusal.ts'
import { utf8Text } from '../kit/utf8.ts'

/** How bytes that somebody else wrote become data. */
export interface TextReading {
  readonly format: 'json' | 'text'
  readonly limits: JsonLimits
}

/** Data, and what is known of it; or why there is none. */
export type ReadText =
  | { readonly data: unknown; readonly details: MessageDetails; readonly problem?: undefined }
  | { readonly problem: string; readonly cause?: SluiceError }

/** What bytes say. */
export function readText(bytes: Buffer, { format, limits }: TextReading): ReadText {
  const text = utf8Text(bytes)
  if (text === undefined) return { problem: 'it is not UTF-8' }
  if (format === 'text') return { data: text, details: { wireBytes: bytes.length } }
  const reader = new JsonReader(limits)
  const data = reader.read(text)
  if (!(data instanceof JsonRefusal)) return { data, details: { sizeBytes: reader.takeSizeBytes(bytes.length) } }
  const cause = data.toError()
  return { problem: `it cannot be read: ${cause.message}`, cause }
}
