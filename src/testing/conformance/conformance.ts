import { testingError } from '../errors.ts'
import { written, type Testable } from '../harness/component.ts'
import { Bench } from './bench.ts'
import { CONTRACT_LAWS } from './contract.ts'
import { DEMAND_LAWS } from './demand.ts'
import type { Law } from './law.ts'
import { LIFE_LAWS } from './life.ts'
import { MESSAGE_LAWS } from './messages.ts'
import { PRODUCER_LAWS } from './producers.ts'
import type { Samples } from './samples.ts'
import { WAITING_LAWS } from './waiting.ts'

/** One thing that is asked of a component. */
export interface Check {
  /** What a component does that passes, and the rule. */
  readonly name: string
  /** Rejects with SLUICE_TESTING_BREACH, which says what the component did. One at a time in a process. */
  run(): Promise<void>
}

/** What registers tests: that of vitest, `node:test`, jest or mocha. */
export interface TestRegistry {
  readonly describe: (name: string, define: () => void) => unknown
  readonly test: (name: string, run: () => Promise<void>) => unknown
}

const LAWS: readonly Law[] = [
  ...CONTRACT_LAWS,
  ...LIFE_LAWS,
  ...MESSAGE_LAWS,
  ...DEMAND_LAWS,
  ...WAITING_LAWS,
  ...PRODUCER_LAWS,
]

/** Fewer would not fill a call of several messages and leave one over. */
const FEWEST_VALUES = 3

/**
 * The rules that a component has to keep to, as checks that run anywhere: each tries it in the real kernel, on a simulated
 * clock, and rejects where it breaks the rule.
 *
 * @param component what a factory gives, a definition, or a function that makes one of them for each check, for one that
 * serves only once.
 * @throws SLUICE_TESTING_COMPONENT, SLUICE_TESTING_OPTIONS, SLUICE_TESTING_MISUSE
 */
export function conformance(component: Testable | (() => Testable), samples: Samples = {}): readonly Check[] {
  const make = typeof component === 'function' ? component : () => component
  const { definition } = written(make(), samples.options)
  const { values = [] } = samples
  if (definition.kind !== 'producer' && new Set(values).size < FEWEST_VALUES) {
    const found = `${definition.name} is a ${definition.kind}: it needs at least ${FEWEST_VALUES} different \`values\``
    throw testingError('SLUICE_TESTING_MISUSE', found)
  }
  return LAWS.filter(({ appliesTo }) => appliesTo?.(definition) ?? true).map(({ claim, rule, judge }) => ({
    name: `${claim} (${rule})`,
    run: () => new Bench(make, samples).try(judge),
  }))
}

/**
 * Registers the checks of `conformance` as tests:
 *
 *     import { describe, test } from 'vitest'
 *     conformanceTests({ describe, test }, redact({ fields: ['iban'] }), { values: [{ id: 1 }, { id: 2 }, { iban: 'DE02' }] })
 */
export function conformanceTests(
  { describe, test }: TestRegistry,
  component: Testable | (() => Testable),
  samples: Samples = {},
): void {
  const make = typeof component === 'function' ? component : () => component
  const { kind, name } = written(make(), samples.options).definition
  describe(`${name} is a ${kind} that keeps to the contract`, () => {
    for (const check of conformance(component, samples)) test(check.name, () => check.run())
  })
}
