import { describe, expect, test } from 'vitest'
import { realEnv } from '../../src/core/env.ts'
import { redisOverflow, redisStoreOptions } from '../../src/overflow/redis-store/redis.ts'
import { keysOf } from '../../src/redis/keys.ts'
import { payments } from '../overflow/spill/messages.ts'
import { drained, numbers, spilling } from '../overflow/pair/pairs.ts'
import { until } from '../support/pipeline.ts'
import { TestRedis } from '../support/redis-server.ts'
import { keptLog } from './connecting.ts'

const DURABLE = { appendonly: 'yes', appendfsync: 'always', 'maxmemory-policy': 'noeviction' }
const PLACE = { pipeline: 'overflow.pair', node: 'orders' }
const FAST = { lease: '1500ms', commandTimeout: '500ms', connectTimeout: '1s' }

function at(url: string) {
  return { store: { redis: { url, ...FAST } } }
}

describe('a pair on Redis', () => {
  test('what one pipeline stored is drained by another, in order, and not again', async () => {
    const { url } = await TestRedis.start(DURABLE)
    const spill = await spilling(at(url))
    spill.input.push(numbers(2000))
    await until(() => spill.input.receipts.length === 2000, 'all are stored')
    await spill.graph.stop()
    const first = await drained({ ...at(url), until: 'empty' })
    expect((await first.graph.finishedReport).outcome).toBe('finished')
    expect(first.seen.map(({ data }) => data)).toEqual(numbers(2000))
    const second = await drained({ ...at(url), until: 'empty' })
    await second.graph.finishedReport
    expect(second.seen.map(({ data }) => data)).toEqual([])
  })

  test('both go on after the server was killed and started again: nothing that was acked is lost', async () => {
    const server = await TestRedis.start(DURABLE)
    const settings = { giveUpAfterMs: 60_000 }
    const [drain, spill] = [await drained(at(server.url)), await spilling(at(server.url), { settings })]
    spill.input.push(numbers(500))
    await until(() => drain.seen.length >= 100, 'some are delivered')
    await server.restart()
    spill.input.push(numbers(500, 500))
    await until(() => new Set(drain.seen.map(({ data }) => data)).size === 1000, 'all are delivered')
    await until(() => spill.input.receipts.length === 1000, 'all are acked')
    expect(spill.input.receipts.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })

  test('who has lost it opens it again when the other owner is gone, and drains what that has stored', async () => {
    const server = await TestRedis.start(DURABLE)
    const settings = { giveUpAfterMs: 60_000 }
    const [drain, spill] = [await drained(at(server.url)), await spilling(at(server.url), { settings })]
    spill.input.push(numbers(10))
    await until(() => drain.seen.length === 10, 'the first are delivered')
    await server.cli('del', keysOf(PLACE).lease)
    const redis = redisStoreOptions.parse({ url: server.url, ...FAST })
    const other = redisOverflow({ redis, place: PLACE, limit: 1024 ** 3 }, { env: realEnv, log: keptLog() })
    await other.open({ onTrouble() {}, onOwnerLost() {} })
    const theirs = payments(3)
    await other.append(theirs).stored
    spill.input.push(numbers(10, 10))
    await until(
      () => [...drain.log, ...spill.log].some(({ message }) => message.startsWith('overflow lost')),
      'the loss is seen',
    )
    await other.close()
    await until(() => spill.input.receipts.length === 20, 'all are stored')
    const wanted = theirs.map(({ id }) => id)
    await until(() => wanted.every((id) => drain.seen.some((seen) => seen.id === id)), 'theirs are delivered')
    await until(() => numbers(20).every((number) => drain.seen.some(({ data }) => data === number)), 'and ours')
    expect(spill.input.receipts.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })

  test('what the server has lost meanwhile is counted and told by its numbers; what comes afterwards is delivered', async () => {
    const server = await TestRedis.start(DURABLE)
    const settings = { giveUpAfterMs: 60_000 }
    const spill = await spilling(at(server.url), { settings })
    spill.input.push(numbers(3000))
    await until(() => spill.input.receipts.length === 3000, 'all are stored')
    let goOn!: () => void
    const first = new Promise<void>((resolve) => (goOn = resolve))
    const drain = await drained(at(server.url), () => first)
    await until(() => drain.seen.length === 1, 'the first is delivered')
    await server.cli('flushall')
    const all = (): typeof drain.log => [...drain.log, ...spill.log]
    await until(() => all().some(({ message }) => message.startsWith('overflow lost:')), 'the loss is seen')
    goOn()
    spill.input.push(numbers(10, 3000))
    await until(() => numbers(10, 3000).every((number) => drain.seen.some(({ data }) => data === number)), 'they come')
    const told = all().filter(({ message }) => message === 'overflow lost messages')
    expect(told.map(({ fields }) => fields)).toMatchObject([{ from: 1, to: 3001, messages: 3000 }])
    expect(drain.metric('overflow', 'lost')).toBe(3000)
  })
})
