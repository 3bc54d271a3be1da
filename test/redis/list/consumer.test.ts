import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { numbersOf, stored, told, writer } from './lists.ts'

describe('a redis-list consumer', () => {
  test('pushes to the tail, in order, and acks what the server has', async () => {
    const server = await TestRedis.start()
    const run = await writer({ url: server.url })
    run.input.push(numbersOf(500))
    await until(
      () => run.input.receipts.length === 500,
      () => told(run),
    )
    expect(await stored(server)).toEqual(numbersOf(500).map(String))
  })

  test.each([
    ['tail', [...numbersOf(10, 490)]],
    ['head', [...numbersOf(10, 490)].toReversed()],
  ])('keeps so many of the newest (%s)', async (side, kept) => {
    const server = await TestRedis.start()
    const run = await writer({ url: server.url, side, maxLength: 10 })
    run.input.push(numbersOf(500))
    await until(
      () => run.input.receipts.length === 500,
      () => told(run),
    )
    expect(await stored(server)).toEqual(kept.map(String))
  })

  test('fails what is no JSON, and writes the rest', async () => {
    const server = await TestRedis.start()
    const run = await writer({ url: server.url })
    run.input.push([1, 2n, 3])
    await until(
      () => run.input.receipts.length === 3,
      () => told(run),
    )
    expect(await stored(server)).toEqual(['1', '3'])
    expect(run.failures).toEqual(['redis-list: SLUICE_OUTPUT_NOT_JSON'])
  })

  test('a server that is full takes nothing; nothing fails, and all is written when there is room', async () => {
    const server = await TestRedis.start({ 'maxmemory-policy': 'noeviction' })
    const run = await writer({ url: server.url })
    await server.cli('config', 'set', 'maxmemory', '1mb')
    run.input.push(numbersOf(100))
    await until(
      async () => (await server.info('errorstat_OOM')) !== undefined,
      () => told(run),
    )
    expect(await stored(server)).toEqual([])
    await server.cli('config', 'set', 'maxmemory', '0')
    await until(
      () => run.input.receipts.length === 100,
      () => told(run),
    )
    expect(run.failures).toEqual([])
    expect(await stored(server)).toEqual(numbersOf(100).map(String))
  })

  test('a server that is killed and comes back gets all', async () => {
    const server = await TestRedis.start({ appendonly: 'yes', appendfsync: 'always' })
    const run = await writer({ url: server.url })
    await server.kill()
    run.input.push(numbersOf(100))
    await until(
      () => /cannot be reached|connection broke/.test(told(run)),
      () => told(run),
    )
    await server.restart()
    await until(
      () => run.input.receipts.length === 100,
      () => told(run),
    )
    expect(await stored(server)).toEqual(numbersOf(100).map(String))
  })

  test('where answers are lost nothing is missing, and what is there twice is whole writes', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const run = await writer({ url: proxy.url })
    proxy.answers = 'cut'
    run.input.push(numbersOf(100))
    await until(
      () => proxy.lost > 0,
      () => told(run),
    )
    proxy.answers = 'pass'
    await until(
      () => run.input.receipts.length === 100,
      () => told(run),
    )
    expect([...new Set(await stored(server))]).toEqual(numbersOf(100).map(String))
    expect(run.failures).toEqual([])
  })

  test('a key that holds something else is named on opening', async () => {
    const server = await TestRedis.start()
    await server.cli('set', 'jobs', 'x')
    await expect(writer({ url: server.url }, { giveUpAfterMs: 0 })).rejects.toMatchObject({
      code: 'SLUICE_REDIS_WRONG_TYPE',
    })
  })
})
