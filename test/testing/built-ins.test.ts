import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { bufferTime, from, map as change, mergeMap, repeat, Subject } from 'rxjs'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { discard } from '../../src/consumers/discard.ts'
import { each } from '../../src/consumers/each.ts'
import { file } from '../../src/consumers/file.ts'
import { http as sending } from '../../src/consumers/http.ts'
import { letters } from '../../src/consumers/letters.ts'
import { observable } from '../../src/consumers/observable.ts'
import { overflow as filling } from '../../src/consumers/overflow.ts'
import { redisStream as writing } from '../../src/consumers/redis-stream.ts'
import { stdout } from '../../src/consumers/stdout.ts'
import { file as reading } from '../../src/producers/file.ts'
import { generate } from '../../src/producers/generate.ts'
import { http } from '../../src/producers/http.ts'
import { iterable } from '../../src/producers/iterable.ts'
import { observable as emitting } from '../../src/producers/observable.ts'
import { overflow as draining } from '../../src/producers/overflow.ts'
import { queue } from '../../src/producers/queue.ts'
import { redisStream as receiving } from '../../src/producers/redis-stream.ts'
import { stdin } from '../../src/producers/stdin.ts'
import { createRegistry } from '../../src/registry/registry.ts'
import { batch } from '../../src/stages/batch.ts'
import filterDefinition, { filter } from '../../src/stages/filter.ts'
import { flatMap } from '../../src/stages/flat-map.ts'
import { httpRequest } from '../../src/stages/http-request.ts'
import mapDefinition, { map } from '../../src/stages/map.ts'
import { rx } from '../../src/stages/rx.ts'
import { bullmqProgress } from '../../src/stages/bullmq-progress.ts'
import { unbatch } from '../../src/stages/unbatch.ts'
import { conformanceTests, harness, type ProducerRun, type Samples, type Testable } from '../../src/testing/index.ts'
import { letter } from '../overflow/letters.ts'
import { send } from '../support/http-client.ts'
import { TestRedis } from '../support/redis-server.ts'
import { startSink } from '../support/http-sink.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-conformance-'))
afterAll(() => rmSync(folder, { recursive: true }))

const redis = await TestRedis.launch()
afterAll(() => redis.destroy())

interface Payment {
  readonly id: number
  readonly merchant: string
  readonly lines: readonly number[]
}

const payments: readonly Payment[] = Array.from({ length: 7 }, (_, id) => ({
  id,
  merchant: id % 2 === 0 ? 'even' : 'odd',
  lines: [id, id + 1],
}))

/** Takes all that is posted to it, and answers with the number of bytes. */
const server = await startSink((got, response) => void response.end(String(got.text.length)))
afterAll(() => server.close())

const wait = <T>(value: T): Promise<T> => new Promise((resolve) => setImmediate(() => resolve(value)))

const STAGES: readonly (readonly [Testable, Samples])[] = [
  [map(({ id }: Payment) => ({ id })), { values: payments, malformed: [null] }],
  [map((payment: Payment) => wait(payment.id)), { values: payments, settings: { concurrency: 3 } }],
  [mapDefinition, { options: { to: { id: 'data.id' } }, values: payments }],
  [filter((payment: Payment) => payment.id > 2), { values: payments }],
  [filterDefinition, { options: { when: 'data.id > 2', reject: false }, values: payments }],
  [flatMap(({ lines }: Payment) => lines), { values: payments, malformed: [{}] }],
  [flatMap(({ lines }: Payment) => new Set(lines)), { values: payments }],
  [batch({ size: 3, timeout: '200ms' }), { values: payments }],
  [batch({ size: 2, by: ({ merchant }: Payment) => merchant }), { values: payments }],
  [batch({ size: 9, by: ({ id }: Payment) => id }), { values: payments }],
  [
    rx((messages$) => messages$.pipe(change((message) => message.with((message.data as Payment).id)))),
    { values: payments, malformed: [null] },
  ],
  [rx((messages$) => messages$.pipe(mergeMap((message) => [message, message.with(0)]))), { values: payments }],
  [
    rx(
      (messages$, { scheduler, derive }) =>
        messages$.pipe(
          bufferTime(20, scheduler),
          change((messages) => derive(messages.length, messages)),
        ),
      { parts: 100 },
    ),
    { values: payments },
  ],
  [httpRequest<Payment, unknown>({ url: server.url, into: 'length' }), { values: payments, malformed: [null, 1n] }],
  [
    httpRequest<Payment, unknown>({ url: `${server.url}/{id}`, params: { id: 'data.id' }, method: 'GET' }),
    { values: payments, malformed: [{}], settings: { concurrency: 3 } },
  ],
  [bullmqProgress(() => 50), { values: payments }],
  [unbatch(), { values: payments, before: [batch({ size: 2 })] }],
]

