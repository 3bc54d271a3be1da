import { expect, test } from 'vitest'
import { brief, edited, load, problemsOf, registryWith } from './loading.ts'

test('limits that do not go together are an error at the setting', async () => {
  const text = edited('    http:', '    maxUnacked: 500\n    http:')
  const [problem, ...more] = await problemsOf(text)
  expect(more.filter(({ severity }) => severity === 'error')).toEqual([])
  expect(problem).toMatchObject({
    code: 'SLUICE_CONFIG_PIPELINE',
    severity: 'error',
    line: 4,
    column: 17,
    endColumn: 20,
    path: ['producers', 'ingress', 'maxUnacked'],
    message: expect.stringMatching(/^maxUnacked is 500, but .* come to \d+ parts$/),
    hint: expect.stringMatching(/^raise maxUnacked to \d+ at least/),
  })
})

test('what will hardly run as it was meant is a warning, and the pipeline can run', async () => {
  const { warnings, spec } = await load(edited('    http:', '    maxUnacked: 9000\n    http:'))
  expect(spec.nodes).toHaveLength(4)
  expect(warnings).toMatchObject([
    { severity: 'warning', line: 4, column: 17, message: expect.stringContaining('may hold 10000 messages') },
  ])
  expect((await load(edited('    http:', '    maxUnacked: 100000\n    http:'))).warnings).toEqual([])
})

test('a setting that is not written is shown at its node', async () => {
  const { warnings } = await load(edited('    batch:', '    maxHeld: 200000\n    batch:'))
  expect(warnings).toMatchObject([{ line: 3, column: 3, endColumn: 10, path: ['producers', 'ingress', 'maxUnacked'] }])
})

test('a warning beside errors stands in the order of the file', async () => {
  const text = edited('    http:', '    maxUnacked: 500\n    http:').replace(
    'from: valid',
    'from: { valid: { demand: 5 } }',
  )
  const lines = (await problemsOf(text)).map(({ line }) => line)
  expect(lines).toEqual(lines.toSorted((a, b) => (a ?? 0) - (b ?? 0)))
})

test('a component that refuses its options when it is made is told at its node, without what variables hold', async () => {
  const create = () => {
    throw new Error('no such ledger: hunter22.ndjson')
  }
  const registry = registryWith('file', { create })
  const [plain] = await problemsOf(edited('ledger.ndjson', 'hunter22.ndjson'), { registry })
  expect(brief(plain!)).toMatch(/^13:3 PIPELINE .*no such ledger: hunter22\.ndjson/)
  const environment = { LEDGER: 'hunter22' }
  const [filled] = await problemsOf(edited('ledger.ndjson', '${LEDGER}.ndjson'), { registry, environment })
  expect(brief(filled!)).toMatch(/^13:3 PIPELINE .*no such ledger: \$\{LEDGER\}\.ndjson/)
})

test('an edge that blocks has no queue of its own', async () => {
  const told =
    '`queue`: needs `whenFull: drop-newest` or `whenFull: drop-oldest`: an edge that blocks keeps nothing back'
  const text = edited('from: ingress', 'from: { ingress: { queue: { messages: 5 } } }')
  expect((await problemsOf(text)).map((problem) => brief(problem).split(' | ')[0])).toEqual([`7:31 VALUE ${told}`])
})
