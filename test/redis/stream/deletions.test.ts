import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { add, numbersOf, pendingOf, reader, said } from './streams.ts'

describe('a redis-stream producer', () => {
  test('tells which entries were deleted before they were delivered, counts them, and goes on', async () => {
    const server = await TestRedis.start()
    await add(server, 10)
    const first = await reader({ url: server.url }, { handler: () => new Promise(() => {}) })
    await until(
      async () => (await pendingOf(server)) === 10,
      () => 'all to be fetched',
    )
    await first.graph.stop()
    await server.cli('xtrim', 'orders', 'maxlen', '=', 4)
    const second = await reader({ url: server.url })
    await until(
      () => second.metric('redis-stream', 'lost') === 6,
      () => `the loss; ${said(second)}`,
    )
    await until(
      () => second.numbers.length === 4,
      () => 'the rest',
    )
    expect(second.numbers).toEqual(numbersOf(4, 6))
    expect(second.log.some(({ level, message }) => level === 'error' && message.includes('were deleted'))).toBe(true)
    await until(
      async () => (await pendingOf(server)) === 0,
      () => 'all to be acknowledged',
    )
  })

  test('tells of what was deleted while it had failed and waited to come again', async () => {
    const server = await TestRedis.start()
    await add(server, 2)
    const run = await reader(
      { url: server.url, claimAfter: '900ms' },
      {
        handler: () => {
          throw new Error('never')
        },
      },
    )
    // Each pause is longer than the one before: it is renewed meanwhile.
    await until(
      () => run.numbers.length >= 10,
      () => said(run),
    )
    await server.cli('xtrim', 'orders', 'maxlen', '=', 0)
    await until(
      async () => (await pendingOf(server)) === 0,
      () => said(run),
    )
    await until(
      () => run.metric('redis-stream', 'lost') === 2,
      () => `the loss; ${said(run)}`,
    )
    expect(run.log.some(({ level, message }) => level === 'error' && message.includes('were deleted'))).toBe(true)
  })

  test('tells how many entries were trimmed before anybody was given them, once, whoever is told', async () => {
    const server = await TestRedis.start()
    await add(server, 10)
    const first = await reader({ url: server.url })
    await until(
      async () => first.numbers.length === 10 && (await pendingOf(server)) === 0,
      () => 'the first',
    )
    await first.graph.stop()
    await add(server, 100, 10)
    await server.cli('xtrim', 'orders', 'maxlen', '=', 30)
    const second = await reader({ url: server.url, consumer: 'second' })
    await until(
      () => second.numbers.length === 30,
      () => said(second),
    )
    expect(second.numbers).toEqual(numbersOf(30, 80))
    expect(second.metric('redis-stream', 'lost')).toBe(70)
    expect(second.log.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { entries: 70 } }])
    await second.graph.stop()
    const third = await reader({ url: server.url, consumer: 'third' })
    await add(server, 1, 110)
    await until(
      () => third.numbers.length === 1,
      () => said(third),
    )
    expect(third.metric('redis-stream', 'lost')).toBe(0)
  })

  test('tells nothing of what was deleted after it was acknowledged, nor of what stood before its group', async () => {
    const server = await TestRedis.start()
    await add(server, 50)
    await server.cli('xtrim', 'orders', 'maxlen', '=', 20)
    for (let start = 50; start < 80; start += 10) {
      const run = await reader({ url: server.url, trim: start === 60 ? 'acked' : 'never' })
      await add(server, 10, start)
      await until(
        async () => run.numbers.at(-1) === start + 9 && (await pendingOf(server)) === 0,
        () => said(run),
      )
      await run.graph.stop()
      await server.cli('xtrim', 'orders', 'maxlen', '=', 0)
      expect(run.metric('redis-stream', 'lost')).toBe(0)
    }
  })

  test.each([
    ['its group', ['xgroup', 'destroy', 'orders', 'workers']],
    ['its stream', ['del', 'orders']],
  ])(
    '%s is deleted while it waits: it is created again, which is told, and nothing that comes is missed',
    async (_, command) => {
      const server = await TestRedis.start()
      await add(server, 10)
      const run = await reader({ url: server.url, start: 'beginning' })
      await until(
        async () => run.numbers.length === 10 && (await server.info('blocked_clients')) === '1',
        () => 'it to wait',
      )
      await server.cli(...command)
      await add(server, 10, 10)
      await until(
        () => run.numbers.length >= 20,
        () => `what has come; ${said(run)}`,
      )
      expect(run.numbers).toEqual(numbersOf(20))
      expect(run.metric('redis-stream', 'groups_lost')).toBe(1)
    },
  )

  test('its group is deleted while what has failed waits: that comes again, and counts as it did', async () => {
    const server = await TestRedis.start()
    await add(server, 3)
    let isDown = true
    const run = await reader(
      { url: server.url },
      {
        handler: ({ data }) => {
          if (isDown && data.n < 2) throw new Error('not yet')
        },
      },
    )
    await until(
      async () => run.numbers.length >= 5 && (await pendingOf(server)) === 2,
      () => `failures; ${said(run)}`,
    )
    await server.cli('xgroup', 'destroy', 'orders', 'workers')
    isDown = false
    await until(
      async () => run.metric('redis-stream', 'groups_lost') === 1 && (await pendingOf(server)) === 0,
      () => `the group; ${said(run)}`,
    )
    const attempts = [0, 1].map((n) => run.seen.filter(({ data }) => data.n === n).map(({ attempt }) => attempt))
    for (const each of attempts) expect(each).toEqual(numbersOf(each.length, 1))
    expect(run.graph.stats().nodes[1]!.acked).toBe(3)
  })

  test('without `create` it waits for somebody to create the group again', async () => {
    const server = await TestRedis.start()
    await server.cli('xgroup', 'create', 'orders', 'workers', '0', 'mkstream')
    const run = await reader({ url: server.url, create: false })
    await until(
      async () => (await server.info('blocked_clients')) === '1',
      () => 'it to wait',
    )
    await server.cli('xgroup', 'destroy', 'orders', 'workers')
    await until(
      () => /GROUP_MISSING|is not there/.test(JSON.stringify(run.graph.stats().nodes)),
      () => `a word of it; ${said(run)}`,
    )
    await add(server, 3)
    await server.cli('xgroup', 'create', 'orders', 'workers', '0')
    await until(
      () => run.numbers.length === 3,
      () => `the entries; ${said(run)}`,
    )
    expect(run.numbers).toEqual(numbersOf(3))
  })
})