const CONSUMERS: readonly (readonly [Testable | (() => Testable), Samples])[] = [
  [discard(), { values: payments }],
  [each(() => {}), { values: payments }],
  [each((payment) => wait(payment)), { values: payments, settings: { concurrency: 3 } }],
  [file({ path: join(folder, 'each.ndjson'), fsync: 'each' }), { values: payments, malformed: [1n] }],
  [file({ path: join(folder, 'interval.ndjson') }), { values: payments, malformed: [1n] }],
  [file({ path: join(folder, 'batches.ndjson') }), { values: payments, before: [batch({ size: 2 })] }],
  [
    file({ path: join(folder, 'rotated.ndjson'), rotate: { size: '1KiB', keep: 1, gzip: true } }),
    { values: payments, malformed: [1n] },
  ],
  [
    file({ root: join(folder, 'root'), to: ({ merchant }: Payment) => `${merchant}/x.ndjson`, maxOpen: 1 }),
    { values: payments, malformed: [null, { merchant: '..' }] },
  ],
  [
    file({ path: join(folder, 'atomic.ndjson'), atomic: true, rotate: { every: '1s' } }),
    { values: payments, malformed: [1n] },
  ],
  [
    letters({ folder: join(folder, 'letters') }),
    { values: payments.map(({ id }) => letter(String(id))), malformed: [1, {}] },
  ],
  [filling({ name: 'filled', dataDir: folder }), { values: payments }],
  [filling({ name: 'filled', dataDir: folder }), { values: payments, before: [batch({ size: 2 })] }],
  [sending({ url: server.url }), { values: payments, malformed: [1n] }],
  [sending({ url: server.url, per: 'call' }), { values: payments, malformed: [1n] }],
  [sending({ url: server.url, body: 'ndjson' }), { values: payments, before: [batch({ size: 2 })] }],
  [() => requested('request'), { values: payments }],
  [() => requested('latest'), { values: payments }],
  [writing({ url: redis.url, stream: 'written' }), { values: payments, malformed: [1n] }],
  [writing({ url: redis.url, stream: 'written', deduplicate: false }), { values: payments, malformed: [1n] }],
  [writing({ url: redis.url, stream: 'written' }), { values: payments, before: [batch({ size: 2 })] }],
  [stdout(), { values: payments, malformed: [1n], prepare: becomeOutput }],
]

let orders = queue<number>()
const ticks = new Subject<number>()

const PRODUCERS: readonly (readonly [Testable | (() => Testable), Samples])[] = [
  [generate({ count: 10 }), {}],
  [generate({ rate: 100 }), {}],
  [iterable(payments), {}],
  [
    iterable(async function* () {
      for (const payment of payments) yield await wait(payment)
    }),
    {},
  ],
  [
    () => (orders = queue<number>()),
    { supply: (count) => orders.offerMany(Array.from({ length: count }, (_, n) => n)) },
  ],
  [emitting(from(payments), { whenFull: 'error' }), {}],
  [emitting(ticks, { whenFull: 'drop-oldest' }), { supply: tick }],
  [draining({ name: 'drained', dataDir: folder }), { supply: spill }],
  [receiving({ url: redis.url, stream: 'read', group: 'tested', create: true }), { supply: add }],
  [reading({ path: join(folder, 'read.ndjson'), checkpoints: join(folder, 'read') }), { supply: append }],
  [() => readOnce(), {}],
  [http({ port: 0 }), { supply: post }],
  [http({ port: 0, reply: 'accepted' }), { supply: post }],
  [stdin(), { prepare: becomeInput, supply: (count) => input.write('{"id":1}\n'.repeat(count)) }],
]

