import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { exitCodeOf, passes } from '../../src/redis/errors.ts'
import { script } from '../../src/redis/script.ts'
import { until } from '../e2e/process.ts'
import { TestRedis } from '../support/redis-server.ts'
import { failure, keptLog, open } from './connecting.ts'

const FAST = { connectTimeout: '1s', commandTimeout: '500ms' }

describe('users', () => {
  const PASSWORD = 'canary-4711'

  test('a wrong password, and none where one is needed, are told at once and without the password', async () => {
    const { url } = await TestRedis.start({ requirepass: 'right-password' })
    const log = keptLog()
    const wrong = await failure(open({ url, password: PASSWORD, ...FAST }, { log }))
    expect(wrong).toMatchObject({ code: 'SLUICE_REDIS_AUTH_REFUSED', message: expect.stringContaining('WRONGPASS') })
    expect(passes(wrong)).toBe(false)
    expect(exitCodeOf(wrong)).toBe(77)
    expect((await failure(open({ url, ...FAST }))).code).toBe('SLUICE_REDIS_AUTH_REFUSED')
    expect(inspect([wrong, log.lines], { depth: Infinity, showHidden: true })).not.toContain(PASSWORD)
  })

  test('a password in a URL stays out of every message, of the health and of the connection itself', async () => {
    const server = await TestRedis.start({ requirepass: PASSWORD })
    const log = keptLog()
    const redis = await open({ url: `redis://default:${PASSWORD}@127.0.0.1:${server.port}`, ...FAST }, { log })
    const errors = [await failure(redis.send('auth', PASSWORD, PASSWORD)), await failure(redis.send('set', PASSWORD))]
    errors.push(await failure(redis.send(`x${PASSWORD}`)))
    await server.kill()
    errors.push(await failure(redis.send('ping')), await failure(redis.send('ping')))
    const seen = inspect([errors, redis.health(), redis.address, redis, log.lines], {
      depth: Infinity,
      showHidden: false,
    })
    expect(seen).toContain('SLUICE_REDIS_UNREACHABLE')
    expect(seen).not.toContain(PASSWORD)
  })

  test('a password that has changed while the server was away', async () => {
    const server = await TestRedis.start({ requirepass: 'first' })
    const redis = await open({ url: server.url, password: 'first', ...FAST })
    await server.restart({ requirepass: 'second' })
    const error = await until(
      async () => {
        const thrown = await failure(redis.send('ping'))
        return thrown.code === 'SLUICE_REDIS_AUTH_REFUSED' && thrown
      },
      () => 'the refusal',
    )
    expect(passes(error)).toBe(false)
    expect(redis.health()).toMatchObject({ isProgressing: false, error: { code: 'SLUICE_REDIS_AUTH_REFUSED' } })
  })

  test('a user without a command, or for other keys: the command is named', async () => {
    const user = `ann on >${PASSWORD} ~sluice:* +@all -set`
    const server = await TestRedis.start({ user })
    const redis = await open({ url: server.url, username: 'ann', password: PASSWORD })
    const error = await failure(redis.send('set', 'sluice:a', '1'))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_NOT_PERMITTED', message: expect.stringMatching(/^SET at 127/) })
    expect(exitCodeOf(error)).toBe(77)
    expect((await failure(redis.send('get', 'other'))).code).toBe('SLUICE_REDIS_NOT_PERMITTED')
    const inScript = script('store', `return redis.call('SET', KEYS[1], 'a')`)
    expect(await failure(redis.run(inScript, ['sluice:a'], []))).toMatchObject({
      code: 'SLUICE_REDIS_NOT_PERMITTED',
      message: expect.stringMatching(/^store at/),
    })
  })

  test('a user that may not ping may open', async () => {
    const server = await TestRedis.start({ user: `ann on >${PASSWORD} ~* +get` })
    const redis = await open({ url: server.url, username: 'ann', password: PASSWORD })
    expect(await redis.send('get', 'a')).toBeNull()
  })
})
