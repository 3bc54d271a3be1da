import { describe, expect, test } from 'vitest'
import { commandsOf } from '../../../src/overflow/redis-store/commands.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { failure, keptLog } from '../connecting.ts'
import { frame, KEYS, numbersTo, owner, storeAt, type Given } from './stores.ts'

const PASSWORD = 'canary-4711'
const EVENTS = { onOwnerLost() {} }

const refusal = (url: string, given: Given = {}) => failure(storeAt(url, given).open(EVENTS))

describe('a server that is not as it must be is refused, with what to change', () => {
  test('one that evicts', async () => {
    const { url } = await TestRedis.start({ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' })
    expect(await refusal(url)).toMatchObject({
      code: 'SLUICE_REDIS_EVICTS',
      message: expect.stringContaining('set `maxmemory-policy noeviction`') as string,
      passes: false,
    })
  })

  test('one that writes less to disk than was asked for', async () => {
    const server = await TestRedis.start()
    expect((await refusal(server.url, { durability: 'aof' })).message).toContain('set `appendonly yes`')
    await server.restart({ appendonly: 'yes' })
    expect((await refusal(server.url, { durability: 'aof-always' })).message).toContain('set `appendfsync always`')
    expect((await refusal(server.url, { durability: 'replicated' })).code).toBe('SLUICE_REDIS_NOT_REPLICATED')
    expect(await (await owner(server.url, { durability: 'aof' })).read()).toEqual({ numbers: [], lost: [] })
  })

  test('a wrong password; it is in no message', async () => {
    const { url } = await TestRedis.start({ requirepass: 'right' })
    const error = await refusal(url, { password: PASSWORD })
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_AUTH_REFUSED', passes: false })
    expect(error.message).not.toContain(PASSWORD)
  })

  test.each([
    ['-xtrim', 'XTRIM'],
    ['-evalsha', 'EVALSHA'],
    ['-hset', 'HSET'],
    ['-xrevrange', 'XREVRANGE'],
  ])('a user without a command (%s): it is named', async (rule, name) => {
    const { url } = await TestRedis.start({ user: `ann on >${PASSWORD} ~sluice:* +@all ${rule}` })
    const error = await refusal(url, { username: 'ann', password: PASSWORD })
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_NOT_PERMITTED', passes: false })
    expect(error.message).toContain(`may not run ${name}`)
  })

  test('a user for other keys: one of ours is named', async () => {
    const { url } = await TestRedis.start({ user: `ann on >${PASSWORD} ~others:* +@all` })
    const error = await refusal(url, { username: 'ann', password: PASSWORD })
    expect(error.code).toBe('SLUICE_REDIS_NOT_PERMITTED')
    expect(error.message).toContain(`with the key "${KEYS.frames}"`)
  })

  test('a user with no more than what is looked for can do everything', async () => {
    const commands = new Set(commandsOf(KEYS, 'memory').map(([name]) => `+${name}`))
    const rules = [...commands, '+@connection', '+multi', '+discard', '+info', '+config|get'].join(' ')
    const { url } = await TestRedis.start({ user: `ann on >${PASSWORD} ~sluice:* -@all ${rules}` })
    const log = keptLog()
    const one = await owner(url, { username: 'ann', password: PASSWORD }, { log })
    await one.append(3)
    await one.store.append(10, [frame(10)])
    await one.commit(4)
    await one.close()
    await one.open()
    expect(await one.read(4)).toEqual({ numbers: numbersTo(3, 4), lost: [] })
    expect(one.failures).toEqual([])
    expect(log.lines.filter((line) => !line.includes('maxmemory'))).toEqual([])
  })
})

describe('what is under the keys', () => {
  test.each([
    ['frames', 'stream'],
    ['lease', 'string'],
    ['epoch', 'string'],
    ['commit', 'hash'],
  ] as const)('something else as %s: it is named, and left as it is', async (name, expected) => {
    const server = await TestRedis.start()
    await server.cli('rpush', KEYS[name], 'theirs')
    const error = await refusal(server.url)
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_WRONG_TYPE', passes: false })
    expect(error.message).toContain(`"${KEYS[name]}"`)
    expect(error.message).toContain(`holds a list where a ${expected} is expected`)
    expect(await server.cli('lrange', KEYS[name], 0, -1)).toBe('theirs')
    expect(await server.cli('dbsize')).toBe('1')
  })

  test('something else that comes while it is open: nothing is confirmed, and it goes on when that has gone', async () => {
    const server = await TestRedis.start()
    const one = await owner(server.url)
    await one.append(2)
    await server.cli('rename', KEYS.frames, 'kept')
    await server.cli('rpush', KEYS.frames, 'theirs')
    expect((await failure(one.store.append(7, [frame(7)]))).code).toBe('SLUICE_REDIS_WRONG_TYPE')
    expect((await failure(one.store.read(1, 100))).code).toBe('SLUICE_REDIS_WRONG_TYPE')
    expect(one.store.next).toBe(7)
    await server.cli('rename', 'kept', KEYS.frames)
    await one.append(1)
    expect(await one.read()).toEqual({ numbers: numbersTo(3), lost: [] })
  })

  test('a newer layout: nothing is taken over or changed', async () => {
    const server = await TestRedis.start()
    await server.cli('hset', KEYS.commit, 'layout', '2', 'below', '7')
    expect(await refusal(server.url)).toMatchObject({ code: 'SLUICE_OVERFLOW_NEWER', passes: false })
    expect(await server.cli('dbsize')).toBe('1')
  })
})
