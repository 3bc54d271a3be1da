import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { passes } from '../../src/redis/errors.ts'
import { script } from '../../src/redis/script.ts'
import { until } from '../e2e/process.ts'
import { ManualEnv } from '../support/manual-env.ts'
import { freePort, TestRedis } from '../support/redis-server.ts'
import { TcpProxy } from '../support/tcp-proxy.ts'
import { answers, failure, keptLog, open } from './connecting.ts'

const PROGRAM = fileURLToPath(new URL('./lazily.ts', import.meta.url))
const FAST = { connectTimeout: '1s', commandTimeout: '500ms' }
const RESULT = script('add', `return redis.call('INCRBY', KEYS[1], ARGV[1])`)

describe('commands', () => {
  test('are sent, their answers are text, or bytes where bytes are asked for', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const bytes = Buffer.from([0, 255, 10, 13])
    expect(await redis.send('SET', 'key', bytes)).toBe('OK')
    expect(await redis.sendForBytes('get', 'key')).toEqual(bytes)
    expect(await redis.send('incrby', 'count', 2)).toBe(2)
    expect(await redis.send('get', 'none')).toBeNull()
    await redis.send('xadd', 'stream', '1-1', 'd', bytes)
    expect(await redis.sendForBytes('xrange', 'stream', '-', '+')).toEqual([
      [Buffer.from('1-1'), [Buffer.from('d'), bytes]],
    ])
  })

  test('sent together are answered each for itself', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    const outcomes = await redis.sendTogether([
      ['set', 'text', 'a'],
      ['xadd', 'text', '*', 'a', 'b'],
      ['incr', 'count'],
    ])
    expect(outcomes).toMatchObject([{ reply: 'OK' }, { error: { code: 'SLUICE_REDIS_WRONG_TYPE' } }, { reply: 1 }])
  })

  test('a database is chosen by the URL or beside it', async () => {
    const server = await TestRedis.start()
    await (await open({ url: `${server.url}/3` })).send('set', 'in-three', '1')
    expect(await (await open({ url: server.url, db: 3 })).send('exists', 'in-three')).toBe(1)
    expect(await (await open({ url: server.url })).send('exists', 'in-three')).toBe(0)
  })

  test('a database that the server does not have is refused on opening', async () => {
    const { url } = await TestRedis.start({ databases: 2 })
    const error = await failure(open({ url, db: 5 }))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_REFUSED', message: expect.stringContaining('out of range') })
  })

  test('a script runs whether the server knows it or not', async () => {
    const server = await TestRedis.start()
    const redis = await open({ url: server.url, ...FAST })
    expect(await redis.run(RESULT, ['sum'], [2])).toBe(2)
    expect(await redis.run(RESULT, ['sum'], [2])).toBe(4)
    await server.cli('script', 'flush')
    expect(await redis.run(RESULT, ['sum'], [2])).toBe(6)
    await server.restart()
    await answers(redis)
    expect(await redis.run(RESULT, ['sum'], [2])).toBe(2)
  })
})

