import { afterEach, expect, test, vi } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { edge } from '../../src/config/builder-types.ts'
import { loadAll } from '../../src/config/load-all.ts'
import { durable as durableSettings, overflow as overflowSettings } from '../../src/config/overflow-settings.ts'
import { overflowsIn, type ConfiguredOverflow } from '../../src/config/overflows.ts'
import { descriptionAt } from '../../src/config/zod-shape.ts'
import { discard } from '../../src/consumers/discard.ts'
import { OVERFLOW_DEFAULTS } from '../../src/core/overflow-plan.ts'
import type { PipelineSpec } from '../../src/core/spec.ts'
import { sizeText } from '../../src/kit/units.ts'
import { generate } from '../../src/producers/generate.ts'
import { http } from '../../src/producers/http.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { brief, edited, GOOD, load, modules, pathOf, specOf, write } from './loading.ts'

const registry = createRegistry()

afterEach(() => vi.unstubAllEnvs())

/** The good file with settings at its consumer. */
function ledger(settings: string): string {
  return edited('    concurrency: 8\n', `    ${settings}\n`)
}

function foldersOf(spec: PipelineSpec): Record<string, string | undefined> {
  return Object.fromEntries(
    overflowsIn(spec).map(({ from, to, overflow }) => [`${from} ${to ?? '*'}`, overflow.store.folder]),
  )
}

async function overflowIn(settings: string): Promise<ConfiguredOverflow> {
  return overflowsIn(await specOf(ledger(settings)))[0]!.overflow
}

test('an overflow is what its node says, with the defaults for the rest', async () => {
  expect(await overflowIn('overflow: true')).toMatchObject({ limit: { bytes: 10 * 1024 ** 3 } })
  const given =
    'overflow: { memory: 500, high: 70%, low: 0.3, limit: { bytes: 1GiB, age: 2d }, whenFull: drop-newest, mode: always, frame: { bytes: 16KiB, delay: 5ms }, codec: json+deflate, durability: os }'
  expect(await overflowIn(given)).toMatchObject({
    memory: { parts: 500 },
    high: 0.7,
    low: 0.3,
    limit: { bytes: 1024 ** 3, ageMs: 172_800_000 },
    whenFull: 'drop-newest',
    mode: 'always',
    delayMs: 5,
    store: { kind: 'embedded' },
  })
})

test('each edge of a node has an overflow of its own, in a folder of its own beside the file', async () => {
  const spec = await specOf(ledger('overflow: true').replace('from: batches', 'from: [batches, valid]'))
  expect(foldersOf(spec)).toEqual({
    'batches ledger': pathOf('.sluice/payments/overflow.batches.ledger'),
    'valid ledger': pathOf('.sluice/payments/overflow.valid.ledger'),
  })
})

test('the folders of edges and nodes are never the same, whatever nodes are called', async () => {
  vi.stubEnv('SLUICE_DATA_DIR', '/var/lib/sluice')
  const text = `pipeline: p
producers:
  a: { http: { port: 1 }, durable: true }
  a_b: { http: { port: 2 } }
  overflow: { http: { port: 3 }, durable: true }
consumers:
  b_c: { from: a, overflow: true, discard: }
  c: { from: [a_b, overflow], overflow: true, discard: }
`
  const spec = await specOf(text, { registry })
  expect(new Set(Object.values(foldersOf(spec)))).toEqual(
    new Set(
      ['durable.a', 'durable.overflow', 'overflow.a.b_c', 'overflow.a_b.c', 'overflow.overflow.c'].map(
        (name) => `/var/lib/sluice/p/${name}`,
      ),
    ),
  )
})

test('what an edge says goes before what its node says', async () => {
  const text = ledger('overflow: { memory: 500 }').replace(
    'from: batches',
    'from: { batches: { overflow: { memory: 7 } }, valid: { overflow: false }, ingress: }',
  )
  const found = overflowsIn(await specOf(text))
  expect(found.map(({ from, overflow }) => [from, overflow.memory?.parts])).toEqual([
    ['batches', 7],
    ['ingress', 500],
  ])
})

test('an edge that spills has the overflow that `true` means, and blocks nobody by that word', async () => {
  const spec = await specOf(edited('from: batches', 'from: { batches: { whenFull: spill } }'))
  const [found] = overflowsIn(spec)
  expect(found).toMatchObject({ from: 'batches', to: 'ledger' })
  expect(spec.nodes.at(-1)!.from[0]).not.toHaveProperty('whenFull')
})

test('a durable producer stores everything, for all that read from it', async () => {
  const text = edited('path: /payments }', 'path: /payments }\n    durable: { limit: 1GiB }')
  const spec = await specOf(text, { registry })
  expect(spec.nodes[0]!.settings.durable).toMatchObject({ mode: 'always', limit: { bytes: 1024 ** 3 } })
  expect(foldersOf(spec)).toEqual({ 'ingress *': pathOf('.sluice/payments/durable.ingress') })
  const none = await specOf(text.replace('{ limit: 1GiB }', 'false').replace('    concurrency: 8\n', ''), { registry })
  expect(none.nodes[0]!.settings).not.toHaveProperty('durable')
})

