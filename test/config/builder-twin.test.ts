import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { definePipeline } from '../../src/config/builder.ts'
import { edge } from '../../src/config/builder-types.ts'
import { loadPipeline } from '../../src/config/load.ts'
import { discard } from '../../src/consumers/discard.ts'
import { file } from '../../src/consumers/file.ts'
import type { PipelineSpec } from '../../src/core/spec.ts'
import { start } from '../../src/daemon/start.ts'
import { generate } from '../../src/producers/generate.ts'
import { http } from '../../src/producers/http.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { batch } from '../../src/stages/batch.ts'
import { filter } from '../../src/stages/filter.ts'
import { map } from '../../src/stages/map.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-builder-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const MEMORY = 1024 ** 3

async function fromYaml(text: string): Promise<PipelineSpec> {
  const path = join(folder, 'pipeline.yaml')
  writeFileSync(path, text)
  return (await loadPipeline(path, { registry: createRegistry(), environment: {}, memoryBytes: MEMORY })).spec
}

/** All of a pipeline but its functions, of which it says only that there are some. */
function plain({ home: _home, ...spec }: PipelineSpec): unknown {
  return JSON.parse(JSON.stringify(spec, (_, value: unknown) => (typeof value === 'function' ? 'a function' : value)))
}

test('a pipeline in TypeScript is the same graph as its twin in YAML', async () => {
  const yaml = await fromYaml(`
pipeline: payments
stopTimeout: 5s
memory: 64MiB
deadLetters: { file: dead.ndjson, keep: original, concurrency: 2, timeout: 1s }
restarts: { most: 5, within: 1m }
onPipelineFailure: restart
group: { name: shops, member: web-1, redis: { url: 'redis://127.0.0.1:6380' } }
producers:
  ingress:
    key: data.merchant
    maxUnacked: { parts: 200000, bytes: 8MiB }
    dispatch: { partition: { by: data.merchant, count: 2 } }
    http: { port: 8080, path: /payments, queue: { messages: 500, bytes: 4MiB } }
  more:
    generate: { count: 5 }
stages:
  valid:
    from: ingress
    filter: { when: data.amountMinor > 0, reject: true }
  batches:
    from: { valid: { demand: { max: 500, min: 100, bytes: 1MiB } }, more: { whenFull: drop-oldest, queue: { messages: 7 } } }
    maxHeld: 50
    maxKeys: 5
    batch: { size: 10, timeout: 200ms, by: data.merchant }
consumers:
  nowhere:
    from: [ingress, more]
    discard:
  ledger:
    from: batches
    concurrency: 8
    order: key
    timeout: 5s
    retry: { attempts: 4, backoff: { initial: 50ms, max: 1s }, budget: 20% }
    giveUpAfter: 1h
    maxParked: 50
    whenExpired: dead-letter
    onFailure: drop
    file: { path: ledger.ndjson, fsync: each }
`)
  const pipeline = definePipeline(
    'payments',
    (p) => {
      const ingress = p.producer(
        'ingress',
        http<{ merchant: string; amountMinor: number }>({
          port: 8080,
          path: '/payments',
          queue: { messages: 500, bytes: '4MiB' },
        }),
        {
          key: ({ merchant }) => merchant,
          maxUnacked: { parts: 200_000, bytes: '8MiB' },
          dispatch: { partition: { by: ({ merchant }) => merchant, count: 2 } },
        },
      )
      const more = p.producer('more', generate({ count: 5, template: { merchant: 'm', amountMinor: 1 } }))
      const valid = p.stage(
        'valid',
        ingress,
        filter(({ amountMinor }) => amountMinor > 0, { reject: true }),
      )
      const from = [
        edge(valid, { demand: { max: 500, min: 100, bytes: '1MiB' } }),
        edge(more, { whenFull: 'drop-oldest', queue: { messages: 7 } }),
      ]
      const batches = p.stage('batches', from, batch({ size: 10, timeout: '200ms', by: ({ merchant }) => merchant }), {
        maxHeld: 50,
        maxKeys: 5,
      })
      p.consumer('nowhere', [ingress, more], discard())
      p.consumer('ledger', batches, file({ path: 'ledger.ndjson', fsync: 'each' }), {
        concurrency: 8,
        order: 'key',
        timeout: '5s',
        retry: { attempts: 4, backoff: { initial: '50ms', max: '1s' }, budget: '20%' },
        giveUpAfter: '1h',
        maxParked: 50,
        whenExpired: 'dead-letter',
        onFailure: 'drop',
      })
      p.deadLetters(file({ path: 'dead.ndjson' }), { keep: 'original', concurrency: 2, timeout: '1s' })
    },
    {
      stopTimeout: '5s',
      memory: '64MiB',
      restarts: { most: 5, within: '1m' },
      onPipelineFailure: 'restart',
      group: { name: 'shops', member: 'web-1', redis: { url: 'redis://127.0.0.1:6380' } },
    },
  )
  expect(plain(pipeline.load(MEMORY).spec)).toEqual(plain(yaml))
})

test('and does the same', async () => {
  const [twin, own] = [join(folder, 'yaml.ndjson'), join(folder, 'typescript.ndjson')]
  const yaml = await fromYaml(`
pipeline: twins
producers: { numbers: { generate: { count: 25 } } }
stages:
  odd: { from: numbers, filter: data.index % 2 === 1 }
  square: { from: odd, map: { n: data.index * data.index } }
  batches: { from: square, batch: { size: 5, by: data.n % 3 } }
consumers:
  out: { from: batches, file: "${twin}" }
`)
  const pipeline = definePipeline('twins', (p) => {
    const numbers = p.producer('numbers', generate({ count: 25 }))
    const odd = p.stage(
      'odd',
      numbers,
      filter(({ index }) => index % 2 === 1),
    )
    const square = p.stage(
      'square',
      odd,
      map(({ index }) => ({ n: index * index })),
    )
    const batches = p.stage('batches', square, batch({ size: 5, by: ({ n }) => n % 3 }))
    p.consumer('out', batches, file({ path: own }))
  })
  for (const either of [yaml, pipeline]) await (await start(either)).finished
  expect(readFileSync(own, 'utf8')).toBe(readFileSync(twin, 'utf8'))
  expect(readFileSync(own, 'utf8').split('\n')).toHaveLength(13)
})