describe('a connection that breaks', () => {
  test('a server that is killed: nothing is sent meanwhile, and it goes on when it is back', async () => {
    const server = await TestRedis.start()
    const log = keptLog()
    const redis = await open({ url: server.url, ...FAST }, { log })
    await server.kill()
    const error = await until(
      async () => {
        const thrown = await failure(redis.send('incr', 'count'))
        return thrown.code === 'SLUICE_REDIS_UNREACHABLE' && thrown
      },
      () => 'a refusal',
    )
    expect(passes(error)).toBe(true)
    expect(error.cause).toMatchObject({ code: 'ECONNREFUSED' })
    expect(redis.health()).toMatchObject({ isProgressing: false, error: { code: 'SLUICE_REDIS_UNREACHABLE' } })
    await server.restart()
    await answers(redis)
    expect(redis.health()).toMatchObject({ isProgressing: true, error: undefined })
    expect(await redis.send('get', 'count')).toBeNull()
    expect(log.lines).toEqual([
      expect.stringMatching(/^warn: the connection at 127/),
      expect.stringMatching(/^info: connected to Redis at 127.0.0.1:\d+ again$/),
    ])
  })

  test('an eaten answer: the outcome is told as unknown, and nothing is sent twice', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const redis = await open({ url: proxy.url, ...FAST })
    proxy.answers = 'cut'
    const error = await failure(redis.send('rpush', 'list', 'a'))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_REPLY_LOST', kind: 'place' })
    expect(passes(error)).toBe(true)
    proxy.answers = 'pass'
    await answers(redis)
    expect(await server.cli('llen', 'list')).toBe('1')
  })

  test('an answer lost in the middle of several: those before it are known', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const redis = await open({ url: proxy.url, ...FAST })
    const together = redis.sendTogether([
      ['set', 'a', '1'],
      ['blpop', 'never', '10'],
    ])
    await until(
      async () => (await server.info('blocked_clients')) === '1',
      () => 'the second command to wait',
    )
    proxy.cut()
    expect(await together).toMatchObject([{ reply: 'OK' }, { error: { code: 'SLUICE_REDIS_REPLY_LOST' } }])
  })

  test('a swallowed answer: in time the command is told to be unknown', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const redis = await open({ url: proxy.url, ...FAST })
    proxy.answers = 'swallow'
    const sent = failure(redis.send('rpush', 'list', 'a'))
    await until(
      () => !redis.health().isProgressing,
      () => 'the wait to be seen as trouble',
    )
    expect(await sent).toMatchObject({ code: 'SLUICE_REDIS_TIMED_OUT', cause: { code: 'ETIMEDOUT' } })
    expect(await server.cli('llen', 'list')).toBe('1')
  })

  test('a frozen server: each command ends, and it goes on when the server does', async () => {
    const server = await TestRedis.start()
    const redis = await open({ url: server.url, ...FAST })
    server.signal('SIGSTOP')
    const errors = await Promise.all([1, 2, 3].map(() => failure(redis.send('incr', 'count'))))
    expect(errors.map(({ code }) => code)).toEqual(Array(3).fill('SLUICE_REDIS_TIMED_OUT'))
    // The kernel of a frozen server still takes connections; no handshake comes about.
    await until(
      async () => (await failure(redis.send('ping'))).code === 'SLUICE_REDIS_UNREACHABLE',
      () => 'the connection to be given up',
    )
    server.signal('SIGCONT')
    await answers(redis)
    expect(Number(await server.cli('get', 'count'))).toBe(3)
  })

  test('a server that takes connections and says nothing does not hold up `open`', async () => {
    const server = await TestRedis.start()
    server.signal('SIGSTOP')
    const error = await failure(open({ url: server.url, ...FAST }))
    expect(error.code).toBe('SLUICE_REDIS_UNREACHABLE')
    expect(passes(error)).toBe(true)
  })

  test('nobody listens, or there is no such name', async () => {
    const refused = await failure(open({ url: `redis://127.0.0.1:${await freePort()}`, ...FAST }))
    expect(refused).toMatchObject({ code: 'SLUICE_REDIS_UNREACHABLE', cause: { code: 'ECONNREFUSED' } })
    const unknown = await failure(open({ url: 'redis://no-such-host.invalid', ...FAST }))
    expect(unknown.code).toBe('SLUICE_REDIS_UNREACHABLE')
  })

  test('a command that waits for a connection ends when the connection is closed', async () => {
    const server = await TestRedis.start()
    const redis = await open({ url: server.url, connectTimeout: '30s', commandTimeout: '30s' }, { profile: 'blocking' })
    const blocked = failure(redis.send('blpop', 'never', '20'))
    await until(
      async () => (await server.info('blocked_clients')) === '1',
      () => 'the command to wait',
    )
    await redis.close()
    expect((await blocked).code).toBe('SLUICE_REDIS_CLOSED')
    expect(await failure(redis.send('ping'))).toMatchObject({ code: 'SLUICE_REDIS_CLOSED' })
    expect(await failure(redis.ready())).toMatchObject({ code: 'SLUICE_REDIS_CLOSED' })
    await redis.close()
  })

  test('a command that waits for the next try to connect ends when the connection is closed', async () => {
    const server = await TestRedis.start()
    const redis = await open({ url: server.url, commandTimeout: '1m' }, { profile: 'blocking' })
    await server.kill()
    // Each waits for a try; between later ones there is some time.
    for (let tries = 0; tries < 8; tries++) await failure(redis.send('ping'))
    const waiting = failure(redis.send('ping'))
    await redis.close()
    expect((await waiting).code).toBe('SLUICE_REDIS_CLOSED')
  })

  test('what is under way is answered before a connection closes', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const redis = await open({ url: proxy.url })
    proxy.delayMs = 100
    const sent = redis.send('incr', 'count')
    await redis.close()
    expect(await sent).toBe(1)
    await until(
      async () => (await server.info('connected_clients')) === '1',
      () => 'only the command line client to be connected',
    )
  })

  test('a blocking command may wait for as long as it says', async () => {
    const server = await TestRedis.start()
    const redis = await open({ url: server.url, commandTimeout: '50ms' }, { profile: 'blocking', longestBlockMs: 500 })
    expect(await redis.send('xread', 'BLOCK', 300, 'STREAMS', 'stream', '$')).toBeNull()
  })
})

describe('health', () => {
  test('is progress: what waits for too long is trouble, by the clock that is lent', async () => {
    const server = await TestRedis.start()
    const env = new ManualEnv()
    const redis = await open({ url: server.url, commandTimeout: '10s' }, { env })
    expect(redis.health()).toEqual({ isProgressing: true, lastAnswerMs: 0, oldestWaitMs: undefined, error: undefined })
    server.signal('SIGSTOP')
    const sent = redis.send('ping')
    env.advance(4000)
    expect(redis.health()).toMatchObject({ isProgressing: true, oldestWaitMs: 4000 })
    env.advance(2000)
    expect(redis.health()).toMatchObject({ isProgressing: false, oldestWaitMs: 6000, lastAnswerMs: 6000 })
    server.signal('SIGCONT')
    await sent
    expect(redis.health()).toMatchObject({ isProgressing: true, oldestWaitMs: undefined, lastAnswerMs: 0 })
  })

  test('a refusal that is about one command says nothing against the server', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    await redis.send('set', 'text', 'a')
    await failure(redis.send('lpush', 'text', 'a'))
    expect(redis.health()).toMatchObject({ isProgressing: true, error: undefined })
  })
})

test('ioredis is loaded by the first connection, and not before', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ['node_modules/.bin/jiti', PROGRAM])
  expect(JSON.parse(stdout)).toEqual({ before: false, after: true })
})
