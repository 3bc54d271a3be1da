import { describe, expect } from 'vitest'
import { fc, test } from '@fast-check/vitest'
import { pauseAfter, RetryBudget } from '../../../src/core/backoff.ts'

const SHARE = 0.1
/** What a budget has at first, what it gets each second, and what it saves up at most. */
const AT_FIRST = 10
const PER_SECOND = 1
const MOST_SAVED = 1000

describe('A3: backoff', () => {
  test.prop([
    fc.integer({ min: 1, max: 1e6 }),
    fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e7 })),
    fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  ])(
    'is never nothing, and at most the smaller of `max` and what doubling comes to',
    (failures, [initialMs, maxMs], random) => {
      const pauseMs = pauseAfter(failures, { initialMs, maxMs }, random)
      expect(pauseMs).toBeGreaterThanOrEqual(1)
      expect(pauseMs).toBeLessThanOrEqual(Math.max(1, Math.min(maxMs, initialMs * 2 ** (failures - 1))))
    },
  )

  test.prop([
    fc.integer({ min: 1, max: 20 }),
    fc.integer({ min: 100, max: 1000 }),
    fc.integer({ min: 100, max: 60_000 }),
  ])('has full jitter: chance decides over the whole of it', (failures, initialMs, maxMs) => {
    const most = pauseAfter(failures, { initialMs, maxMs }, 1)
    expect(pauseAfter(failures, { initialMs, maxMs }, 0.25)).toBe(Math.max(1, most / 4))
    expect(pauseAfter(failures, { initialMs, maxMs }, 0)).toBe(1)
  })
})

/** Some calls are made, some time passes, and then so many retries are asked for. */
const step = fc.record({
  calls: fc.integer({ min: 0, max: 500 }),
  elapsedMs: fc.integer({ min: 0, max: 30_000 }),
  asks: fc.integer({ min: 0, max: 200 }),
})

describe('A3: the budget of retries', () => {
  test.prop([fc.array(step, { minLength: 1, maxLength: 30 })])(
    'lets no more pass, over any stretch of time, than their share, a little for the time, and what was saved',
    (steps) => {
      const budget = new RetryBudget(SHARE, 0)
      const history: { calls: number; now: number; granted: number }[] = [{ calls: 0, now: 0, granted: 0 }]
      for (const { calls, elapsedMs, asks } of steps) {
        const last = history.at(-1)!
        const now = last.now + elapsedMs
        let { granted } = last
        for (let ask = 0; ask < asks; ask++) if (budget.take(now, last.calls + calls) === 0) granted++
        history.push({ calls: last.calls + calls, now, granted })
      }
      history.forEach((from, index) => {
        for (const to of history.slice(index + 1)) {
          const saved = index === 0 ? AT_FIRST : MOST_SAVED
          const earned = SHARE * (to.calls - from.calls) + (PER_SECOND * (to.now - from.now)) / 1000
          expect(to.granted - from.granted).toBeLessThanOrEqual(saved + earned + 1e-6)
        }
      })
    },
  )

  test.prop([fc.integer({ min: 0, max: 100_000 })])(
    'keeps nobody waiting for ever: time alone lets one pass',
    (calls) => {
      const budget = new RetryBudget(SHARE, 0)
      let now = 0
      while (budget.take(now, calls) === 0);
      for (let waited = 0; waited <= 1200;) {
        const pauseMs = budget.take(now, calls)
        if (pauseMs === 0) return
        waited += pauseMs
        now += pauseMs
      }
      throw new Error('none in more than a second')
    },
  )
})
