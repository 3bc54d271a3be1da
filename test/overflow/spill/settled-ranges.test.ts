import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StoredRange } from '../../../src/core/overflow-store.ts'
import { SettledRanges } from '../../../src/overflow/spill/settled-ranges.ts'

const LAST = 60
const ALL = Array.from({ length: LAST }, (_, at) => at + 1)

/** Ranges in order, given by gaps and lengths; some may begin below what is settled anyway. */
function rangesOf(steps: readonly (readonly [gap: number, length: number])[]): StoredRange[] {
  let at = 1
  return steps.map(([gap, length]) => {
    const from = at + gap
    at = from + length
    return { from, to: at }
  })
}

test('settled ranges: a set of them says the same (property)', () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })), { maxLength: 6 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), steps, fc.tuple(fc.nat(LAST), fc.nat(20)), (below, gaps, range) => {
      const above = rangesOf(gaps)
      const [from, length] = range
      const settled = new SettledRanges({ below, above })
      const model = new Set(ALL.filter((n) => n < below || above.some((one) => n >= one.from && n < one.to)))
      expect(ALL.filter((number) => settled.has(number))).toEqual([...model])
      expect(settled.count).toBe(model.size)
      const rest = settled.unsettledOf({ from, to: from + length })
      const left = rest.flatMap((one) => ALL.filter((number) => number >= one.from && number < one.to))
      expect(left).toEqual(ALL.filter((n) => n >= from && n < from + length && !model.has(n)))
    }),
  )
})
