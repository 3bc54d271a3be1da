import type { RedisReply } from '../../redis/sender.ts'
import type { NumberedFrame } from '../spill/frame-store.ts'
import { FIELDS, MOST_PER_BYTE } from './stream-scripts.ts'

/** An entry of the stream. */
export interface StreamEntry {
  readonly id: string
  /** undefined where it is none of ours, such as the opening entry of an epoch. */
  readonly frame: NumberedFrame | undefined
}

/** What XRANGE and XREVRANGE give, asked for bytes. */
export function entriesIn(reply: RedisReply): StreamEntry[] {
  return (reply as readonly (readonly [Buffer, readonly Buffer[] | null])[]).map(([id, fields]) => {
    const text = id.toString('latin1')
    return { id: text, frame: frameOf(text, fields ?? []) }
  })
}

function frameOf(id: string, [countName, count, bytesName, , frameName, payload]: readonly Buffer[]) {
  const number = Number(id.slice(id.indexOf('-') + 1))
  const isOurs =
    isNamed(countName, FIELDS.count) && isNamed(bytesName, FIELDS.bytesBefore) && isNamed(frameName, FIELDS.frame)
  const messages = Number(count?.toString('latin1'))
  if (!isOurs || payload === undefined || number < 1 || !Number.isSafeInteger(number)) return undefined
  if (!Number.isInteger(messages) || messages < 1 || messages > payload.length * MOST_PER_BYTE) return undefined
  return { number, count: messages, payload }
}

function isNamed(field: Buffer | undefined, name: string): boolean {
  return field !== undefined && field.length === name.length && field.toString('latin1') === name
}
