import type { StoredRange } from '../core/overflow-store.ts'

/**
 * Ranges as they are written: from `below` to the beginning of the first, from there to its end, and so on. Those that would
 * take more characters than there is room for, with a comma behind each number, are left out, the highest first.
 */
export function stepsOf(below: number, above: readonly StoredRange[], room: number): number[] {
  const steps: number[] = []
  let at = below
  let characters = 0
  for (const { from, to } of above) {
    const [gap, length] = [from - at, to - from]
    characters += `${gap},${length},`.length
    if (characters > room) break
    steps.push(gap, length)
    at = to
  }
  return steps
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
