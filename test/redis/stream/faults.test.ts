import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { startWatched } from '../../support/redis-sentinels.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { add, numbersOf, pendingOf, reader, said, writer, type Reader } from './streams.ts'

const AOF = { appendonly: 'yes', 'maxmemory-policy': 'noeviction' }

/** Everything came, and at most so much twice. */
function expectAll({ numbers }: Reader, count: number, mostTwice: number): void {
  expect([...new Set(numbers)].toSorted((one, other) => one - other)).toEqual(numbersOf(count))
  expect(numbers.length - count).toBeLessThanOrEqual(mostTwice)
}

describe('a redis-stream producer', () => {
  test('whose server is killed again and again goes on: all is delivered, and acknowledged', async () => {
    const server = await TestRedis.start(AOF)
    const run = await reader({ url: server.url }, { handler: () => new Promise((resolve) => setImmediate(resolve)) })
    for (let times = 0; times < 3; times++) {
      await add(server, 1000, times * 1000)
      await until(
        () => run.numbers.length > times * 1000 + 100,
        () => `some of ${times}; ${said(run)}`,
      )
      await server.restart()
      await until(
        () => new Set(run.numbers).size === (times + 1) * 1000,
        () => `all of ${times}; ${said(run)}`,
      )
    }
    await until(
      async () => (await pendingOf(server)) === 0,
      () => 'all to be acknowledged',
    )
    // What was under way, each time.
    expectAll(run, 3000, 3 * 2000)
  })

  test('whose server is frozen longer than every timeout while entries come', async () => {
    const server = await TestRedis.start()
    const run = await reader({ url: server.url, claimAfter: '900ms' })
    await add(server, 10)
    await until(
      () => run.numbers.length === 10,
      () => 'the first',
    )
    server.signal('SIGSTOP')
    await until(
      () => /not answered in time|cannot be reached/.test(JSON.stringify(run.graph.stats().nodes)),
      () => `a time-out; ${said(run)}`,
    )
    server.signal('SIGCONT')
    await add(server, 990, 10)
    await until(
      () => new Set(run.numbers).size === 1000,
      () => `all; ${said(run)}`,
    )
    await until(
      async () => (await pendingOf(server)) === 0,
      () => 'all to be acknowledged',
    )
    expectAll(run, 1000, 0)
  })

  test.each(['swallow', 'cut'] as const)(
    'whose answers are lost (%s) loses no entry and gives none twice',
    async (answers) => {
      const server = await TestRedis.start()
      const proxy = await TcpProxy.start(server.port)
      const run = await reader({ url: proxy.url, claimAfter: '1m' })
      for (let times = 0; times < 5; times++) {
        const lost = proxy.lost
        proxy.answers = answers
        await add(server, 200, times * 200)
        await until(
          () => proxy.lost > lost,
          () => 'an answer to be lost',
        )
        if (answers === 'swallow') proxy.cut()
        proxy.answers = 'pass'
        await until(
          () => run.numbers.length >= (times + 1) * 200,
          () => `all of ${times}; ${said(run)}`,
        )
      }
      await until(
        async () => (await pendingOf(server)) === 0,
        () => 'all to be acknowledged',
      )
      expectAll(run, 1000, 0)
    },
  )

  test('drains a server that is full', async () => {
    const server = await TestRedis.start({ 'maxmemory-policy': 'noeviction' })
    await server.cli('xgroup', 'create', 'orders', 'workers', '0', 'mkstream')
    await add(server, 1000)
    await server.cli('config', 'set', 'maxmemory', '1mb')
    const run = await reader({ url: server.url, trim: 'acked' })
    await until(
      async () => (await server.cli('xlen', 'orders')) === '0',
      () => `an empty stream; ${said(run)}`,
    )
    expectAll(run, 1000, 0)
  })

  test('that was robbed while it stood still does not deliver again what somebody else has now', async () => {
    const server = await TestRedis.start()
    await add(server, 3)
    let isDown = true
    const run = await reader(
      { url: server.url },
      {
        handler: ({ data }) => {
          if (data.n === 1 && isDown) throw new Error('not yet')
        },
      },
    )
    await until(
      () => run.numbers.includes(1),
      () => 'a delivery',
    )
    const id = (await server.cli('xpending', 'orders', 'workers', '-', '+', 1)).split('\n')[0]!
    await server.cli('xclaim', 'orders', 'workers', 'thief', 0, id)
    const before = run.numbers.length
    await server.cli('xack', 'orders', 'workers', id)
    isDown = false
    await add(server, 5, 3)
    await until(
      () => run.numbers.includes(7),
      () => 'the others',
    )
    expect(run.numbers.filter((n) => n === 1).length).toBeLessThanOrEqual(before)
  })

  test('goes on behind Sentinels with the replica of a master that was killed', async () => {
    const { servers, sentinels } = await startWatched(2, { 'maxmemory-policy': 'noeviction' })
    const [master, replica] = servers as [TestRedis, TestRedis]
    const place = { sentinels: sentinels.map(({ port }) => `127.0.0.1:${port}`), name: 'orders' }
    const run = await reader(place)
    const { input } = await writer(place)
    input.push(numbersOf(1000).map((n) => ({ n })))
    await until(
      () => input.receipts.length === 1000 && run.numbers.length >= 1000,
      () => 'the first',
    )
    await until(
      async () => (await master.info('master_repl_offset')) === (await replica.info('master_repl_offset')),
      () => 'the replica to have it all',
    )
    await master.kill()
    input.push(numbersOf(500, 1000).map((n) => ({ n })))
    await until(
      () => new Set(run.numbers).size === 1500 && input.receipts.length === 1500,
      () => `all; ${input.receipts.length} written; ${said(run)}`,
    )
    expectAll(run, 1500, 1000)
  })
})
