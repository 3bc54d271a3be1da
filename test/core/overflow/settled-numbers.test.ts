import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { SettledNumbers } from '../../../src/core/settled-numbers.ts'

/** Around the end of a page. */
const number = fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 4080, max: 4110 }))

describe('settled numbers', () => {
  test.prop([fc.array(fc.record({ from: number, length: fc.integer({ min: 0, max: 9000 }) }), { maxLength: 12 })])(
    'are what was added: one below, and ranges above it, whatever the order (property)',
    (added) => {
      const settled = new SettledNumbers()
      const model = new Set<number>()
      for (const { from, length } of added) {
        let news = 0
        for (let each = from; each < from + length; each++) {
          if (!model.has(each)) news++
          model.add(each)
        }
        expect(settled.addRange(from, from + length)).toBe(news)
      }
      let below = 1
      while (model.has(below)) below++
      const above = [...model].filter((each) => each > below).toSorted((a, b) => a - b)
      expect(settled.below).toBe(below)
      expect(settled.ranges().flatMap(({ from, to }) => Array.from({ length: to - from }, (_, i) => from + i))).toEqual(
        above,
      )
      for (const { from, to } of settled.ranges()) expect([model.has(from - 1), model.has(to)]).toEqual([false, false])
      expect(new SettledNumbers(below, settled.ranges()).ranges()).toEqual(settled.ranges())
    },
  )

  test('a stretch of a thousand million behind one that is not settled is one range, and goes with it', () => {
    const settled = new SettledNumbers()
    expect(settled.addRange(2, 1e9)).toBe(1e9 - 2)
    expect(settled.addRange(1000, 1e9 + 1)).toBe(1)
    expect(settled.ranges()).toEqual([{ from: 2, to: 1e9 + 1 }])
    expect(settled.add(1)).toBe(true)
    expect([settled.below, settled.ranges()]).toEqual([1e9 + 1, []])
  })
})
