import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { brief, edited, filter, problemsOf, specOf } from './loading.ts'

/** What the `file:` of the ledger says, as the component gets it. */
async function pathOf(written: string, environment: Record<string, string> = {}): Promise<string | undefined> {
  const { nodes } = await specOf(edited('ledger.ndjson', written), { environment })
  return nodes[3]!.component.exclusive?.replace(/^file /, '')
}

test.each([
  ['a variable', '${LEDGER}', { LEDGER: 'a' }, 'a'],
  ['two variables in a text', '"${A}/x-${B}.ndjson"', { A: 'a', B: 'b' }, 'a/x-b.ndjson'],
  ['a default, where the variable is unset', '"${LEDGER:-a b}"', {}, 'a b'],
  ['a default, where the variable is empty', '${LEDGER:-a}', { LEDGER: '' }, 'a'],
  ['no default, where the variable is set', '${LEDGER:-a}', { LEDGER: 'b' }, 'b'],
  ['a default with dashes and colons', '"${LEDGER:-a:-b}"', {}, 'a:-b'],
  ['an empty default', '"x${LEDGER:-}"', {}, 'x'],
  ['an empty variable', '"x${LEDGER}"', { LEDGER: '' }, 'x'],
  ['a doubled dollar as the text it is', '$${LEDGER}', { LEDGER: 'a' }, '${LEDGER}'],
  ['a dollar alone as the text it is', '$LEDGER-$5', { LEDGER: 'a' }, '$LEDGER-$5'],
  ['a variable in single quotes', "'${A}''s'", { A: 'a' }, "a's"],
  ['a variable in a block', '|-\n      ${A}', { A: 'a' }, 'a'],
])('%s is filled in', async (...[, written, environment, expected]) => {
  expect(await pathOf(written, environment)).toBe(expected)
})

property.prop([fc.string({ minLength: 1, unit: 'grapheme' })])(
  'what a variable holds is never read as YAML, or for variables in it (property)',
  async (value) => {
    expect(await pathOf('${LEDGER}', { LEDGER: value })).toBe(value)
  },
)

test('a variable in a key, a number or a comment is left alone', async () => {
  const inComment = filter('filter: data.ok # ${NOT_SET}')
  await expect(specOf(inComment)).resolves.toBeDefined()
  const inKey = filter('map: { "${A}": data.x }')
  await expect(specOf(inKey, { environment: { A: 'b' } })).resolves.toBeDefined()
})

test('a variable that every object has is not set', async () => {
  expect(await problemsOf(edited('ledger.ndjson', '${constructor}'))).toMatchObject([
    { code: 'SLUICE_CONFIG_VARIABLE_MISSING', line: 16, column: 11, endColumn: 25 },
  ])
})

test.each([
  ['8', 8],
  ['-0', undefined],
  ['0x10', undefined],
  ['007', undefined],
  ['8e0', 8],
  [' 8', undefined],
  ['', undefined],
  ['9007199254740993', undefined],
])('a variable that holds "%s" becomes a number only where JSON would read the number', async (value, expected) => {
  const text = edited('concurrency: 8', 'concurrency: ${N}')
  const settings = specOf(text, { environment: { N: value } }).then(({ nodes }) => nodes[3]!.settings.concurrency)
  if (expected === undefined) await expect(settings).rejects.toMatchObject({ code: 'SLUICE_CONFIG_VARIABLE_VALUE' })
  else expect(await settings).toBe(expected)
})

test.each([
  ['true', true],
  ['false', true],
  ['yes', false],
  ['1', false],
])('a variable that holds "%s" can be a boolean: %s', async (value, isBoolean) => {
  const loaded = specOf(filter('filter: { when: data.ok, reject: "${B}" }'), { environment: { B: value } })
  if (isBoolean) await expect(loaded).resolves.toBeDefined()
  else await expect(loaded).rejects.toMatchObject({ code: 'SLUICE_CONFIG_VARIABLE_VALUE' })
})

test('where a text is fine, a variable stays a text, whatever it looks like', async () => {
  expect(await pathOf('${LEDGER}', { LEDGER: '12' })).toBe('12')
})

test('durations, sizes and expressions may come from variables, in whole or in part', async () => {
  const text = edited('200ms', '"${MS}ms"').replace('data.amount > 0', 'data.amount > ${LIMIT}')
  await expect(specOf(text, { environment: { MS: '5', LIMIT: '10' } })).resolves.toBeDefined()
})

test('a mistake behind a variable is shown where it is written', async () => {
  const text = filter('filter: "data.${FIELD} > 0 &&"')
  const [problem] = await problemsOf(text, { environment: { FIELD: 'amountMinor' } })
  expect(problem).toMatchObject({ code: 'SLUICE_CONFIG_EXPRESSION', line: 8, column: 34 })
})

test('a doubled dollar holds no secret: what is wrong with an expression that has one is told in full', async () => {
  await expect(specOf(filter('map: "`$${data.a}`"'))).resolves.toBeDefined()
  expect((await problemsOf(filter('map: "`$${data.a}` + $"'))).map(brief)).toMatchObject([
    expect.stringMatching(/^8:10 EXPRESSION `map`: unknown name "\$": .* \(line 1, column 15 of the expression\)/),
  ])
})
