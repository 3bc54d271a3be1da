import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { failure } from '../connecting.ts'
import { frame, KEYS, MANY, numbersTo, owner, type Owner } from './stores.ts'

/** Each of the frames is there once and in order, or named as lost. */
function expectAllNamed({ numbers, lost }: Awaited<ReturnType<Owner['read']>>): void {
  const isLost = (number: number): boolean => lost.some(({ from, to }) => from <= number && number + 3 <= to)
  expect(numbers).toEqual(numbersTo(MANY).filter((number) => !isLost(number)))
}

describe('a server that is killed and comes back', () => {
  test.each([
    { fsync: 'always', durability: 'aof-always' },
    { fsync: 'everysec', durability: 'aof' },
  ] as const)(
    'with `appendfsync $fsync`: what was confirmed is there, once and in order',
    async ({ fsync, durability }) => {
      const server = await TestRedis.start({ appendonly: 'yes', appendfsync: fsync })
      const one = await owner(server.url, { durability })
      const filling = one.fill()
      for (const share of [0.2, 0.5, 0.8]) {
        await until(
          () => one.store.next > share * MANY * 3,
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
    },
  )

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

  test('without what it had confirmed, to another owner: the numbers are those of the other one now', async () => {
    const server = await TestRedis.start({ save: '3600 1' })
    const one = await owner(server.url)
    await one.append(2)
    await server.cli('save')
    await one.append(4)
    await one.commit(13)
    await server.kill()
    await one.close()
    await server.restart()
    await server.cli('del', KEYS.lease)
    const other = await owner(server.url, {}, { name: 'web-2' })
    await other.append(2)
    await other.close()
    await one.open()
    expect(one.settled).toEqual({ below: 1, above: [], parts: 0 })
    expect(await one.read()).toEqual({ numbers: numbersTo(4), lost: [] })
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
      () => one.codes.filter((code) => code === 'SLUICE_REDIS_UNREACHABLE').length > 1,
      () => `failures, after ${one.codes.join()}`,
    )
    expect(one.codes).toContain('SLUICE_REDIS_TIMED_OUT')
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
