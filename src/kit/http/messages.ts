import type { IncomingMessage } from 'node:http'
import type { MessageDetails, ProducerContext } from '../../core/component.ts'
import type { Message } from '../../core/message.ts'
import { shareOf, type SizedContent } from './body-rooms.ts'
import { idempotencyKeyOf, pickHeaders } from './headers.ts'

interface MessageSource {
  readonly context: Pick<ProducerContext, 'message' | 'clock'>
  /** Names of headers that messages carry on. */
  readonly headers: readonly string[]
  /** Until when they are of use, in ms since 1970. */
  readonly deadline: number | undefined
}

/** A message for each value of a body. */
export function messagesOf(
  { headers }: IncomingMessage,
  content: SizedContent,
  { context, headers: names, deadline }: MessageSource,
): Message[] {
  const { values, isMany } = content
  const position = idempotencyKeyOf(headers)
  const picked = pickHeaders(headers, names)
  const base = { time: context.clock.date(), sizeBytes: shareOf(content) }
  const carried = picked === undefined ? base : { ...base, headers: picked }
  const details: MessageDetails = deadline === undefined ? carried : { ...carried, deadline }
  return values.map((value, index) => {
    if (position === undefined) return context.message(value, details)
    return context.message(value, { ...details, position: isMany ? `${position}#${index}` : position })
  })
}
