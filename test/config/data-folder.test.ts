import { afterEach, expect, test, vi } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { loadAll } from '../../src/config/load-all.ts'
import { overflowsIn } from '../../src/config/overflows.ts'
import { discard } from '../../src/consumers/discard.ts'
import { letters } from '../../src/consumers/letters.ts'
import { generate } from '../../src/producers/generate.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { edited, modules, pathOf, specOf, write } from './loading.ts'

const registry = createRegistry()
const GOOD = edited('    concurrency: 8\n', '')
const WITH_LETTERS = `${GOOD}deadLetters: true\n`

afterEach(() => vi.unstubAllEnvs())

async function placeOf(text: string): Promise<string | undefined> {
  return (await specOf(text, { registry })).deadLetters?.component.exclusive
}

test('dead letters stand beside the file of their pipeline, wherever the process was started', async () => {
  expect(await placeOf(WITH_LETTERS)).toBe(`folder ${pathOf('.sluice/payments/dead-letters')}`)
  expect(await placeOf(`${GOOD}deadLetters: { letters: { limit: 2GiB } }\n`)).toBe(
    `folder ${pathOf('.sluice/payments/dead-letters')}`,
  )
})

test('with SLUICE_DATA_DIR they stand there, and a folder that is named is the folder', async () => {
  vi.stubEnv('SLUICE_DATA_DIR', '/var/lib/sluice')
  expect(await placeOf(WITH_LETTERS)).toBe('folder /var/lib/sluice/payments/dead-letters')
  expect(await placeOf(`${GOOD}deadLetters: { letters: /mnt/letters }\n`)).toBe('folder /mnt/letters')
})

test('a SLUICE_DATA_DIR that is set to nothing is not set', async () => {
  vi.stubEnv('SLUICE_DATA_DIR', '')
  expect(await placeOf(WITH_LETTERS)).toBe(`folder ${pathOf('.sluice/payments/dead-letters')}`)
})

test('those of a program stand beside the file that defines it, by node', () => {
  const { spec } = definePipeline('made', (p) => {
    p.consumer('end', p.producer('start', generate({ count: 1 })), discard())
    p.deadLetters(letters())
  }).load(1e9)
  expect(spec.deadLetters?.component.exclusive).toBe(
    `folder ${new URL('.sluice/made/dead-letters', import.meta.url).pathname}`,
  )
})

test('two pipelines that want one folder are told so before anything starts, also where one of them says nothing', async () => {
  const first = write(WITH_LETTERS, 'first.yaml')
  const second = write(
    WITH_LETTERS.replace('payments', 'orders')
      .replace('8080', '8081')
      .replace('ledger.ndjson', 'other.ndjson')
      .replace('true', `{ letters: ${pathOf('.sluice/payments/dead-letters')} }`),
    'second.yaml',
  )
  const { errors } = await loadAll([first, second], { registry, modules, environment: {}, memoryBudget: 1e9 })
  expect(errors.flatMap(({ problems }) => problems)).toMatchObject([
    { code: 'SLUICE_CONFIG_EXCLUSIVE', file: second, message: expect.stringContaining('wants `folder ') },
  ])
})

test('a folder that is named is seen from that of the file, wherever the process was started', async () => {
  vi.stubEnv('SLUICE_DATA_DIR', '/elsewhere')
  const overflow = 'overflow: { name: spilled, store: { embedded: { folder: ../pair } } }'
  const text = `pipeline: p
producers:
  source: { generate: {} }
consumers:
  end: { from: source, discard: {}, overflow: { store: { embedded: { folder: stored/end } } } }
  pair: { from: source, ${overflow} }
  other: { from: source, overflow: { name: other, dataDir: data } }
deadLetters: { letters: failed }
`
  const spec = await specOf(text, { registry })
  const wanted = Object.fromEntries(spec.nodes.map(({ name, component }) => [name, component.exclusive]))
  expect(overflowsIn(spec)[0]!.overflow.store.folder).toBe(pathOf('stored/end'))
  expect(wanted['pair']).toBe(`the filling of folder ${pathOf('../pair')}`)
  expect(wanted['other']).toBe(`the filling of folder ${pathOf('data/overflow.other')}`)
  expect(spec.deadLetters?.component.exclusive).toBe(`folder ${pathOf('failed')}`)
})
