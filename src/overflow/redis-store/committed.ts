import type { Settled, StoredRange } from '../../core/overflow-store.ts'
import type { RedisReply } from '../../redis/sender.ts'
import { rangesOf, stepsOf } from '../range-steps.ts'

/** What stands in the hash beside the frames; a field that nobody has written, or that isn't as we write it, is undefined. */
export interface Committed {
  readonly layout: number | undefined
  readonly settled: Settled | undefined
  /** Behind the last message that was ever stored. */
  readonly next: number | undefined
}

/** Of the ranges, as text: some 4,000 of them, as a stage with as many messages under way may leave them. */
const MOST_CHARACTERS = 16 * 1024

const WORTH_MESSAGES = 1000
/** In one commit, the newest. */
const MOST_STRETCHES = 100

/** The fields, in the order in which `committedOf` takes them. */
export const COMMITTED_FIELDS = ['layout', 'below', 'above', 'parts', 'next'] as const

/** What HMGET gives for them. */
export function committedOf(reply: RedisReply): Committed {
  const [layout, below, above, parts, next] = reply as readonly (string | null)[]
  const first = countIn(below)
  const settledParts = countIn(parts)
  const settled =
    first === undefined || settledParts === undefined
      ? undefined
      : { below: first, above: rangesIn(above ?? '', first), parts: settledParts }
  return { layout: countIn(layout), settled, next: countIn(next) }
}

/** Ranges as text; the shortest may be left out. */
export function rangesText({ below, above }: Settled): string {
  return stepsOf(below, above, MOST_CHARACTERS).join()
}

/** Ranges that were written, of which it is worth giving back what is in them, though somebody has what is before. */
export function stretchesIn(text: string, below: number): StoredRange[] {
  return rangesIn(text, below)
    .filter(({ from, to }) => to - from >= WORTH_MESSAGES)
    .slice(-MOST_STRETCHES)
}

function rangesIn(text: string, below: number): StoredRange[] {
  return text === '' ? [] : rangesOf(below, text.split(',').map(Number))
}

function countIn(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}
