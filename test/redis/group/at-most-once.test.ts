import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { finallyDone, open } from '../connecting.ts'
import { member, received } from './joining.ts'

const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

describe('at most once', () => {
  const AT_MOST_ONCE = { delivery: 'at-most-once' } as const

  test('every member that listens gets every broadcast, in order', async () => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann', AT_MOST_ONCE)
    const bob = await member(url, 'bob', AT_MOST_ONCE)
    for (const n of numbers(100)) await ann.group.broadcast(n)
    for (const one of [ann, bob]) {
      await received(one, 100)
      expect(one.got).toEqual(numbers(100))
    }
    expect((await ann.group.members()).map(({ name }) => name)).toEqual(['ann', 'bob'])
  })

  test('what is sent while a member is away is lost for it, and what its listener throws at, too', async () => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann', AT_MOST_ONCE)
    const bob = await member(url, 'bob', AT_MOST_ONCE)
    await bob.group.leave()
    await ann.group.broadcast('lost')
    const seen: unknown[] = []
    const again = await member(url, 'bob', {
      ...AT_MOST_ONCE,
      onMessage: (data) => {
        seen.push(data)
        if (data === 'bad') throw new Error('no')
      },
    })
    await ann.group.broadcast('bad')
    await ann.group.broadcast('last')
    await until(
      () => seen.includes('last'),
      () => 'the last one',
    )
    expect(seen).toEqual(['bad', 'last'])
    expect(again.group.stats).toMatchObject({ failed: 1 })
    await received(ann, 3)
  })

  test('who listens slowly loses what is too much to wait, which is counted', async () => {
    const { url } = await TestRedis.start()
    // So many at once are answered late on a machine that is busy.
    const ann = await member(url, 'ann', { ...AT_MOST_ONCE, redis: { url, commandTimeout: '30s' } })
    let pass!: () => void
    const passing = new Promise<void>((resolve) => (pass = resolve))
    const slow = await member(url, 'bob', { ...AT_MOST_ONCE, onMessage: () => passing })
    await Promise.all(numbers(1100).map((n) => ann.group.broadcast(n)))
    await received(ann, 1000)
    await until(
      () => slow.group.stats.gaps > 0,
      () => 'the loss to be counted',
    )
    pass()
    await until(
      () => slow.group.stats.received + slow.group.stats.gaps === 1100,
      () => `all to be counted: ${JSON.stringify(slow.group.stats)}`,
    )
    expect(slow.group.stats.received).toBeGreaterThanOrEqual(1000)
  })
})

test('a channel that is subscribed to again, because an answer was lost, is heard once', async () => {
  const server = await TestRedis.start()
  const proxy = await TcpProxy.start(server.port)
  const connection = await open({ url: proxy.url, connectTimeout: '500ms', commandTimeout: '300ms' })
  const got: string[] = []
  const subscribe = () => connection.subscribe('news', (text) => got.push(text))
  proxy.answers = 'cut'
  await expect(subscribe()).rejects.toMatchObject({ code: 'SLUICE_REDIS_REPLY_LOST' })
  proxy.answers = 'pass'
  await finallyDone(subscribe)
  await server.cli('publish', 'news', 'a')
  await server.cli('publish', 'news', 'b')
  await until(
    () => got.includes('b'),
    () => got.join(),
  )
  expect(got).toEqual(['a', 'b'])
})
