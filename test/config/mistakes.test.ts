import { describe, expect, test } from 'vitest'
import { brief, GOOD, load, problemsOf } from './loading.ts'
import { mistakes as ofComponents } from './mistakes/components.ts'
import { mistakes as ofDeadLetters } from './mistakes/dead-letters.ts'
import { mistakes as ofTheGraph } from './mistakes/graph-checks.ts'
import { mistakes as ofVariables } from './mistakes/interpolate.ts'
import { mistakes as ofFailures } from './mistakes/failures.ts'
import type { Mistake } from './mistakes/mistake.ts'
import { mistakes as ofNodes } from './mistakes/nodes.ts'
import { mistakes as ofOverflows } from './mistakes/overflow.ts'
import { mistakes as ofQuoting } from './mistakes/quoting.ts'
import { mistakes as ofSettings } from './mistakes/settings.ts'
import { mistakes as ofYaml } from './mistakes/yaml.ts'

const TABLES: Readonly<Record<string, readonly Mistake[]>> = {
  'in the YAML': ofYaml,
  'that quotes would mend': ofQuoting,
  'with variables': ofVariables,
  'in sections, nodes and names': ofNodes,
  'in settings': ofSettings,
  'between nodes': ofTheGraph,
  'about failures': ofFailures,
  'about dead letters': ofDeadLetters,
  'about overflows': ofOverflows,
  'in the options of components': ofComponents,
}

test('the file that all mistakes are made in has none', async () => {
  expect((await load(GOOD)).warnings).toEqual([])
})

describe.each(Object.entries(TABLES))('mistakes %s are told at their place, with what to do', (_, mistakes) => {
  test.each(mistakes)('$title', async ({ text, environment = {}, problems }) => {
    expect((await problemsOf(text, { environment })).map(brief)).toEqual(problems)
  })
})

test.each(
  Object.values(TABLES)
    .flat()
    .filter(({ environment }) => environment !== undefined),
)('what a variable holds is never shown: $title', async ({ text, environment = {} }) => {
  const said = JSON.stringify(await problemsOf(text, { environment }))
  for (const secret of Object.values(environment)) expect(said).not.toContain(secret)
})
