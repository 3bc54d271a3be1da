import type { RedisOutcome, RedisReply } from '../sender.ts'
import type { Entry } from './entry.ts'

/** What XREADGROUP gives of one stream. */
export function entriesOf(reply: RedisReply): readonly Entry[] {
  return (reply as unknown as readonly (readonly [string, readonly Entry[]])[] | null)?.[0]?.[1] ?? []
}

/** @throws what became of it, where that is an error */
export function replyOf({ reply, error }: RedisOutcome): RedisReply {
  if (error !== undefined) throw error
  return reply
}
