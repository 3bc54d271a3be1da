import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineConsumer } from '../../../src/core/component.ts'
import batch from '../../../src/stages/batch.ts'
import flatMap from '../../../src/stages/flat-map.ts'
import { until } from '../../e2e/process.ts'
import type { Line, Part } from '../../support/pipeline.ts'
import { startCluster } from '../../support/redis-cluster.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { bridge, copiesIn, through } from './bridges.ts'
import { add, numbersOf, pendingOf } from './streams.ts'

const once = ({ metric }: Line) => metric('copies', 'written_once')
const acked = ({ graph }: Line) => graph.stats().nodes.find(({ name }) => name === 'copies')!.acked
const said = ({ log, graph }: Line) =>
  `${log.map(({ message }) => message).join('\n')}\n${JSON.stringify(graph.stats().nodes)}`

async function untilCopied(server: TestRedis, run: Line, count: number): Promise<void> {
  await until(
    async () => Number(await server.cli('xlen', 'copies')) >= count && (await pendingOf(server)) === 0,
    () => `${count} copies; ${said(run)}`,
  )
}

/** A stage in which one message waits until a test lets it go. */
function held(n: number): { readonly stage: Part; readonly isHeld: () => boolean; readonly release: () => void } {
  let release: (() => void) | undefined
  const stage = through(
    ({ data }) => (data.n === n ? new Promise<void>((resolve) => (release = resolve)) : undefined),
    { order: 'none', timeoutMs: 60_000 },
  )
  return { stage, isHeld: () => release !== undefined, release: () => release!() }
}

describe('from one stream to another of the same server', () => {
  test('what is written is acknowledged with that, and comes in order', async () => {
    const server = await TestRedis.start()
    await add(server, 1000)
    const run = await bridge(server.url, { stages: [through(() => {})] })
    await untilCopied(server, run, 1000)
    expect(await copiesIn(server)).toEqual(numbersOf(1000))
    expect(once(run)).toBe(1000)
    expect(run.log.filter(({ message }) => message.includes('is acknowledged as it is written'))).toHaveLength(1)
  })

  test.each(['swallow', 'cut'] as const)(
    'what is written while answers are lost (%s) is there once',
    async (answers) => {
      const server = await TestRedis.start()
      const proxy = await TcpProxy.start(server.port)
      const go: (() => void)[] = []
      const stage = through(() => new Promise<void>((resolve) => go.push(resolve)), { timeoutMs: 60_000 })
      const run = await bridge(proxy.url, { from: { claimAfter: '24h' }, stages: [stage] })
      for (let times = 0; times < 3; times++) {
        await add(server, 10, times * 10)
        await until(
          () => go.length === 10,
          () => `all to be read; ${said(run)}`,
        )
        const lost = proxy.lost
        proxy.answers = answers
        for (const goOn of go.splice(0)) goOn()
        await until(
          () => proxy.lost > lost,
          () => 'an answer to be lost',
        )
        proxy.answers = 'pass'
        await untilCopied(server, run, (times + 1) * 10)
      }
      expect((await copiesIn(server)).toSorted((one, two) => one - two)).toEqual(numbersOf(30))
      expect(run.metric('copies', 'acknowledged_before')).toBeGreaterThanOrEqual(3)
    },
  )

  test('one that was taken over while it was held is written by whoever writes it first, and by nobody else', async () => {
    const server = await TestRedis.start()
    await add(server, 10)
    const { stage, isHeld, release } = held(3)
    const slow = await bridge(server.url, { stages: [stage], from: { claimAfter: '24h' } })
    await until(isHeld, () => `one to be held; ${said(slow)}`)
    const other = await bridge(server.url, { consumer: 'two', from: { claimAfter: '900ms' } })
    await untilCopied(server, other, 10)
    release()
    await until(
      () => slow.metric('copies', 'acknowledged_before') === 1,
      () => `it to be known; ${said(slow)}`,
    )
    expect((await copiesIn(server)).toSorted((one, two) => one - two)).toEqual(numbersOf(10))
    expect(once(slow) + once(other)).toBe(10)
  })

  test.each([
    ['its group', ['xgroup', 'destroy', 'orders', 'workers']],
    ['its stream', ['del', 'orders']],
  ])('what is held while %s is deleted and another daemon creates it again is written', async (_what, command) => {
    const server = await TestRedis.start()
    await add(server, 10)
    const go: (() => void)[] = []
    const stage = through(() => new Promise<void>((resolve) => go.push(resolve)), {
      timeoutMs: 60_000,
      demand: { max: 10 },
    })
    const slow = await bridge(server.url, { stages: [stage] })
    // Nothing more is asked for, so that the reader doesn't see what happens to its group.
    await until(
      () => go.length === 10,
      () => `all to be held; ${said(slow)}`,
    )
    await server.cli(...command)
    await bridge(server.url, { consumer: 'two', from: { start: 'new' } })
    for (const goOn of go) goOn()
    await until(
      async () => new Set(await copiesIn(server)).size === 10,
      () => `all copies; ${said(slow)}`,
    )
    expect(slow.metric('copies', 'acknowledged_before')).toBe(0)
  })

  test('in a cluster it is where both have one hash tag, and by its outcome where they have not', async () => {
    const nodes = await startCluster()
    const cluster = nodes.map(({ port }) => `127.0.0.1:${port}`)
    const at = (stream: string): object => ({ url: undefined, cluster, stream })
    const input = await bridge('', { from: at('{a}:orders'), to: at('{a}:copies') })
    const apart = await bridge('', { from: { ...at('{a}:orders'), group: 'others' }, to: at('{b}:copies') })
    await nodes[0]!.cli('-c', 'xadd', '{a}:orders', '*', 'data', '{"n":0}')
    await nodes[0]!.cli('-c', 'xadd', '{a}:orders', '*', 'data', '{"n":1}')
    await until(
      () => acked(input) === 2 && acked(apart) === 2,
      () => `both; ${said(input)} ${said(apart)}`,
    )
    expect(once(input)).toBe(acked(input))
    expect(once(apart)).toBe(0)
  })

  test('with `trim: acked` it is gone from where it was', async () => {
    const server = await TestRedis.start()
    await add(server, 100)
    const run = await bridge(server.url, { from: { trim: 'acked' } })
    await untilCopied(server, run, 100)
    expect(await server.cli('xlen', 'orders')).toBe('0')
    expect(once(run)).toBe(100)
  })

  test('a server that is full refuses the write, and nothing is acknowledged', async () => {
    const server = await TestRedis.start({ 'maxmemory-policy': 'noeviction' })
    const { stage, isHeld, release } = held(0)
    const run = await bridge(server.url, { stages: [stage] })
    await add(server, 1)
    await until(isHeld, () => `one to be held; ${said(run)}`)
    await server.cli('config', 'set', 'maxmemory', '1mb')
    release()
    await until(
      async () => (await server.info('errorstat_OOM')) !== undefined,
      () => `a refusal; ${said(run)}`,
    )
    expect(await server.cli('xlen', 'copies')).toBe('0')
    expect(await pendingOf(server)).toBe(1)
    await server.cli('config', 'set', 'maxmemory', '0')
    await untilCopied(server, run, 1)
    expect(once(run)).toBe(1)
  })
})

