import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { simulate } from '../../src/testing/index.ts'

const SEEDS = 5000
/** All of them, on a machine that is busy with other tests as well; ms. */
const TIMEOUT_MS = 240_000

/** What the first seed that breaks an invariant says. */
async function firstViolation(): Promise<string | undefined> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    if (seed % 100 === 0) await setImmediate() // What is left of other seeds can be let go.
    const { violation } = simulate(seed)
    if (violation !== undefined) return `seed ${seed}: ${violation.invariant}: ${violation.detail}`
  }
  return undefined
}

test(
  'no seed breaks an invariant',
  async () => {
    expect(await firstViolation()).toBeUndefined()
  },
  TIMEOUT_MS,
)
