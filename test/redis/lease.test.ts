import { describe, expect, test } from 'vitest'
import { realEnv } from '../../src/core/env.ts'
import { until } from '../e2e/process.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { TestRedis } from '../support/redis-server.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { failure, finallyDone, open } from './connecting.ts'
import { KEYS, leaseOf, TTL_MS } from './leases.ts'

const FAST = { connectTimeout: '1s', commandTimeout: '500ms' }

/** Lets the time of a lease pass, and what it sends be answered. */
async function pass(env: ManualEnv, ms: number, isDone: () => boolean | Promise<boolean> = () => true): Promise<void> {
  await env.advanceAsync(ms)
  await until(isDone, () => 'the lease to have its answer')
}

describe('a lease', () => {
  test('is acquired; a second owner is told who has it, and for how long', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const { lease } = leaseOf(redis, { owner: 'web|1' })
    expect(lease.isHeld).toBe(false)
    const before = Date.now()
    const answer = await lease.acquire()
    expect(answer).toEqual({ isHeld: true, epoch: lease.epoch })
    expect(lease.isHeld).toBe(true)
    expect(lease.epoch).toBeGreaterThanOrEqual(before)
    expect(await redis.send('get', KEYS.lease)).toBe(lease.value)
    const refused = await leaseOf(redis, { owner: 'web-2' }).lease.acquire()
    expect(refused).toEqual({ isHeld: false, owner: 'web|1', leftMs: expect.any(Number) })
    expect(refused).toMatchObject({ leftMs: expect.toSatisfy((left: number) => left > 0 && left <= TTL_MS) })
    // Of one owner, too, only one has it.
    expect(await leaseOf(redis, { owner: 'web|1' }).lease.acquire()).toMatchObject({ isHeld: false })
    await lease.release()
  })

  test('that is released is free at once, and the next epoch is higher', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const first = leaseOf(redis)
    await first.lease.acquire()
    expect(await first.lease.release()).toBe(true)
    expect(first.lease.isHeld).toBe(false)
    expect(await redis.send('exists', KEYS.lease)).toBe(0)
    const second = leaseOf(redis, { owner: 'web-2' })
    await second.lease.acquire()
    expect(second.lease.epoch).toBeGreaterThan(first.lease.epoch)
    expect(await first.lease.release()).toBe(false)
    expect(await redis.send('get', KEYS.lease)).toBe(second.lease.value)
    expect(first.lost).toEqual([])
    await second.lease.release()
  })

  test('that nobody renews is taken over when its time is up', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    // The clock of this owner stands still: it never renews, and believes in its lease.
    const paused = leaseOf(redis, { env: new ManualEnv(), ttlMs: 100 })
    await paused.lease.acquire()
    const next = leaseOf(redis, { owner: 'web-2' })
    await until(
      async () => (await next.lease.acquire()).isHeld,
      () => 'the take-over',
    )
    expect(next.lease.epoch).toBeGreaterThan(paused.lease.epoch)
    await next.lease.release()
  })

  test('is renewed by a third of its time, and claimed for less than all of it', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const env = new ManualEnv()
    const { lease, lost } = leaseOf(redis, { env })
    await lease.acquire()
    const left = async (): Promise<number> => Number(await redis.send('pttl', KEYS.lease))
    for (let round = 0; round < 5; round++) {
      await redis.send('pexpire', KEYS.lease, TTL_MS / 2)
      await pass(env, TTL_MS / 3, async () => (await left()) > TTL_MS / 2)
      expect(lease.isHeld).toBe(true)
    }
    await env.settle()
    expect(lost).toEqual([])
    expect(await lease.release()).toBe(true)
    expect(env.timers).toBe(0)
  })

  test('ends by the monotonic clock, before its time, while Redis is out of reach', async () => {
    const server = await TestRedis.start()
    const redis = await open({ url: server.url, ...FAST })
    const env = new ManualEnv()
    const { lease, lost } = leaseOf(redis, { env })
    await lease.acquire()
    await server.kill()
    for (let tenth = 1; tenth < 9; tenth++) {
      await env.advanceAsync(TTL_MS / 10)
      expect(lease.isHeld).toBe(true)
    }
    await env.advanceAsync(TTL_MS / 10)
    expect(lease.isHeld).toBe(false)
    expect(lost).toMatchObject([{ code: 'SLUICE_REDIS_LEASE_LOST', kind: 'place' }])
    await env.advanceAsync(TTL_MS * 10)
    expect(lost).toHaveLength(1)
    expect(env.timers).toBe(0)
  })

  test('survives an outage that is shorter than its time', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const redis = await open({ url: proxy.url, ...FAST })
    const direct = await open({ url: server.url })
    const env = new ManualEnv()
    const { lease, lost } = leaseOf(redis, { env })
    await lease.acquire()
    proxy.answers = 'cut'
    await pass(env, TTL_MS / 3, () => proxy.lost > 0)
    await until(
      () => redis.health().error !== undefined,
      () => 'the renewal to fail',
    )
    proxy.answers = 'pass'
    await finallyDone(() => redis.send('ping'))
    await direct.send('pexpire', KEYS.lease, TTL_MS / 2)
    await pass(env, TTL_MS / 10, async () => Number(await direct.send('pttl', KEYS.lease)) > TTL_MS / 2)
    await env.settle()
    await env.advanceAsync(TTL_MS / 2)
    expect(lost).toEqual([])
    await lease.release()
  })

  test('whose owner was paused is no more claimed when it wakes up, whatever its timers have done', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const env = new ManualEnv()
    // A clock that jumps, as after SIGSTOP, without a timer having fired.
    let pausedMs = 0
    const clock = Object.assign(Object.create(env) as ManualEnv, { now: () => env.now() + pausedMs })
    const bound = new Proxy(clock, {
      get: (_, name) => (name === 'now' ? clock.now : Reflect.get(env, name).bind(env)),
    })
    const { lease, lost } = leaseOf(redis, { env: bound })
    await lease.acquire()
    pausedMs = TTL_MS
    expect(lease.isHeld).toBe(false)
    await redis.send('set', KEYS.lease, 'web-2|other|1')
    await env.advanceAsync(TTL_MS / 3)
    expect(lost).toHaveLength(1)
    expect(await redis.send('get', KEYS.lease)).toBe('web-2|other|1')
  })

  test('that was removed is lost with the next renewal, and can be acquired again', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const env = new ManualEnv()
    const { lease, lost } = leaseOf(redis, { env })
    await lease.acquire()
    await redis.send('del', KEYS.lease)
    await pass(env, TTL_MS / 3, () => lost.length > 0)
    expect(lost[0]).toMatchObject({ code: 'SLUICE_REDIS_LEASE_LOST', message: expect.stringContaining('was removed') })
    expect(lease.isHeld).toBe(false)
    expect(await lease.acquire()).toMatchObject({ isHeld: true })
    await lease.release()
  })

  test('that somebody else has is lost with the next renewal, and is not prolonged for them', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const env = new ManualEnv()
    const { lease, lost } = leaseOf(redis, { env })
    await lease.acquire()
    await redis.send('set', KEYS.lease, 'web-2|other|1')
    await pass(env, TTL_MS / 3, () => lost.length > 0)
    expect(lease.isHeld).toBe(false)
    expect(await redis.send('pttl', KEYS.lease)).toBe(-1)
  })

  test('whose answer was lost is got by asking again', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const redis = await open({ url: proxy.url, ...FAST })
    const { lease } = leaseOf(redis)
    proxy.answers = 'cut'
    expect((await failure(lease.acquire())).code).toBe('SLUICE_REDIS_REPLY_LOST')
    expect(lease.isHeld).toBe(false)
    proxy.answers = 'pass'
    const stored = await server.cli('get', KEYS.epoch)
    await finallyDone(async () => expect(await lease.acquire()).toMatchObject({ isHeld: true }))
    expect(lease.epoch).toBeGreaterThan(Number(stored))
    // So is one that is only to be given back.
    proxy.answers = 'cut'
    await failure(lease.acquire())
    proxy.answers = 'pass'
    await finallyDone(async () => expect(await lease.release()).toBe(true))
  })

  test('the wall clock of an owner plays no part', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const skewed = new Proxy(realEnv, {
      get: (env, name) => (name === 'date' ? () => 0 : Reflect.get(env, name)),
    })
    const { lease } = leaseOf(redis, { env: skewed })
    await lease.acquire()
    expect(lease.isHeld).toBe(true)
    expect(lease.epoch).toBeGreaterThan(1_700_000_000_000)
    await lease.release()
  })
})
