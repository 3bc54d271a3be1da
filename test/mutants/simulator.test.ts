import { beforeAll, describe, expect, test } from 'vitest'
import { runOn, SEEDS_LIMIT_MS, sideBySide, type MutantResult } from './mutant.ts'
import { simulatedMutants } from './simulated.ts'

describe('the simulator finds, within 5,000 seeds,', () => {
  let results: MutantResult[] = []

  beforeAll(async () => {
    results = await sideBySide(simulatedMutants, (mutant) => runOn(mutant, 'test/mutants/seeds.run.ts', SEEDS_LIMIT_MS))
  }, 600_000)

  test.each(simulatedMutants.map(({ title, invariants }, index) => ({ title, invariants, index })))(
    '$title, by what it breaks',
    ({ invariants, index }) => {
      const { failed, broken } = results[index]!
      expect(broken).toBeUndefined()
      const invariant = /seed \d+: ([a-z-]+):/.exec(failed[0]?.message ?? '')?.[1]
      expect(invariants).toContain(invariant)
    },
  )
})
