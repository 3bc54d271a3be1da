import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { add, DEMAND, numbersOf, reader, told, waiting } from './lists.ts'

describe('a redis-list producer whose server', () => {
  test('is killed and comes back goes on', async () => {
    const server = await TestRedis.start({ appendonly: 'yes', appendfsync: 'always' })
    const run = await reader({ url: server.url })
    for (let times = 0; times < 3; times++) {
      await waiting(server)
      await server.restart()
      await add(server, 100, times * 100)
      await until(
        () => run.values.length === (times + 1) * 100,
        () => told(run),
      )
    }
    expect(run.values).toEqual(numbersOf(300))
  })

  test('is frozen longer than every timeout loses what one answer held at most, and tells it', async () => {
    const server = await TestRedis.start()
    await add(server, 200)
    const passes: (() => void)[] = []
    const handler = () => new Promise<void>((resolve) => passes.push(resolve))
    const run = await reader({ url: server.url }, { handler })
    await until(
      () => passes.length === DEMAND,
      () => told(run),
    )
    server.signal('SIGSTOP')
    for (const pass of passes.splice(0)) pass()
    await until(
      () => run.metric('redis-list', 'answers_lost') > 0,
      () => told(run),
    )
    server.signal('SIGCONT')
    await until(
      () => {
        for (const pass of passes.splice(0)) pass()
        return run.values.at(-1) === 199
      },
      () => told(run),
    )
    expect(run.metric('redis-list', 'answers_lost')).toBe(1)
    expect(200 - run.values.length).toBeLessThanOrEqual(DEMAND)
    expect(new Set(run.values).size).toBe(run.values.length)
    expect(run.log.some(({ message }) => message.startsWith('an answer was lost'))).toBe(true)
  })

  test('is full is drained, and what fails is back in the list when there is room', async () => {
    const server = await TestRedis.start({ 'maxmemory-policy': 'noeviction' })
    await add(server, 100)
    await server.cli('config', 'set', 'maxmemory', '1mb')
    const failing = (data: unknown, { attempt }: { attempt: number }) => {
      if (data === 50 && attempt === 1) throw new Error('not yet')
    }
    const run = await reader({ url: server.url }, { handler: failing })
    await until(
      async () => (await server.info('errorstat_OOM')) !== undefined && run.values.length === 100,
      () => told(run),
    )
    await server.cli('config', 'set', 'maxmemory', '0')
    await until(
      () => run.values.length === 101,
      () => told(run),
    )
    expect(run.messages.at(-1)).toMatchObject({ data: 50, attempt: 2 })
  })

  test('can not be reached when what has failed is pushed back gets it when it can be', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    await add(server, 3)
    let isDown = true
    const run = await reader(
      { url: proxy.url },
      {
        handler: async () => {
          if (isDown) {
            await server.kill()
            throw new Error('not yet')
          }
        },
        settings: { concurrency: 1, demand: { max: 3 } },
      },
    )
    await until(
      () => run.log.some(({ message }) => message.startsWith("can't push back")),
      () => told(run),
    )
    isDown = false
    await server.restart()
    await until(
      () => new Set(run.values).size === 3 && run.metric('redis-list', 'pushed_back') > 0,
      () => told(run),
    )
    await until(
      () => run.messages.some(({ attempt }) => attempt === 2),
      () => told(run),
    )
    expect(run.metric('redis-list', 'lost')).toBe(0)
  })
})
