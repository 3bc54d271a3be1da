import { describe, expect, test } from 'vitest'
import { until } from '../e2e/process.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { TestRedis } from '../support/redis-server.ts'
import { failure, open } from './connecting.ts'
import { KEYS, leaseOf } from './leases.ts'

describe('the epoch', () => {
  test('is higher than the counter and than the stream, whichever a failover has lost', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const future = 9_000_000_000_000
    await redis.send('set', KEYS.epoch, future)
    const { lease } = leaseOf(redis, { fences: KEYS.frames })
    await lease.acquire()
    expect(lease.epoch).toBe(future + 1)
    await lease.release()
    await redis.send('xadd', KEYS.frames, `${future + 10}-7`, 'd', 'x')
    await redis.send('del', KEYS.epoch)
    await lease.acquire()
    expect(lease.epoch).toBe(future + 11)
    expect(await redis.send('get', KEYS.epoch)).toBe(String(future + 11))
    await lease.release()
  })

  test('fences the stream: what an earlier owner still sends is refused', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const late = leaseOf(redis, { env: new ManualEnv(), ttlMs: 50, fences: KEYS.frames }).lease
    await late.acquire()
    await redis.send('xadd', KEYS.frames, `${late.epoch}-1`, 'd', 'first')
    const next = leaseOf(redis, { owner: 'web-2', fences: KEYS.frames }).lease
    await until(
      async () => (await next.acquire()).isHeld,
      () => 'the take-over',
    )
    // It was asleep, and its clock with it: it still believes in its lease.
    expect(late.isHeld).toBe(true)
    const refused = await failure(redis.send('xadd', KEYS.frames, `${late.epoch}-2`, 'd', 'late'))
    expect(refused.code).toBe('SLUICE_REDIS_ID_TAKEN')
    expect(await redis.send('xrange', KEYS.frames, '-', '+')).toEqual([
      [`${late.epoch}-0`, ['open', 'web-1']],
      [`${late.epoch}-1`, ['d', 'first']],
      [`${next.epoch}-0`, ['open', 'web-2']],
    ])
    await next.release()
  })

  test('a stream that is none keeps the lease from being taken, and leaves nothing behind', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    await redis.send('set', KEYS.frames, 'text')
    const error = await failure(leaseOf(redis, { fences: KEYS.frames }).lease.acquire())
    expect(error.code).toBe('SLUICE_REDIS_WRONG_TYPE')
    expect(await redis.send('exists', KEYS.lease, KEYS.epoch)).toBe(0)
  })

  test('is given out although the memory is full: somebody must be able to drain', async () => {
    const server = await TestRedis.start({ 'maxmemory-policy': 'noeviction' })
    const redis = await open({ url: server.url })
    const dead = leaseOf(redis, { env: new ManualEnv(), ttlMs: 50, fences: KEYS.frames }).lease
    await dead.acquire()
    await server.cli('config', 'set', 'maxmemory', 1)
    expect((await failure(redis.send('set', 'a', '1'))).code).toBe('SLUICE_REDIS_FULL')
    const { lease } = leaseOf(redis, { owner: 'web-2', fences: KEYS.frames })
    await until(
      async () => (await lease.acquire()).isHeld,
      () => 'the take-over',
    )
    expect(await redis.send('xtrim', KEYS.frames, 'MINID', lease.epoch)).toBe(1)
    expect(await lease.release()).toBe(true)
  })

  test('of many that ask at once one gets it', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const leases = Array.from({ length: 20 }, () => leaseOf(redis).lease)
    const answers = await Promise.all(leases.map((lease) => lease.acquire()))
    expect(answers.filter(({ isHeld }) => isHeld)).toHaveLength(1)
    await Promise.all(leases.map((lease) => lease.release()))
  })
})
