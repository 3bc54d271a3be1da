import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { intervalRank, median, summarize } from '../../bench/statistics.js'

/** P(B < rank) for a binomial B with chance ½, exactly. */
function chanceBelow(count: number, rank: number): number {
  let ways = 1n
  let below = 0n
  for (let k = 0; k < rank; k++) {
    below += ways
    ways = (ways * BigInt(count - k)) / BigInt(k + 1)
  }
  return Number((below * 10n ** 9n) / 2n ** BigInt(count)) / 1e9
}

const ratios = fc.array(fc.double({ min: 0.01, max: 100, noNaN: true }), { minLength: 1, maxLength: 60 })

describe('statistics', () => {
  // Le Boudec 2010, table A.1.
  test.each([
    [6, 1],
    [10, 2],
    [15, 4],
    [20, 6],
    [30, 10],
  ])('the interval of the median of %i values begins at number %i', (count, rank) => {
    expect(intervalRank(count)).toBe(rank)
  })

  test.prop([fc.integer({ min: 6, max: 200 })])(
    'the interval misses the median with a chance of 5 %% at most, and is no wider than that needs',
    (count) => {
      const rank = intervalRank(count)
      expect(chanceBelow(count, rank)).toBeLessThanOrEqual(0.025)
      expect(chanceBelow(count, rank + 1)).toBeGreaterThan(0.025)
    },
  )

  test.prop([ratios])('the median lies within its interval, whose ends are values that were measured', (values) => {
    const { median: middle, low, high } = summarize(values)
    expect(low).toBeLessThanOrEqual(middle)
    expect(high).toBeGreaterThanOrEqual(middle)
    expect(values).toContain(low)
    expect(values).toContain(high)
  })

  test('with fewer than six values the interval is all of them', () => {
    expect(summarize([3, 1, 2])).toEqual({ median: 2, low: 1, high: 3 })
  })

  test('the median of an even number of values is the mean of the two in the middle', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5)
  })
})
