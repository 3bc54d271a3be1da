import { expect, test } from 'vitest'
import { seededRandom } from '../../src/kit/seeded-random.ts'

test('seeded random: the numbers of a seed stay what they are, in every version', () => {
  const next = seededRandom(1)
  expect([next(), next(), next()].map((number) => Math.floor(number * 1e6))).toEqual([627073, 2735, 527447])
})

test('seeded random: spreads evenly over [0, 1)', () => {
  const next = seededRandom(7)
  const buckets = new Uint32Array(10)
  for (let i = 0; i < 100_000; i++) buckets[Math.floor(next() * 10)]!++
  for (const count of buckets) expect(Math.abs(count - 10_000)).toBeLessThan(500)
})
