import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { failure } from '../connecting.ts'
import { frame, KEYS, MANY, numbersTo, owner } from './stores.ts'

describe('an answer that is lost', () => {
  test.each(['cut', 'swallow'] as const)('of an append (%s): it is repeated, and there once', async (answers) => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const one = await owner(proxy.url)
    await one.append(2)
    proxy.answers = answers
    const frames = [frame(7), frame(10)]
    const { code } = await failure(one.store.append(7, frames))
    expect(code).toMatch(/^SLUICE_REDIS_(REPLY_LOST|TIMED_OUT)$/)
    expect(one.store.next).toBe(7)
    // What nobody has confirmed is given to nobody.
    expect(await server.cli('xlen', KEYS.frames)).toBe('5')
    // A connection never goes on behind what it has lost.
    proxy.cut()
    proxy.answers = 'pass'
    expect(await one.read()).toEqual({ numbers: [1, 4], lost: [] })
    await one.insist(() => one.store.append(7, frames))
    await one.append(1)
    expect(await one.read()).toEqual({ numbers: numbersTo(5), lost: [] })
    expect(await server.cli('xlen', KEYS.frames)).toBe('6')
    expect(one.lost).toEqual([])
  })

  test('of an append behind frames that somebody has deleted: it is given to nobody, and they are named', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const one = await owner(proxy.url)
    await one.append(2)
    const [, , second] = (await server.cli('xrange', KEYS.frames, '-', '+')).match(/^\d+-\d+$/gm)!
    await server.cli('xdel', KEYS.frames, second!)
    proxy.answers = 'cut'
    await failure(one.store.append(7, [frame(7)]))
    proxy.answers = 'pass'
    expect(await one.read()).toEqual({ numbers: [1], lost: [{ from: 4, to: 7 }] })
    await one.append(1)
    expect(await one.read()).toEqual({ numbers: [1, 7], lost: [{ from: 4, to: 7 }] })
  })

  test('of a commit: it may be repeated, and counts', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const one = await owner(proxy.url)
    await one.append(4)
    proxy.answers = 'cut'
    const settled = { below: 7, above: [{ from: 8, to: 9 }], parts: 7 }
    expect((await failure(one.store.commit(settled))).code).toBe('SLUICE_REDIS_REPLY_LOST')
    proxy.answers = 'pass'
    expect(await one.read(7)).toEqual({ numbers: [7, 10], lost: [] })
    const { bytes } = one.store
    await one.insist(() => one.store.commit(settled))
    expect(one.store.bytes).toBeLessThan(bytes)
    await one.close()
    const next = await owner(server.url)
    expect(next.settled).toEqual(settled)
    expect(await next.read(7)).toEqual({ numbers: [7, 10], lost: [] })
  })

  test('now and then, on the way of many: nothing is there twice', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const one = await owner(proxy.url)
    const filling = one.fill()
    for (let cuts = 1; cuts <= 6; cuts++) {
      proxy.answers = cuts % 2 === 0 ? 'cut' : 'swallow'
      const { lost } = proxy
      await until(
        () => proxy.lost > lost,
        () => 'an answer to be lost',
      )
      proxy.cut()
      proxy.answers = 'pass'
      const { next } = one.store
      await until(
        () => one.store.next > next || next > MANY * 3,
        () => 'an append that succeeds',
      )
      if (next > MANY * 3 - 30) break
    }
    await filling
    expect(await one.read()).toEqual({ numbers: numbersTo(MANY), lost: [] })
    expect(await server.cli('xlen', KEYS.frames)).toBe(String(MANY + 1))
  })
})
