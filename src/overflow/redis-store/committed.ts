import type { Settled, StoredRange } from '../../core/overflow-store.ts'
import type { RedisReply } from '../../redis/sender.ts'
import { areAll, rangesOf, stepsOf } from '../range-steps.ts'
import { MOST_PARTS } from '../spill/frame-header.ts'
import type { StoredSettled } from '../spill/frame-store.ts'

/** What stands in the hash beside the frames; what nobody has written is undefined. */
export interface Committed {
  readonly layout: number | undefined
  readonly settled: StoredSettled | undefined
  /** Behind the last message that was ever stored. */
  readonly next: number | undefined
  /** Something is there that isn't as we write it: it counts as not known. */
  readonly isStrange: boolean
}

/** Of the ranges, as text: some 4,000 of them, as a stage with as many messages under way may leave them. */
const MOST_CHARACTERS = 16 * 1024

const WORTH_MESSAGES = 1000
/** In one commit, the newest. */
const MOST_STRETCHES = 100

/** Numbers of which there is no frame any more: so many nobody has lost. */
const MOST_MISSING = 2 ** 32 - 1

/** In the place of parts, where ranges were left out. */
const FORGOTTEN = ''

/** The fields, in the order in which `committedOf` takes them. */
export const COMMITTED_FIELDS = ['layout', 'below', 'above', 'parts', 'next'] as const

/** What HMGET gives for them. */
export function committedOf(reply: RedisReply): Committed {
  const [layout, below, above, parts, next] = reply as readonly (string | null)[]
  const settled = settledIn(below ?? null, above ?? '', parts ?? null)
  const end = countIn(next)
  const isStrange = (settled === undefined && below !== null) || (end === undefined && next !== null)
  return { layout: countIn(layout), settled, next: end, isStrange }
}

function settledIn(below: string | null, above: string, parts: string | null): StoredSettled | undefined {
  const first = countIn(below)
  const known = countIn(parts)
  const hasForgotten = parts === FORGOTTEN
  if (first === undefined || first < 1 || !(hasForgotten || (known !== undefined && known <= MOST_PARTS)))
    return undefined
  const steps = stepsIn(above)
  const ranges = rangesOf(first, steps)
  return areAll(ranges, steps) ? { below: first, above: ranges, parts: known } : undefined
}

/**
 * The same without what can't be true: frames are stored before they are settled, and removed when all before them is.
 *
 * @param framesEnd the number behind the last frame that is there; undefined where none is.
 */
export function believed({ layout, settled, next, isStrange }: Committed, framesEnd: number | undefined): Committed {
  const isNext = next === undefined || next - (framesEnd ?? settled?.below ?? 1) <= MOST_MISSING
  const end = Math.max(framesEnd ?? 1, (isNext ? next : undefined) ?? (framesEnd === undefined ? Infinity : 1))
  const { below = 1, above = [] } = settled ?? {}
  const isSettled = below <= (framesEnd ?? end) && (above.at(-1)?.to ?? below) <= end
  return {
    layout,
    settled: isSettled ? settled : undefined,
    next: isNext ? next : undefined,
    isStrange: isStrange || !isNext || !isSettled,
  }
}

/** `above` and `parts` as they are written: the shortest ranges may be left out, and then nobody knows the parts of the rest. */
export function writtenOf({ below, above, parts }: Settled): readonly [above: string, parts: number | string] {
  const steps = stepsOf(below, above, MOST_CHARACTERS)
  return [steps.join(), areAll(above, steps) ? parts : FORGOTTEN]
}

/** Ranges that were written, of which it is worth giving back what is in them, though somebody has what is before. */
export function stretchesIn(text: string, below: number): StoredRange[] {
  return rangesOf(below, stepsIn(text))
    .filter(({ from, to }) => to - from >= WORTH_MESSAGES)
    .slice(-MOST_STRETCHES)
}

function stepsIn(text: string): number[] {
  return text === '' ? [] : text.split(',').map(Number)
}

function countIn(text: string | null | undefined): number | undefined {
  const count = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : undefined
  return count !== undefined && Number.isSafeInteger(count) ? count : undefined
}
