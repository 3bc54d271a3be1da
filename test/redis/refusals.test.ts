import { rm } from 'node:fs/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { passes } from '../../src/redis/errors.ts'
import { script } from '../../src/redis/script.ts'
import { until } from '../e2e/process.ts'
import { TestRedis } from '../support/redis-server.ts'
import { answers, failure, finallyFailed, open } from './connecting.ts'

const FAST = { connectTimeout: '1s', commandTimeout: '500ms' }

describe('what a server refuses', () => {
  test('memory is full: writes wait, reads go on', async () => {
    const server = await TestRedis.start({ maxmemory: '3mb', 'maxmemory-policy': 'noeviction' })
    const redis = await open({ url: server.url })
    const chunk = Buffer.alloc(100_000)
    const error = await finallyFailed(() => redis.send('rpush', 'list', chunk))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_FULL', kind: 'place' })
    expect(passes(error)).toBe(true)
    expect(redis.health().isProgressing).toBe(false)
    expect(await redis.send('llen', 'list')).toBeGreaterThan(0)
    await redis.send('del', 'list')
    expect(await redis.send('rpush', 'list', 'a')).toBe(1)
  })

  test('a replica: writes are refused, and it is looked anew where the address leads', async () => {
    const master = await TestRedis.start()
    const server = await TestRedis.start({ replicaof: `127.0.0.1 ${master.port}` })
    const redis = await open({ url: server.url, ...FAST })
    const id = await redis.send('client', 'id')
    const error = await failure(redis.send('set', 'a', '1'))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_READONLY' })
    expect(passes(error)).toBe(true)
    await server.cli('replicaof', 'no', 'one')
    await answers(redis)
    expect(await redis.send('set', 'a', '1')).toBe('OK')
    expect(await redis.send('client', 'id')).not.toBe(id)
  })

  test('a server that loads is waited for by whoever opens', async () => {
    const server = await TestRedis.start({ save: '3600 1', 'enable-debug-command': 'yes' })
    await server.cli('debug', 'populate', '2000')
    await server.cli('save')
    await server.restart(
      { 'key-load-delay': 500, 'loading-process-events-interval-bytes': 1024 },
      { isImpatient: true },
    )
    const error = await failure(open({ url: server.url, ...FAST }))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_LOADING' })
    expect(passes(error)).toBe(true)
    const redis = await until(
      () => open({ url: server.url, ...FAST }).catch(() => false as const),
      () => 'the data to be loaded',
    )
    expect(await redis.send('dbsize')).toBe(2000)
  })

  test('a script of somebody else that does not end', async () => {
    const server = await TestRedis.start({ 'busy-reply-threshold': 50 })
    const redis = await open({ url: server.url })
    const other = await open({ url: server.url, commandTimeout: '30s' })
    const endless = failure(other.run(script('loop', 'while true do end'), [], []))
    const error = await finallyFailed(() => redis.send('get', 'a'))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_BUSY' })
    expect(passes(error)).toBe(true)
    await server.cli('script', 'kill')
    expect((await endless).code).toBe('SLUICE_REDIS_SCRIPT_FAILED')
    expect(await redis.send('get', 'a')).toBeNull()
  })

  test('too few replicas', async () => {
    const { url } = await TestRedis.start({ 'min-replicas-to-write': 1 })
    const error = await failure((await open({ url })).send('set', 'a', '1'))
    expect(error.code).toBe('SLUICE_REDIS_NO_REPLICAS')
    expect(passes(error)).toBe(true)
  })

  test('no disk to write to', async () => {
    const server = await TestRedis.start({ save: '3600 1' })
    const redis = await open({ url: server.url })
    // Where the folder should be is none any more.
    await rm(server.folder, { recursive: true })
    await redis.send('set', 'a', '1')
    await server.cli('bgsave')
    const error = await finallyFailed(() => redis.send('set', 'a', '1'))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_DISK' })
    expect(passes(error)).toBe(true)
  })

  test('all connections are taken', async () => {
    const server = await TestRedis.start({ maxclients: 2 })
    await open({ url: server.url })
    await open({ url: server.url })
    const error = await failure(open({ url: server.url, ...FAST }))
    expect(error.code).toMatch(/^SLUICE_REDIS_(TOO_MANY_CLIENTS|UNREACHABLE)$/)
    expect(passes(error)).toBe(true)
  })

  test('something else under the key, an id that is taken, a command that there is not, a script that fails', async () => {
    const { url } = await TestRedis.start()
    const redis = await open({ url })
    await redis.send('set', 'text', 'a')
    await redis.send('xadd', 'stream', '5-1', 'a', 'b')
    const codeOf = async (sent: Promise<unknown>): Promise<string> => {
      const error = await failure(sent)
      expect(passes(error)).toBe(false)
      return error.code
    }
    expect(await codeOf(redis.send('xadd', 'text', '*', 'a', 'b'))).toBe('SLUICE_REDIS_WRONG_TYPE')
    expect(await codeOf(redis.send('xadd', 'stream', '5-1', 'a', 'b'))).toBe('SLUICE_REDIS_ID_TAKEN')
    expect(await codeOf(redis.send('xflurb'))).toBe('SLUICE_REDIS_COMMAND_UNKNOWN')
    expect(await codeOf(redis.send('incr', 'text'))).toBe('SLUICE_REDIS_REFUSED')
    expect(await codeOf(redis.run(script('fail', 'return nothing.here'), [], []))).toBe('SLUICE_REDIS_SCRIPT_FAILED')
    expect(await codeOf(redis.run(script('half', 'return ('), [], []))).toBe('SLUICE_REDIS_SCRIPT_FAILED')
    const inScript = script('push', `return redis.call('LPUSH', KEYS[1], 'a')`)
    expect(await codeOf(redis.run(inScript, ['text'], []))).toBe('SLUICE_REDIS_WRONG_TYPE')
  })

  test('what is no Redis at all', async () => {
    const { createServer } = await import('node:http')
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await until(
      () => server.listening,
      () => 'the server to listen',
    )
    const { port } = server.address() as { port: number }
    const error = await failure(open({ url: `redis://127.0.0.1:${port}`, ...FAST }))
    expect(error.code).toBe('SLUICE_REDIS_NOT_REDIS')
    expect(passes(error)).toBe(false)
  })
})
