import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { failure } from '../connecting.ts'
import { frame, KEYS, numbersTo, owner, replicaOf, storeAt } from './stores.ts'

describe('a server that takes no writes', () => {
  test('full: it refuses to store, is drained, handed over, and goes on when there is room', async () => {
    const server = await TestRedis.start({ 'maxmemory-policy': 'noeviction' })
    const one = await owner(server.url)
    await one.append(5)
    const room = Number(await server.info('used_memory')) + 400_000
    await server.cli('config', 'set', 'maxmemory', room)
    let next = 0
    const full = await until(
      async () => {
        ;({ next } = one.store)
        return await one.store.append(next, [frame(next, 3, 60_000)]).then(
          () => false as const,
          (error: unknown) => error,
        )
      },
      () => 'a server that is full',
    )
    expect(full).toMatchObject({ code: 'SLUICE_REDIS_FULL', passes: true })
    await server.cli('config', 'set', 'maxmemory', 1)
    expect((await failure(one.store.append(next, [frame(next)]))).code).toBe('SLUICE_REDIS_FULL')
    const { numbers, lost } = await one.read()
    expect(lost).toEqual([])
    expect(numbers.slice(0, 5)).toEqual(numbersTo(5))
    await one.store.commit({ below: 16, above: [], parts: 15 })
    await one.close()
    const two = await owner(server.url, {}, { name: 'web-2' })
    expect(two.settled?.below).toBe(16)
    expect((await failure(two.store.append(next, [frame(next)]))).code).toBe('SLUICE_REDIS_FULL')
    await server.cli('config', 'set', 'maxmemory', 0)
    await two.append(1)
    expect(await two.read(16)).toEqual({ numbers: [...numbers.slice(5), next], lost: [] })
  })

  test('a replica, after a failover: it is waited for', async () => {
    const server = await TestRedis.start()
    const nobody = await TestRedis.start()
    await nobody.kill()
    const one = await owner(server.url)
    await one.append(1)
    await server.cli('replicaof', '127.0.0.1', nobody.port)
    expect(await failure(one.store.append(4, [frame(4)]))).toMatchObject({
      code: 'SLUICE_REDIS_READONLY',
      passes: true,
    })
    const two = storeAt(server.url)
    expect((await failure(two.open({ onOwnerLost() {} }))).code).toBe('SLUICE_REDIS_READONLY')
    await server.cli('replicaof', 'no', 'one')
    await one.append(2)
    expect(await one.read()).toEqual({ numbers: numbersTo(3), lost: [] })
  })

  test('while it loads, it is waited for', async () => {
    const server = await TestRedis.start({ save: '3600 1', 'enable-debug-command': 'yes' })
    await server.cli('debug', 'populate', '2000')
    const one = await owner(server.url)
    await one.append(2)
    await server.cli('save')
    await server.restart(
      { 'key-load-delay': 500, 'loading-process-events-interval-bytes': 1024 },
      { isImpatient: true },
    )
    const { code } = await failure(storeAt(server.url).open({ onOwnerLost() {} }))
    expect(code).toBe('SLUICE_REDIS_LOADING')
    await one.append(1)
    expect(one.codes).toContain('SLUICE_REDIS_LOADING')
    expect(await one.read()).toEqual({ numbers: numbersTo(3), lost: [] })
  })

  test("busy with somebody's script: it is waited for", async () => {
    const server = await TestRedis.start({ 'busy-reply-threshold': 20 })
    const one = await owner(server.url)
    const endless = server.cli('eval', 'while true do end', 0).catch(() => undefined)
    await until(
      async () => (await server.cli('ping').catch(String)).includes('BUSY'),
      () => 'the server to be busy',
    )
    const appending = one.append(1)
    await until(
      () => one.codes.includes('SLUICE_REDIS_BUSY'),
      () => `a refusal, after ${one.codes.join()}`,
    )
    await server.cli('script', 'kill')
    await Promise.all([endless, appending])
    await one.append(1)
    expect(await one.read()).toEqual({ numbers: numbersTo(2), lost: [] })
  })

  test('replicated: nothing is confirmed that no replica has', async () => {
    const settings = { appendonly: 'yes', 'min-replicas-to-write': 1, 'repl-diskless-sync-delay': 0 }
    const master = await TestRedis.start(settings)
    const replica = await replicaOf(master)
    try {
      const one = await owner(master.url, { durability: 'replicated' })
      await one.append(1)
      replica.signal('SIGSTOP')
      const { code } = await failure(one.store.append(4, [frame(4)]))
      expect(code).toBe('SLUICE_REDIS_NO_REPLICAS')
      expect(one.store.next).toBe(4)
      // It is there, and found again: that alone doesn't make it confirmed.
      expect((await failure(one.store.append(4, [frame(4)]))).code).toBe('SLUICE_REDIS_NO_REPLICAS')
      replica.signal('SIGCONT')
      await one.append(1)
      expect(await one.read()).toEqual({ numbers: numbersTo(2), lost: [] })
      expect(await replica.cli('xlen', KEYS.frames)).toBe('3')
    } finally {
      replica.signal('SIGCONT')
      await replica.destroy()
    }
  })
})
