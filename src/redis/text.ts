import type { MessageDetails } from '../core/component.ts'
import type { SluiceError } from '../core/errors.ts'
import { JsonRefusal, readJson } from '../kit/json.ts'
import type { JsonLimits } from '../kit/json-limits.ts'
import { JsonTally } from '../kit/json-tally.ts'
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
  const tally = new JsonTally()
  const data = readJson(text, limits, { tally })
  if (!(data instanceof JsonRefusal)) return { data, details: { sizeBytes: tally.sizeBytes(bytes.length) } }
  const cause = data.toError()
  return { problem: `it cannot be read: ${cause.message}`, cause }
}
