import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { failure } from '../connecting.ts'
import { frame, KEYS, numbersTo, owner, replicaOf, storeAt, type Owner } from './stores.ts'

const CALLS = 40
const FRAMES_PER_CALL = 3
const ALL = CALLS * FRAMES_PER_CALL

async function fill(one: Owner): Promise<void> {
  for (let call = 0; call < CALLS; call++) await one.append(FRAMES_PER_CALL)
}

const codesOf = (one: Owner): string[] => one.failures.map((error) => (error as Error & { code: string }).code)

/** Each of the frames is there once and in order, or named as lost. */
function expectAllNamed({ numbers, lost }: Awaited<ReturnType<Owner['read']>>, frames = ALL): void {
  const isLost = (number: number): boolean => lost.some(({ from, to }) => from <= number && number + 3 <= to)
  expect(numbers).toEqual(numbersTo(frames).filter((number) => !isLost(number)))
}

describe('a server that is killed and comes back', () => {
  test.each([
    { fsync: 'always', durability: 'aof-always' },
    { fsync: 'everysec', durability: 'aof' },
  ] as const)('with `appendfsync $fsync`: what was confirmed is there, once and in order', async ({ fsync, durability }) => {
    const server = await TestRedis.start({ appendonly: 'yes', appendfsync: fsync })
    const one = await owner(server.url, { durability })
    const filling = fill(one)
    for (const share of [0.2, 0.5, 0.8]) {
      await until(
        () => one.store.next > share * ALL * 3,
        () => 'enough frames',
      )
      await server.kill()
      await server.restart()
    }
    await filling
    expect(one.failures.length).toBeGreaterThan(0)
    expect(one.lost).toEqual([])
    const found = await one.read()
    expectAllNamed(found)
    // The end of the process takes nothing of what the system has; every second the server gives it to the system.
    if (fsync === 'always') expect(found.lost).toEqual([])
    await one.close()
    expect(await (await owner(server.url, { durability })).read()).toEqual(found)
  })

  test('without what it had confirmed last: exactly that is named, and no number is used twice', async () => {
    const server = await TestRedis.start({ save: '3600 1' })
    const one = await owner(server.url)
    await one.append(4)
    await server.cli('save')
    await one.append(3)
    await server.restart()
    await one.append(2)
    expect(one.lost).toEqual([])
    const lost = [{ from: 13, to: 22 }]
    expect(await one.read()).toEqual({ numbers: [...numbersTo(4), 22, 25], lost })
    await one.close()
    expect(await (await owner(server.url)).read()).toEqual({ numbers: [...numbersTo(4), 22, 25], lost })
  })

  test('without anything, the lease too: its owner is told, and names all when it opens again', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(4)
    await one.commit(4)
    await server.restart()
    await expect(one.append(1)).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_OWNER_LOST' })
    expect(one.lost).toMatchObject([{ code: 'SLUICE_OVERFLOW_OWNER_LOST' }])
    await one.close()
    await one.open()
    expect(one.settled).toEqual({ below: 4, above: [], parts: 3 })
    await one.append(1)
    expect(await one.read(4)).toEqual({ numbers: [13], lost: [{ from: 4, to: 13 }] })
  })
})

describe('a server that stands still', () => {
  test('for longer than every timeout: each frame is there once, and its owner stays its owner', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(2)
    server.signal('SIGSTOP')
    const appending = one.append(3)
    await until(
      () => codesOf(one).filter((code) => code === 'SLUICE_REDIS_UNREACHABLE').length > 1,
      () => `failures, after ${codesOf(one).join()}`,
    )
    expect(codesOf(one)).toContain('SLUICE_REDIS_TIMED_OUT')
    server.signal('SIGCONT')
    await appending
    await one.append(1)
    expect(await one.read()).toEqual({ numbers: numbersTo(6), lost: [] })
    expect(one.lost).toEqual([])
    expect(await server.cli('xlen', KEYS.frames)).toBe('7')
  })

  test('for longer than the lease: its owner is told, and nothing is lost when it opens again', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url, { lease: '1500ms' })
    await one.append(2)
    server.signal('SIGSTOP')
    await until(
      () => one.lost.length > 0,
      () => 'the owner to be told',
    )
    expect((await failure(one.store.append(7, [frame(7)]))).code).toBe('SLUICE_OVERFLOW_OWNER_LOST')
    expect((await failure(one.store.read(1, 1000))).code).toBe('SLUICE_OVERFLOW_OWNER_LOST')
    server.signal('SIGCONT')
    await one.close()
    await one.open()
    await one.append(1)
    expect(await one.read()).toEqual({ numbers: numbersTo(3), lost: [] })
    expect(one.lost).toHaveLength(1)
  })
})

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
    const filling = fill(one)
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
        () => one.store.next > next || next > ALL * 3,
        () => 'an append that succeeds',
      )
      if (next > ALL * 3 - 30) break
    }
    await filling
    expect(await one.read()).toEqual({ numbers: numbersTo(ALL), lost: [] })
    expect(await server.cli('xlen', KEYS.frames)).toBe(String(ALL + 1))
  })
})

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
    const two = await owner(server.url, {}, { owner: 'web-2' })
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
    expect(await failure(one.store.append(4, [frame(4)]))).toMatchObject({ code: 'SLUICE_REDIS_READONLY', passes: true })
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
    await server.restart({ 'key-load-delay': 500, 'loading-process-events-interval-bytes': 1024 }, { isImpatient: true })
    const { code } = await failure(storeAt(server.url).open({ onOwnerLost() {} }))
    expect(code).toBe('SLUICE_REDIS_LOADING')
    await one.append(1)
    expect(codesOf(one)).toContain('SLUICE_REDIS_LOADING')
    expect(await one.read()).toEqual({ numbers: numbersTo(3), lost: [] })
  })

  test("busy with somebody's script: it is waited for", async () => {
    const server = await TestRedis.start({ 'busy-reply-threshold': 20 })
    const one = await owner(server.url)
    const endless = server.cli('eval', 'while true do end', 0).catch(() => undefined)
    const appending = one.append(1)
    await until(
      async () => (await server.cli('ping').catch(String)).includes('BUSY'),
      () => 'the server to be busy',
    )
    await until(
      () => codesOf(one).includes('SLUICE_REDIS_BUSY') || codesOf(one).length === 0 && one.store.next > 1,
      () => `a refusal, after ${codesOf(one).join()}`,
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
