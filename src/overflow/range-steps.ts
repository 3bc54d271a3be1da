import type { StoredRange } from '../core/overflow-store.ts'

/**
 * Ranges as they are written: from `below` to the beginning of the first, from there to its end, and so on. Where that takes
 * more characters than there is room for, with a comma behind each number, the shortest are left out, so that as little as
 * can be is forgotten.
 */
export function stepsOf(below: number, above: readonly StoredRange[], room: number): number[] {
  let kept = above
  for (let shortest = 2; ; shortest *= 2) {
    const steps = kept.flatMap(({ from, to }, index) => [from - (kept[index - 1]?.to ?? below), to - from])
    if (steps.reduce((sum, step) => sum + `${step},`.length, 0) <= room) return steps
    kept = kept.filter(({ from, to }) => to - from >= shortest)
  }
}

/** The ranges again, up to the first that isn't as we write it: what that says is not known to be settled. */
export function rangesOf(below: number, steps: readonly number[]): StoredRange[] {
  const ranges: StoredRange[] = []
  let at = below
  for (let index = 0; index + 1 < steps.length; index += 2) {
    const from = at + steps[index]!
    const to = from + steps[index + 1]!
    if (!(from >= at && to > from && Number.isSafeInteger(to))) break
    ranges.push({ from, to })
    at = to
  }
  return ranges
}

/** Whether nothing was left out, and nothing is other than we write it. */
export function areAll(ranges: readonly StoredRange[], steps: readonly number[]): boolean {
  return steps.length === 2 * ranges.length
}
