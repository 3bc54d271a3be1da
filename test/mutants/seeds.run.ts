import { expect, test } from 'vitest'
import { simulate } from '../../src/testing/index.ts'

const SEEDS = 5000

/** What the first seed that breaks an invariant says. */
function firstViolation(): string | undefined {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = simulate(seed)
    if (violation !== undefined) return `seed ${seed}: ${violation.invariant}: ${violation.detail}`
  }
  return undefined
}

test('no seed breaks an invariant', () => {
  expect(firstViolation()).toBeUndefined()
})
