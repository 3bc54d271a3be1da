import { describe, expect, test } from 'vitest'
import { realEnv } from '../../../src/core/env.ts'
import { FramedStore } from '../../../src/overflow/spill/framed-store.ts'
import { message } from '../../overflow/spill/messages.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { keptLog } from '../connecting.ts'
import { KEYS, numbersTo, owner, storeAt } from './stores.ts'

const EVENTS = { onTrouble() {}, onOwnerLost() {} }

describe('what the hash says of what is settled, and cannot be', () => {
  test.each([
    ['below', '14'],
    ['below', '1000000000000000'],
    ['below', '9999999999999999'],
    ['below', '-3'],
    ['below', '0'],
    ['parts', String(2 ** 48)],
    ['parts', 'x'],
    ['above', '1,100'],
    ['above', '1,x'],
    ['above', '7'],
    ['next', '1000000000000000'],
    ['next', 'x'],
  ])('%s: %s is not believed: all that is stored comes again, and that is told', async (field, value) => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(4)
    await one.commit(2, [{ from: 3, to: 5 }])
    await one.close()
    await server.cli('hset', KEYS.commit, field, value)
    const log = keptLog()
    const two = await owner(server.url, {}, { log })
    expect(log.lines.filter((line) => JSON.stringify(line).includes('not believed'))).toHaveLength(1)
    // What is settled is known still where only the end isn't.
    if (field !== 'next') expect(two.settled).toBeUndefined()
    expect(two.store.next).toBe(13)
    expect(await two.read()).toEqual({ numbers: numbersTo(4), lost: [] })
    await two.append(1)
    expect(await two.read()).toEqual({ numbers: numbersTo(5), lost: [] })
  })

  test('does not keep what comes from being stored', async () => {
    const server = await TestRedis.start()
    const store = new FramedStore(storeAt(server.url), { frameBytes: 2000, codec: 'json' }, realEnv)
    await store.open(EVENTS)
    await store.append([message(1)]).stored
    await store.close()
    await server.cli('hset', KEYS.commit, 'parts', String(2 ** 48), 'below', '2')
    await store.open(EVENTS)
    await store.append([message(2)]).stored
    expect(store.depth).toMatchObject({ messages: 2, parts: 2 })
    await store.close()
  })

  test('entries of somebody else with impossible counts are no frames', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(2)
    const [epoch] = (await server.cli('xrevrange', KEYS.frames, '+', '-', 'count', '1')).match(/\d+(?=-\d)/)!
    await server.cli('xadd', KEYS.frames, `${epoch}-7`, 'c', '4000000000', 'b', '0', 'f', 'x')
    await one.close()
    const two = await owner(server.url)
    expect(two.store.next).toBe(7)
    await two.append(1)
    expect(await two.read()).toEqual({ numbers: numbersTo(3), lost: [] })
  })
})
