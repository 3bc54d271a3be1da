import { expect, test } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { loadAll } from '../../src/config/load-all.ts'
import { discard } from '../../src/consumers/discard.ts'
import { each } from '../../src/consumers/each.ts'
import { generate } from '../../src/producers/generate.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { brief, edited, GOOD, modules, problemsOf, registry, registryWith, specOf, write } from './loading.ts'

const DEAD = `${GOOD}deadLetters: { file: dead.ndjson }\n`

async function retryOf(written: string): Promise<unknown> {
  return (await specOf(edited('concurrency: 8', `retry: ${written}`))).nodes[3]!.settings.retry
}

test('retry is a count of calls, or its details; what is left out of them is 5 calls, and up to the kernel', async () => {
  expect(await retryOf('3')).toEqual({ attempts: 3 })
  expect(await retryOf('{}')).toEqual({ attempts: 5 })
  expect(await retryOf('{ attempts: 7, backoff: { max: 1m }, budget: 25% }')).toEqual({
    attempts: 7,
    backoff: { initialMs: 100, maxMs: 60_000 },
    budget: 0.25,
  })
  expect(await retryOf('{ budget: 0.5 }')).toEqual({ attempts: 5, budget: 0.5 })
})

test('what else is said about failures arrives, times in ms', async () => {
  const settings = 'giveUpAfter: 1h\n    maxParked: 20\n    whenExpired: drop\n    onFailure: stop'
  expect((await specOf(edited('concurrency: 8', settings))).nodes[3]!.settings).toEqual({
    giveUpAfterMs: 3_600_000,
    maxParked: 20,
    whenExpired: 'drop',
    onFailure: 'stop',
  })
})

test('restarts have defaults of their own, and a pipeline that failed stays down unless it says otherwise', async () => {
  expect(await specOf(GOOD)).not.toHaveProperty('restarts')
  expect(await specOf(GOOD)).toMatchObject({ onPipelineFailure: 'stop' })
  expect(await specOf(`${GOOD}restarts: { most: 0 }\nonPipelineFailure: exit\n`)).toMatchObject({
    restarts: { most: 0, withinMs: 5_000 },
    onPipelineFailure: 'exit',
  })
})

test('dead letters go to a consumer, with what it may have beside its options', async () => {
  const text = `${edited('concurrency: 8', 'order: input')}deadLetters:
  keep: original
  concurrency: 2
  demand: 10
  retry: 4
  timeout: 2s
  maxHeld: 7
  file: { path: dead.ndjson, fsync: each }
`
  const { component, keep, settings } = (await specOf(text, { registry: createRegistry() })).deadLetters!
  expect([component.kind, component.name, component.exclusive, keep]).toEqual([
    'consumer',
    'file',
    expect.stringMatching(/^file .*dead\.ndjson$/),
    'original',
  ])
  expect(settings).toEqual({
    concurrency: 2,
    demand: { max: 10 },
    retry: { attempts: 4 },
    timeoutMs: 2000,
    maxHeld: 7,
  })
})

test('they keep messages as they entered, unless it says otherwise, and a component needs no options', async () => {
  const { deadLetters } = await specOf(`${GOOD}deadLetters: { discard: }\n`)
  expect(deadLetters).toMatchObject({ keep: 'entered', settings: {}, component: { name: 'discard' } })
})

test('`true` is the consumer `letters` without options', async () => {
  const withLetters = registryWith('letters', {})
  const letters = { ...(await registry.load('consumer', 'discard')), name: 'letters' }
  const load: typeof registry.load = async (kind, name) => (name === 'letters' ? letters : withLetters.load(kind, name))
  const names: typeof registry.names = async (kind) => [...(await registry.names(kind)), 'letters']
  const { deadLetters } = await specOf(`${GOOD}deadLetters: true\n`, { registry: { load, names } })
  expect(deadLetters).toMatchObject({ keep: 'entered', component: { kind: 'consumer', name: 'letters' } })
})

test('`false`, also out of a variable, is the same as nothing', async () => {
  expect(await specOf(`${GOOD}deadLetters: false\n`)).not.toHaveProperty('deadLetters')
  const environment = { DEAD: 'false' }
  expect(await specOf(`${GOOD}deadLetters: "\${DEAD}"\n`, { environment })).not.toHaveProperty('deadLetters')
})

test('where there are dead letters, failures go there unless a node says otherwise', async () => {
  const { nodes } = await specOf(DEAD.replace('concurrency: 8', 'onFailure: origin'))
  expect(nodes.map(({ settings }) => settings.onFailure)).toEqual([
    'dead-letter',
    'dead-letter',
    'dead-letter',
    'origin',
  ])
  const without = await specOf(GOOD)
  expect(without.nodes.map(({ settings }) => settings.onFailure)).toEqual([undefined, undefined, undefined, undefined])
})

test('a node may be called dead-letters where there are none', async () => {
  await expect(specOf(edited('  ledger:', '  dead-letters:'))).resolves.toBeDefined()
})

test('the consumer of dead letters is not an end of the pipeline: it needs one of its own', async () => {
  const text = `${GOOD.slice(0, GOOD.indexOf('consumers:'))}consumers:\ndeadLetters: { file: dead.ndjson }\n`
  expect((await problemsOf(text)).map(({ code }) => code)).toContain('SLUICE_CONFIG_INCOMPLETE')
})

test('a component for dead letters that breaks is told where it is named', async () => {
  const exclusive = ({ path }: { path: string }) => {
    if (path === 'dead.ndjson') throw new Error('no luck')
  }
  const problems = await problemsOf(DEAD, { registry: registryWith('file', { exclusive }) })
  expect(problems.map(brief)).toEqual([
    '17:16 COMPONENT_BROKEN `file` failed while its options were read: no luck | this is a mistake in the component, not in this file',
  ])
})

test('two pipelines of one process have no file for dead letters together', async () => {
  const other = DEAD.replace('pipeline: payments', 'pipeline: orders').replace('8080', '8081')
  const files = [write(DEAD, 'a.yaml'), write(other.replaceAll('ledger.ndjson', 'orders.ndjson'), 'b.yaml')]
  const { errors } = await loadAll(files, { registry, modules, environment: {}, memoryBudget: 1e9 })
  expect(
    errors.flatMap(({ problems }) => problems.map(({ message, line, column }) => [line, column, message])),
  ).toEqual([
    [
      17,
      16,
      expect.stringMatching(/^`dead-letters` wants `file dead.ndjson`, and so does `dead-letters` in .*a\.yaml$/),
    ],
  ])
})

test('a program says by `p.deadLetters` where they go', () => {
  const { spec } = definePipeline('a', (p) => {
    p.deadLetters(
      each((letter) => letter.error.message),
      { keep: 'original', retry: 2 },
    )
    p.consumer('out', p.producer('numbers', generate()), discard())
  }).load(1e9)
  expect(spec.deadLetters).toMatchObject({
    component: { kind: 'consumer', name: 'each' },
    keep: 'original',
    settings: { retry: { attempts: 2 } },
  })
  expect(spec.nodes.map(({ name, settings }) => [name, settings.onFailure])).toEqual([
    ['numbers', 'dead-letter'],
    ['out', 'dead-letter'],
  ])
})