test('a program says the same', () => {
  const { spec } = definePipeline('made', (p) => {
    const door = p.producer('door', http({ port: 0 }), { durable: { limit: '1GiB' } })
    p.consumer('end', edge(door, { overflow: { memory: 5 } }), discard())
    p.consumer('other', door, discard(), { overflow: true })
  }).load(1e9)
  expect(overflowsIn(spec).map(({ from, to }) => [from, to])).toEqual([
    ['door', undefined],
    ['door', 'end'],
    ['door', 'other'],
  ])
})

test('a program is told what it has wrong, too', () => {
  const make = (): unknown =>
    definePipeline('made', (p) => {
      p.consumer('end', p.producer('start', generate(), { durable: true }), discard())
    })
  expect(make).toThrow("start can't be durable")
})

test('memory that can never fill is warned of, unless it is below a producer that is durable (D21)', async () => {
  const warned = async (text: string): Promise<unknown> =>
    (await load(`${text}deadLetters: true\n`, { registry })).warnings.map(brief)
  expect(await warned(ledger('overflow: { memory: 200000 }'))).toEqual([
    '15:25 PIPELINE the overflow of `batches → ledger` can never fill its memory of 200000 messages: the maxUnacked of `ingress` (100000) is reached before | raise maxUnacked above the `memory` of the overflow, or lower that to less than 100000',
  ])
  expect(await warned(ledger('overflow: { memory: 100000 }'))).toEqual([])
  expect(await warned(ledger('overflow: { memory: 200000, mode: always }'))).toEqual([])
  const durable = ledger('overflow: { memory: 200000 }').replace('/payments }', '/payments }\n    durable: true')
  expect(await warned(durable)).toEqual([])
  expect(
    await warned(
      GOOD.replace('    concurrency: 8\n', '    overflow: true\n').replace(
        '/payments }',
        '/payments }\n    maxUnacked: 5000',
      ),
    ),
  ).toContainEqual(expect.stringContaining('can never fill its memory of 10000 messages'))
})

test('memory that the pipeline does not have is warned of; where nothing is said, all share a third of it (D22)', async () => {
  const warned = async (settings: string): Promise<unknown> =>
    (await load(`${ledger(settings)}deadLetters: true\nmemory: 300MiB\n`, { registry })).warnings.map(brief)
  expect(await warned('overflow: true')).toEqual([])
  expect(await warned('overflow: { memory: { bytes: 200MiB } }')).toEqual([])
  expect(await warned('overflow: { memory: { bytes: 201MiB } }')).toEqual([
    '15:25 PIPELINE the overflow of `batches → ledger` may take 302MiB of memory, half as much again as waits in it, and the pipeline has 300MiB | lower the bytes of its `memory`, or give the pipeline more with `memory`',
  ])
})

test('failures with nowhere to go are warned of: what was stored is acknowledged, and would come again for ever', async () => {
  const warned = async (text: string): Promise<unknown> => (await load(text, { registry })).warnings.map(brief)
  const stored = ledger('overflow: true')
  expect(await warned(stored)).toEqual([
    '13:3 PIPELINE what fails at ledger for good goes back to the overflow behind batches, and comes again for ever | say `deadLetters: true` for the pipeline, or `onFailure: drop` where it fails',
  ])
  expect(await warned(`${stored}deadLetters: true\n`)).toEqual([])
  expect(await warned(ledger('onFailure: drop\n    overflow: true'))).toEqual([])
})

test('two pipelines that store in one folder are told so before anything starts', async () => {
  const first = write(ledger('overflow: true'), 'first.yaml')
  const folder = pathOf('.sluice/payments/overflow.batches.ledger')
  const second = write(
    ledger(`overflow: { store: { embedded: { folder: ${folder} } } }`)
      .replace('payments', 'orders')
      .replace('8080', '8081')
      .replace('ledger.ndjson', 'other.ndjson'),
    'second.yaml',
  )
  const { errors } = await loadAll([first, second], { registry, modules, environment: {}, memoryBudget: 1e9 })
  expect(errors.flatMap(({ problems }) => problems)).toMatchObject([
    {
      code: 'SLUICE_CONFIG_EXCLUSIVE',
      line: 15,
      message: `the overflow of \`batches → ledger\` wants \`folder ${folder}\`, and so does the overflow of \`batches → ledger\` in ${first}`,
    },
  ])
})

test('a folder that comes from a variable is not shown', async () => {
  const folder = '/secret/place'
  const text = ledger('overflow: { store: { embedded: { folder: "${PLACE}" } } }').replace(
    'from: batches',
    'from: [batches, valid]',
  )
  await expect(load(text, { environment: { PLACE: folder } })).rejects.not.toThrow(folder)
})

test('what memory holds where nobody says is what the pages say', () => {
  const { memoryParts, memoryBytes } = OVERFLOW_DEFAULTS
  for (const schema of [overflowSettings, durableSettings]) {
    expect(descriptionAt(schema, ['memory', 'parts'])).toContain(`${memoryParts.toLocaleString('en')} by default`)
    expect(descriptionAt(schema, ['memory', 'bytes'])).toContain(`${sizeText(memoryBytes)} by default`)
  }
})
