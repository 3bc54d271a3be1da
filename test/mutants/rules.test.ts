import { beforeAll, describe, expect, test } from 'vitest'
import { runOn, sideBySide, type MutantResult } from './mutant.ts'
import { RULE_MUTANTS } from './rules.ts'

const RULES = [
  ...Array.from({ length: 23 }, (_, index) => `D${index + 1}`),
  ...Array.from({ length: 13 }, (_, index) => `A${index + 1}`),
]

describe('a kernel that breaks a rule turns the tests of that rule red:', () => {
  let results: MutantResult[] = []

  beforeAll(async () => {
    results = await sideBySide(RULE_MUTANTS, (mutant) => runOn(mutant, mutant.test))
  }, 600_000)

  test.each(RULE_MUTANTS.map(({ rule, because }, index) => ({ rule, because, index })))(
    '$rule: $because',
    ({ rule, index }) => {
      const { failed, broken, isHanging } = results[index]!
      expect(broken).toBeUndefined()
      if (isHanging) return
      expect(failed.filter(({ title }) => new RegExp(`\\b${rule}\\b`).test(title))).not.toEqual([])
    },
  )

  test('every rule has a mutant', () => {
    const rules = new Set(RULE_MUTANTS.map(({ rule }) => rule))
    expect(RULES.filter((rule) => !rules.has(rule))).toEqual([])
  })
})
