import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memoryBudget } from '../../src/daemon/memory.ts'

const GIB = 1024 ** 3

test.each([
  ['the container', { container: GIB, machine: 64 * GIB, heap: 4 * GIB }, GIB],
  ['the machine', { container: 2 ** 63, machine: 2 * GIB, heap: 4 * GIB }, 2 * GIB],
  ['the heap of V8', { container: undefined, machine: 64 * GIB, heap: 4 * GIB }, 4 * GIB],
])('D22: the budget is 60 %% of what is tightest: %s', (_, limits, tightest) => {
  expect(memoryBudget(limits)).toBe(Math.floor(0.6 * tightest))
})

test('D22: a container without a limit, which says 0, bounds nothing', () => {
  expect(memoryBudget({ container: 0, machine: GIB, heap: GIB })).toBe(Math.floor(0.6 * GIB))
})

test('D22: the budget never exceeds 60 % of any limit (property)', () => {
  const bytes = fc.integer({ min: 1, max: 2 ** 50 })
  fc.assert(
    fc.property(bytes, bytes, bytes, (container, machine, heap) => {
      const budget = memoryBudget({ container, machine, heap })
      for (const limit of [container, machine, heap]) expect(budget).toBeLessThanOrEqual(0.6 * limit)
    }),
  )
})

test('D22: this process has a budget', () => {
  expect(memoryBudget()).toBeGreaterThan(64 * 1024 * 1024)
})