describe('what is more than one message to one effect is acknowledged by its outcome', () => {
  test('where another branch fails it, it comes again', async () => {
    const server = await TestRedis.start()
    await add(server, 3)
    let failures = 0
    const component = defineConsumer({
      name: 'failing',
      summary: 'Fails each message once.',
      options: z.strictObject({}),
      create: () => ({
        each: (_data, { attempt }) => {
          if (attempt > 1) return
          failures++
          throw new Error('not now')
        },
      }),
    })
    const run = await bridge(server.url, { more: [{ component }] })
    await until(
      async () => failures === 3 && (await pendingOf(server)) === 0,
      () => `an end; ${said(run)}`,
    )
    expect((await copiesIn(server)).toSorted((one, two) => one - two)).toEqual([0, 0, 1, 1, 2, 2])
  })

  test.each([
    ['children of it', { component: flatMap, options: { to: '[data, data]' } }, 40],
    ['batches', { component: batch, options: { size: 5, timeout: '50ms' } }, 20],
  ] as const)('%s', async (_what, stage, copies) => {
    const server = await TestRedis.start()
    await add(server, 20)
    const run = await bridge(server.url, { stages: [stage] })
    await untilCopied(server, run, copies)
    expect(once(run)).toBe(0)
  })

  test('another database of the server, and a consumer that keeps no account', async () => {
    const server = await TestRedis.start()
    await add(server, 5)
    const run = await bridge(server.url, { to: { deduplicate: false } })
    await untilCopied(server, run, 5)
    const far = await bridge(server.url, { from: { group: 'others' }, to: { db: 1 } })
    await until(
      async () => (await server.cli('-n', '1', 'xlen', 'copies')) === '5',
      () => `copies; ${said(far)}`,
    )
    expect(once(run) + once(far)).toBe(0)
  })
})
