import { describe, expect, test } from 'vitest'
import { realEnv, type Env } from '../../../src/core/env.ts'
import { until } from '../../e2e/process.ts'
import { ManualEnv } from '../../support/manual-env.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { failure } from '../connecting.ts'
import { frame, KEYS, numbersTo, Owner, owner, storeAt } from './stores.ts'

/** A clock that is wrong by so much, the monotonic one too, which begins anywhere. */
function skewed(byMs: number): Env {
  return { ...realEnv, now: () => realEnv.now() + byMs, date: () => realEnv.date() + byMs }
}

describe('owners of one store', () => {
  test('a second one is told who has it, and for how long, after a while', async () => {
    const { url } = await TestRedis.start()
    const one = await owner(url, {}, { name: 'web-1:4711' })
    await one.append(1)
    const error = await failure(storeAt(url, {}, { name: 'web-2' }).open({ onOwnerLost() {} }))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_LEASE_HELD', passes: true })
    expect(error.message).toMatch(/^"web-1:4711" has the lease ".+", for \d+ ms unless it renews it$/)
    await one.append(1)
    expect(one.lost).toEqual([])
    await one.close()
    expect(await (await owner(url, {}, { name: 'web-2' })).read()).toEqual({ numbers: numbersTo(2), lost: [] })
  })

  test('one that was paused finds itself fenced: it stores, settles and reads nothing more', async () => {
    const server = await TestRedis.start()
    // Its clock stands still: it renews nothing, and believes in its lease.
    const env = new ManualEnv()
    const paused = await owner(server.url, {}, { env })
    await paused.append(2)
    await server.cli('del', KEYS.lease)
    const next = await owner(server.url, {}, { name: 'web-2' })
    await next.append(1)
    const before = await server.cli('xrange', KEYS.frames, '-', '+')
    const appended = await failure(paused.store.append(7, [frame(7)]))
    expect(appended).toMatchObject({ code: 'SLUICE_OVERFLOW_OWNER_LOST' })
    expect(appended.message).toContain('web-2')
    expect((await failure(paused.store.commit({ below: 7, above: [], parts: 6 }))).code).toBe(
      'SLUICE_OVERFLOW_OWNER_LOST',
    )
    expect((await failure(paused.store.read(1, 1000))).code).toBe('SLUICE_OVERFLOW_OWNER_LOST')
    expect(paused.lost).toHaveLength(1)
    await paused.close()
    expect(await server.cli('xrange', KEYS.frames, '-', '+')).toBe(before)
    expect(await next.read()).toEqual({ numbers: numbersTo(3), lost: [] })
    expect(next.lost).toEqual([])
  })

  test('one that was paused and commits first changes nothing', async () => {
    const server = await TestRedis.start()
    const paused = await owner(server.url, {}, { env: new ManualEnv() })
    await paused.append(2)
    await server.cli('del', KEYS.lease)
    const next = await owner(server.url, {}, { name: 'web-2' })
    expect((await failure(paused.store.commit({ below: 7, above: [], parts: 6 }))).code).toBe(
      'SLUICE_OVERFLOW_OWNER_LOST',
    )
    expect(paused.lost).toHaveLength(1)
    expect(await next.read()).toEqual({ numbers: numbersTo(2), lost: [] })
  })

  test('one that learns it twice at once is told once', async () => {
    const server = await TestRedis.start()
    const paused = await owner(server.url, {}, { env: new ManualEnv() })
    await paused.append(2)
    await server.cli('del', KEYS.lease)
    const settled = { below: 7, above: [], parts: 6 }
    const both = [failure(paused.store.append(7, [frame(7)])), failure(paused.store.commit(settled))]
    for (const { code } of await Promise.all(both)) expect(code).toBe('SLUICE_OVERFLOW_OWNER_LOST')
    expect(paused.lost).toHaveLength(1)
  })

  test('one whose clock has gone on without a renewal asks nobody, and delivers nothing', async () => {
    const server = await TestRedis.start()
    const env = new ManualEnv()
    const paused = await owner(server.url, { lease: '10s' }, { env })
    await paused.append(2)
    // As after a pause of the process: time has passed, and no timer has run yet.
    let now = env.now()
    Object.assign(env, { now: () => now })
    const reading = paused.store.read(1, 1000)
    now += 10_000
    expect((await failure(reading)).code).toBe('SLUICE_OVERFLOW_OWNER_LOST')
    expect((await failure(paused.store.append(7, [frame(7)]))).code).toBe('SLUICE_OVERFLOW_OWNER_LOST')
    expect(paused.lost).toMatchObject([{ message: expect.stringContaining('not renewed in time') as string }])
    expect(await server.cli('xlen', KEYS.frames)).toBe('3')
  })

  test('one whose lease was removed is told by the next renewal', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url, { lease: '1500ms' })
    await server.cli('del', KEYS.lease)
    await until(
      () => one.lost.length > 0,
      () => 'the owner to be told',
    )
    expect(one.lost).toMatchObject([{ code: 'SLUICE_OVERFLOW_OWNER_LOST' }])
  })

  test('one that has died is followed, from what it had committed', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const one = await owner(proxy.url, { lease: '1500ms' })
    await one.append(4)
    await one.commit(4, [{ from: 7, to: 8 }])
    proxy.shut()
    const two = await owner(server.url, { lease: '1500ms' }, { name: 'web-2' })
    expect(two.failures.length).toBeGreaterThan(0)
    expect(two.settled).toEqual({ below: 4, above: [{ from: 7, to: 8 }], parts: 3 })
    expect(await two.read(4)).toEqual({ numbers: numbersTo(3, 4), lost: [] })
  })

  test('two that fight for it, with clocks an hour apart: each frame that was confirmed is there once', async () => {
    const server = await TestRedis.start()
    const given = { lease: '1500ms' }
    /** Numbers of frames, whoever has stored them. */
    const confirmed: number[] = []
    const fight = async (name: string, skewMs: number): Promise<void> => {
      for (let turn = 0; turn < 6; turn++) {
        const proxy = await TcpProxy.start(server.port)
        const mine = new Owner(storeAt(proxy.url, given, { name, env: skewed(skewMs) }))
        await mine.open()
        for (let call = 0; call < 5; call++) {
          const { next } = mine.store
          await mine.append(2)
          confirmed.push(next, next + 3)
        }
        // Every second time it dies.
        if (turn % 2 === 1) proxy.shut()
        await mine.close()
      }
    }
    await Promise.all([fight('web-1', -3_600_000), fight('web-2', 3_600_000)])
    const last = await owner(server.url, given)
    expect(await last.read()).toEqual({ numbers: numbersTo(120), lost: [] })
    expect(confirmed.toSorted((a, b) => a - b)).toEqual(numbersTo(120))
  })
})
