import { expect, test } from 'vitest'
import { renderConfigError } from '../../src/config/render.ts'
import { edited, filter, GOOD, load, problemsOf, refusalOf } from './loading.ts'

const MILLION = 1_000_000

/** Each would take minutes, or the stack, if something were looked at once per pair of its parts, or by recursion. */
const FILES: Readonly<Record<string, readonly [text: string, code: string]>> = {
  'a quarter of a million variables': [
    edited('ledger.ndjson', `"\\u0041${'${A}'.repeat(MILLION / 4)}"`),
    'VARIABLE_MISSING',
  ],
  'half a million variables that never end': [filter(`filter: ${'${'.repeat(MILLION / 2)}`), 'VARIABLE_SYNTAX'],
  'an expression of a million characters': [filter(`filter: ${'a'.repeat(MILLION)}`), 'EXPRESSION'],
  'a value cut at 20,000 commas': [filter(`filter: { when: ${'f(a, '.repeat(20_000)} }`), 'YAML_UNQUOTED'],
  'a list cut at 20,000 commas': [filter(`filter: { when: [${'f(a, '.repeat(20_000)}] }`), 'VALUE'],
  '40,000 texts on a line': [filter(`filter: ${'"a" '.repeat(40_000)}`), 'YAML_SYNTAX'],
  '15,000 indices in braces': [filter(`filter: { when: ${'a[0] '.repeat(15_000)}`), 'YAML_UNQUOTED'],
  '30,000 wrong lines': [`${GOOD}${'x: !a b\n'.repeat(30_000)}`, 'TOO_COMPLEX'],
  '20,000 unknown settings': [
    edited('    concurrency: 8\n', Array.from({ length: 20_000 }, (_, index) => `    k${index}: 1\n`).join('')),
    'KEY_UNKNOWN',
  ],
  'a million braces': ['{'.repeat(MILLION), 'TOO_COMPLEX'],
  '60,000 lists in each other': ['- '.repeat(60_000), 'TOO_COMPLEX'],
  '60,000 maps in each other': [filter(`filter: ${'a: '.repeat(60_000)}`), 'TOO_COMPLEX'],
  '1,001 nodes': [
    `${GOOD}${Array.from({ length: 998 }, (_, index) => `  n${index}: { from: batches, discard: }\n`).join('')}`,
    'TOO_COMPLEX',
  ],
}

test.each(Object.entries(FILES))('a file of %s is refused, and hangs nothing', async (_, [text, code]) => {
  const error = await refusalOf(load(text))
  expect(error.code).toBe(`SLUICE_CONFIG_${code}`)
  expect(renderConfigError(error).length).toBeLessThan(200_000)
})

test('1,000 nodes are fine', async () => {
  const more = Array.from({ length: 996 }, (_, index) => `  n${index}: { from: batches, discard: }\n`).join('')
  expect((await load(`${GOOD}${more}`)).spec.nodes).toHaveLength(1000)
})

test('of more than 1,000 nodes only that is said, and not that producers and consumers are missing', async () => {
  const more = Array.from({ length: 997 }, (_, index) => `  n${index}: { from: batches, discard: }\n`).join('')
  const problems = await problemsOf(`${GOOD}${more}`)
  expect(problems.map(({ message }) => message)).toEqual(['the pipeline has 1001 nodes: more than 1000'])
})
