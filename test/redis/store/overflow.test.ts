import { describe, expect, test } from 'vitest'
import { realEnv } from '../../../src/core/env.ts'
import { redisOverflow, redisStoreOptions } from '../../../src/overflow/redis-store/redis.ts'
import { expectPartsOfForgotten } from '../../overflow/spill/forgotten.ts'
import { keptOf, payments } from '../../overflow/spill/messages.ts'
import { expectRoomBehindTheHead } from '../../overflow/spill/room.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { keptLog } from '../connecting.ts'
import { MANY } from './stores.ts'

const EVENTS = { onTrouble() {}, onOwnerLost() {} }
const PLACE = { pipeline: 'orders', node: 'ledger', partition: 3 }
const LIMIT = 1024 ** 3

describe('an overflow in Redis', () => {
  test.each(['json', 'json+deflate'] as const)(
    'keeps messages as they are (%s), and how many there are',
    async (codec) => {
      const server = await TestRedis.start({ maxmemory: '100mb' })
      const redis = redisStoreOptions.parse({ url: server.url, prefix: 'mine', durability: 'memory' })
      const log = keptLog()
      const make = () => redisOverflow({ redis, place: PLACE, limit: LIMIT, codec }, { env: realEnv, log })
      const store = make()
      expect(await store.open(EVENTS)).toMatchObject({ parts: 0, above: [] })
      const messages = payments(MANY)
      await store.append(messages.slice(0, 50)).stored
      await store.append(messages.slice(50)).stored
      await store.commit({ below: 11, above: [{ from: 20, to: 22 }], parts: 12 })
      expect(store.depth).toMatchObject({ messages: MANY - 12, parts: MANY - 12 })
      await store.close()
      const next = make()
      expect(await next.open(EVENTS)).toEqual({ below: 11, above: [{ from: 20, to: 22 }], parts: 12 })
      expect(next.depth).toMatchObject({ messages: MANY - 12, parts: MANY - 12 })
      expect(next.depth.bytes).toBeGreaterThan(0)
      const found = await next.read(11, MANY)
      const expected = messages.map((message, at) => keptOf(message, at + 1, 0)).filter(({ number }) => number > 10)
      expect(found.lost).toEqual([])
      expect(found.messages.map((message) => ({ ...message, storedAt: 0 }))).toEqual(
        expected.filter(({ number }) => number < 20 || number > 21),
      )
      await next.close()
      const keys = (await server.cli('keys', '*')).split('\n').toSorted()
      expect(keys).toEqual([
        'mine:{orders/ledger/3}:commit',
        'mine:{orders/ledger/3}:epoch',
        'mine:{orders/ledger/3}:frames',
      ])
      expect(log.lines).toEqual([])
    },
  )

  test('gives room back behind what somebody still has', async () => {
    const server = await TestRedis.start()
    const redis = redisStoreOptions.parse({ url: server.url, durability: 'memory' })
    await expectRoomBehindTheHead(() =>
      redisOverflow({ redis, place: PLACE, limit: LIMIT }, { env: realEnv, log: keptLog() }),
    )
    expect(Number(await server.cli('xlen', 'sluice:{orders/ledger/3}:frames'))).toBeLessThan(3)
  })

  test('counts parts rightly after ranges were forgotten', async () => {
    const server = await TestRedis.start()
    const redis = redisStoreOptions.parse({ url: server.url, durability: 'memory' })
    await expectPartsOfForgotten(() =>
      redisOverflow({ redis, place: PLACE, limit: LIMIT }, { env: realEnv, log: keptLog() }),
    )
  })

  test('takes at most 330 bytes of the server for a message of 245', async () => {
    const server = await TestRedis.start()
    const redis = redisStoreOptions.parse({ url: server.url, durability: 'memory' })
    const store = redisOverflow({ redis, place: PLACE, limit: LIMIT }, { env: realEnv, log: keptLog() })
    await store.open(EVENTS)
    for (let first = 0; first < 5000; first += 1000) await store.append(payments(1000, first)).stored
    const used = Number(await server.cli('memory', 'usage', 'sluice:{orders/ledger/3}:frames', 'samples', 0))
    expect(used / 5000).toBeLessThanOrEqual(330)
    const { bytes } = store.depth
    expect(bytes / used).toBeGreaterThan(0.7)
    await store.close()
  })
})

describe('options of the Redis store', () => {
  test('what is left out has a default', () => {
    expect(redisStoreOptions.parse({})).toMatchObject({
      prefix: 'sluice',
      durability: 'aof',
      lease: 10_000,
      commandTimeout: 2000,
    })
  })

  test.each([
    [{ lease: '3s' }, 'lease', /three times `commandTimeout`/],
    [{ lease: '100ms', commandTimeout: '50ms' }, 'lease', /500/],
    [{ prefix: '' }, 'prefix', /./],
    [{ durability: 'disk' }, 'durability', /./],
    [{ url: 'redis://here', cluster: ['there'] }, 'url', /give one of/],
    [{ folder: '/spill' }, undefined, /folder/],
  ])('%o is a mistake', (given, path, message) => {
    const [issue] = redisStoreOptions.safeParse(given).error!.issues
    expect(issue!.path[0]).toBe(path)
    expect(issue!.message).toMatch(message)
  })
})
