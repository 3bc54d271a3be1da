import { CREDIT_TO_ORDER } from './rules-credit-to-order.ts'
import type { Change } from './change.ts'
import { FAILURE } from './rules-failure.ts'
import { GRAPH_AND_LIMITS } from './rules-graph-and-limits.ts'
import { OUTCOMES } from './rules-outcomes.ts'
import { OVERFLOW } from './rules-overflow.ts'

/** A change of one place of the kernel that breaks a rule, and the test that must notice. */
export interface RuleMutant {
  readonly rule: string
  /** From the root of the repository. */
  readonly file: string
  /** Stands in the file once, exactly so. */
  readonly find: string
  readonly replace: string
  readonly test: string
  /** What it breaks. */
  readonly because: string
}

function mutant([rule, module, find, replace, because]: Change, test: string): RuleMutant {
  return { rule, file: `src/core/${module}.ts`, find, replace, test: `test/core/rules/${test}.test.ts`, because }
}

/** At least one for each of D1 to D23, and of A1 to A13. */
export const RULE_MUTANTS: readonly RuleMutant[] = [
  ...[...CREDIT_TO_ORDER, ...GRAPH_AND_LIMITS].map((change) =>
    mutant(change, `d${change[0].slice(1).padStart(2, '0')}`),
  ),
  ...[...FAILURE, ...OUTCOMES, ...OVERFLOW].map(([test, change]) => mutant(change, test)),
]