/** Those that need a server are tried where servers are started: in `test/redis`. */
const NAMES_ON_REDIS = ['bullmq', 'redis-list', 'redis-pubsub'] as const
const ON_REDIS = { stage: [], consumer: NAMES_ON_REDIS, producer: NAMES_ON_REDIS } as const

describe.each([...STAGES, ...CONSUMERS, ...PRODUCERS])('%#', (component, samples) => {
  conformanceTests({ describe, test }, component, samples)
})

test('every built-in component is tried', async () => {
  const registry = createRegistry()
  for (const [kind, tried] of [
    ['stage', STAGES],
    ['consumer', CONSUMERS],
    ['producer', PRODUCERS],
  ] as const) {
    const components = tried.map(([component]) => (typeof component === 'function' ? component() : component))
    const names = components.map((component) =>
      'definition' in component ? component.definition.name : component.name,
    )
    expect([...new Set([...names, ...ON_REDIS[kind]])].toSorted()).toEqual(await registry.names(kind))
  }
})

/** Stores messages as another pipeline does; they are there when that has confirmed them. */
async function spill(count: number): Promise<void> {
  const run = harness(filling({ name: 'drained', dataDir: folder }))
  // It may be called again for the same producer: what it stores then are others.
  for (let id = 0; id < count; id++) await run.push([{ id }], { id: `spilled:${spilled++}` })
  await run.stop()
}
let spilled = 0

/** Adds entries to the stream that is read. */
async function add(count: number): Promise<void> {
  for (let id = 0; id < count; id++) await redis.cli('xadd', 'read', '*', 'data', `{"id":${id}}`)
}

/** Lines for those that follow a file. */
function append(count: number): void {
  appendFileSync(join(folder, 'read.ndjson'), '{"id":1}\n'.repeat(count))
}

/** A file of its own for each run: what was read isn't read again. */
function readOnce(): Testable {
  const path = join(folder, `once-${onces++}.ndjson`)
  writeFileSync(path, payments.map((payment) => `${JSON.stringify(payment)}\n`).join(''))
  return reading({ path, checkpoints: `${path}.state`, read: 'once' })
}
let onces = 0

/** Posts messages and looks at no answer: it comes when they have an outcome. */
function post(count: number, { log }: ProducerRun): void {
  const { url } = log.find(({ message }) => message.startsWith('listening on '))!.fields as { url: string }
  for (let id = 0; id < count; id++) void send(url, { id }).catch(() => {})
}

/** One that is subscribed to, and gives all that comes. */
function requested(mode: 'request' | 'latest'): Testable {
  const output = observable<Payment>({ mode })
  from(output.values$).pipe(repeat()).subscribe()
  output.request(Infinity)
  return output
}

function tick(count: number): void {
  for (let n = 0; n < count; n++) ticks.next(n)
}

let input = new PassThrough()

function becomeInput(): () => void {
  input = new PassThrough()
  const spy = vi.spyOn(process, 'stdin', 'get').mockReturnValue(input as unknown as typeof process.stdin)
  return () => spy.mockRestore()
}

function becomeOutput(): () => void {
  const child = spawn('cat', { stdio: ['pipe', 'ignore', 'inherit'] })
  const spy = vi.spyOn(process, 'stdout', 'get').mockReturnValue(child.stdin as unknown as typeof process.stdout)
  return () => {
    spy.mockRestore()
    child.stdin.end()
  }
}
