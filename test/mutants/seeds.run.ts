import { test } from 'vitest'
import { simulate } from '../../src/testing/index.ts'

const SEEDS = 5000

test('no seed breaks an invariant', () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { violation } = simulate(seed)
    if (violation !== undefined) throw new Error(`seed ${seed}: ${violation.invariant}: ${violation.detail}`)
  }
})
