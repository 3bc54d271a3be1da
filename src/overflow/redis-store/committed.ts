import type { Settled, StoredRange } from '../../core/overflow-store.ts'
import type { RedisReply } from '../../redis/sender.ts'

/** What stands in the hash beside the frames; a field that nobody has written, or that isn't as we write it, is undefined. */
export interface Committed {
  readonly layout: number | undefined
  readonly settled: Settled | undefined
  /** Behind the last message that was ever stored. */
  readonly next: number | undefined
}

/** Of the ranges, as text: some 4,000 of them, as a stage with as many messages under way may leave them. */
const MOST_CHARACTERS = 16 * 1024

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

/** Ranges as text: the steps from `below` to the beginning of the first, to its end, and so on. The highest may be left out. */
export function rangesText({ below, above }: Settled): string {
  const steps: string[] = []
  let at = below
  let characters = 0
  for (const { from, to } of above) {
    const step = `${from - at},${to - from}`
    characters += step.length + 1
    if (characters > MOST_CHARACTERS) break
    steps.push(step)
    at = to
  }
  return steps.join()
}

function rangesIn(text: string, below: number): StoredRange[] {
  const steps = text === '' ? [] : text.split(',').map(Number)
  const ranges: StoredRange[] = []
  let at = below
  for (let index = 0; index + 1 < steps.length; index += 2) {
    const from = at + steps[index]!
    const to = from + steps[index + 1]!
    // What isn't as we write it is not known to be settled.
    if (!(from >= at && to > from && Number.isSafeInteger(to))) break
    ranges.push({ from, to })
    at = to
  }
  return ranges
}

function countIn(text: string | null | undefined): number | undefined {
  return typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : undefined
}
