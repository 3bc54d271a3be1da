import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { add, numbersOf, pendingOf, reader } from './streams.ts'

/** A handler whose calls wait until a test lets them go on. */
function gate() {
  const waiting: (() => void)[] = []
  let isOpen = false
  return {
    waiting,
    pass: () => (isOpen ? undefined : new Promise<void>((resolve) => waiting.push(resolve))),
    open() {
      isOpen = true
      for (const goOn of waiting.splice(0)) goOn()
    },
  }
}

async function callsOf(server: TestRedis, command: string): Promise<number> {
  return Number(/calls=(\d+)/.exec((await server.info(`cmdstat_${command}`)) ?? '')?.[1] ?? 0)
}

/** All commands but those of the test itself. */
async function commandsOf(server: TestRedis): Promise<number> {
  const lines = (await server.cli('info', 'commandstats')).split('\n').filter((line) => /^cmdstat_(?!info:)/.test(line))
  return lines.reduce((sum, line) => sum + Number(/calls=(\d+)/.exec(line)![1]), 0)
}

describe('a redis-stream producer', () => {
  test('gives the entries of a stream in order, acknowledges them, and begins behind them the next time', async () => {
    const server = await TestRedis.start()
    await add(server, 1000)
    const first = await reader({ url: server.url })
    await until(
      () => first.numbers.length === 1000,
      () => `all; ${first.numbers.length}`,
    )
    await first.graph.stop()
    expect(first.numbers).toEqual(numbersOf(1000))
    expect(await pendingOf(server)).toBe(0)
    await add(server, 5, 1000)
    const second = await reader({ url: server.url })
    await until(
      () => second.numbers.length >= 5,
      () => 'the new ones',
    )
    expect(second.numbers).toEqual(numbersOf(5, 1000))
  })

  test('fetches never more than was asked for, and nothing where nothing was', async () => {
    const server = await TestRedis.start()
    await add(server, 2500)
    const { waiting, pass, open } = gate()
    const run = await reader({ url: server.url }, { handler: pass, settings: { concurrency: 4 } })
    await until(
      () => waiting.length === 4,
      () => 'calls',
    )
    const { graph } = run
    await until(
      () => graph.stats().edges[0]!.credit === 0,
      () => 'what was asked for to be given',
    )
    const fetched = graph.stats().unacked
    expect(await pendingOf(server)).toBe(fetched)
    expect(fetched).toBeLessThan(2500)
    await add(server, 500, 2500)
    // A round trip of the connection that reads, and nothing more is fetched.
    expect(await server.info('blocked_clients')).toBe('0')
    expect(await pendingOf(server)).toBe(fetched)
    open()
    await until(
      () => run.numbers.length === 3000,
      () => 'all',
    )
  })

  test('sends an idle server one command in 5 s at most, and gives an entry that comes meanwhile', async () => {
    const server = await TestRedis.start()
    const run = await reader({ url: server.url, claimAfter: '1m' })
    const next = async (): Promise<{ commands: number; at: number }> => {
      const before = await callsOf(server, 'xreadgroup')
      await until(
        async () => (await callsOf(server, 'xreadgroup')) > before,
        () => 'the next wait',
      )
      return { commands: await commandsOf(server), at: performance.now() }
    }
    await until(
      async () => (await server.info('blocked_clients')) === '1',
      () => 'it to wait',
    )
    const [one, two] = [await next(), await next()]
    expect(two.commands - one.commands).toBe(1)
    expect(two.at - one.at).toBeGreaterThan(5000)
    await add(server, 1)
    await until(
      () => run.numbers.length === 1,
      () => 'the entry',
    )
    expect(run.numbers).toEqual([0])
  })

  test('after a restart its own entries without an outcome come first, in order', async () => {
    const server = await TestRedis.start()
    await add(server, 10)
    const first = await reader({ url: server.url }, { handler: () => new Promise(() => {}) })
    await until(
      async () => (await pendingOf(server)) === 10,
      () => 'all to be fetched',
    )
    await first.graph.stop()
    await add(server, 10, 10)
    const second = await reader({ url: server.url })
    await until(
      () => second.numbers.length >= 20,
      () => 'all',
    )
    expect(second.numbers).toEqual(numbersOf(20))
    expect(second.seen.every(({ attempt }) => attempt === 1)).toBe(true)
    await until(
      async () => (await pendingOf(server)) === 0,
      () => 'all to be acknowledged',
    )
  })

  test('takes over what a dead consumer has had for too long, and not what a slow one holds', async () => {
    const server = await TestRedis.start()
    await server.cli('xgroup', 'create', 'orders', 'workers', '0', 'mkstream')
    await add(server, 20)
    await server.cli('xreadgroup', 'group', 'workers', 'dead', 'count', 5, 'streams', 'orders', '>')
    const { waiting, pass, open } = gate()
    const slow = await reader({ url: server.url, consumer: 'slow' }, { handler: pass, settings: { concurrency: 100 } })
    await until(
      () => waiting.length === 20,
      () => `all, also those of the dead one; ${slow.numbers.join()}`,
    )
    const other = await reader({ url: server.url, consumer: 'other' })
    const claims = await callsOf(server, 'xautoclaim')
    await until(
      async () => (await callsOf(server, 'xautoclaim')) > claims + 8,
      () => 'claims to come and go, longer than an entry may be without a sign',
    )
    expect(other.numbers).toEqual([])
    open()
    await until(
      async () => (await pendingOf(server)) === 0,
      () => 'all to be acknowledged',
    )
    expect(slow.numbers.toSorted((one, two) => one - two)).toEqual(numbersOf(20))
    expect(slow.seen.every(({ attempt }) => attempt === 1)).toBe(true)
    expect(slow.metric('redis-stream', 'taken_over')).toBe(5)
  })

  test('what fails comes again with one attempt more, also while nothing else comes', async () => {
    const server = await TestRedis.start()
    await add(server, 3)
    let failures = 0
    const run = await reader(
      { url: server.url },
      {
        handler: ({ data }) => {
          if (data.n === 1 && ++failures < 3) throw new Error('not yet')
        },
      },
    )
    await until(
      () => run.numbers.filter((n) => n === 1).length === 3,
      () => `three deliveries; ${run.numbers.join()}`,
    )
    expect(run.seen.filter(({ data }) => data.n === 1).map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    await until(
      async () => (await pendingOf(server)) === 0,
      () => 'all to be acknowledged',
    )
  })

  test.each([
    ['new', [3]],
    ['beginning', [0, 1, 2, 3]],
    ['2-0', [2, 3]],
  ])('a group that it creates starts at %s', async (start, expected) => {
    const server = await TestRedis.start()
    for (let n = 0; n < 3; n++) await server.cli('xadd', 'orders', `${n + 1}-0`, 'data', `{"n":${n}}`)
    const run = await reader({ url: server.url, start })
    await add(server, 1, 3)
    await until(
      () => run.numbers.includes(3),
      () => 'the last',
    )
    expect(run.numbers).toEqual(expected)
  })

  test('without `create` a group that is missing is told on opening', async () => {
    const server = await TestRedis.start()
    await expect(reader({ url: server.url, create: false })).rejects.toMatchObject({
      code: 'SLUICE_STREAM_GROUP_MISSING',
    })
  })

  test('with `trim: acked` nothing is left in the stream', async () => {
    const server = await TestRedis.start()
    await add(server, 100)
    const run = await reader({ url: server.url, trim: 'acked' })
    await until(
      async () => (await server.cli('xlen', 'orders')) === '0',
      () => 'an empty stream',
    )
    expect(run.numbers).toEqual(numbersOf(100))
  })

  test('with `fields: entry` the data is what the entry has', async () => {
    const server = await TestRedis.start()
    await server.cli('xadd', 'orders', '5-1', 'name', 'Ada', '__proto__', 'x')
    const run = await reader({ url: server.url, fields: 'entry' })
    await until(
      () => run.seen.length === 1,
      () => 'the entry',
    )
    const { data, id } = run.seen[0]!
    expect(id).toBe('redis-stream:5-1')
    expect(Object.entries(data)).toEqual([
      ['name', 'Ada'],
      ['__proto__', 'x'],
    ])
  })
})
