import { expect, test } from 'vitest'
import { passes } from '../../src/redis/errors.ts'
import { until } from '../e2e/process.ts'
import { freePort, TestRedis } from '../support/redis-server.ts'
import { startWatched } from '../support/redis-sentinels.ts'
import { answers, failure, finallyDone, open } from './connecting.ts'

const FAST = { connectTimeout: '500ms', commandTimeout: '500ms' }

test('Sentinels tell where the master is, and where it is after it was killed', async () => {
  const { servers, sentinels } = await startWatched(2)
  const [master, replica] = servers
  const redis = await open({ sentinels: sentinels.map(({ port }) => `127.0.0.1:${port}`), name: 'orders', ...FAST })
  expect(await redis.send('set', 'a', '1')).toBe('OK')
  expect(await redis.send('wait', 1, 1000)).toBe(1)
  expect(Number(await master!.info('connected_clients'))).toBeGreaterThan(1)
  await master!.kill()
  expect(passes(await failure(redis.send('set', 'b', '1')))).toBe(true)
  await finallyDone(() => redis.send('set', 'b', '2'))
  expect(await replica!.cli('get', 'a')).toBe('1')
  expect(await replica!.cli('get', 'b')).toBe('2')
})

test('a master that was frozen and comes back as a replica gets no writes', async () => {
  const { servers, sentinels } = await startWatched(1)
  const [master, replica] = servers
  const redis = await open({ sentinels: [`127.0.0.1:${sentinels[0]!.port}`], name: 'orders', ...FAST })
  master!.signal('SIGSTOP')
  await until(
    async () => (await replica!.info('role')) === 'master',
    () => 'the failover',
  )
  master!.signal('SIGCONT')
  await finallyDone(() => redis.send('rpush', 'list', 'a'))
  await until(
    async () => (await master!.info('role')) === 'slave',
    () => 'the old master to follow',
  )
  await answers(redis)
  await redis.send('set', 'b', '1')
  expect(await replica!.cli('get', 'b')).toBe('1')
})

test('no Sentinel is there, none knows the name, or it wants another password', async () => {
  const nobody = await failure(open({ sentinels: [`127.0.0.1:${await freePort()}`], name: 'orders', ...FAST }))
  expect(nobody).toMatchObject({ code: 'SLUICE_REDIS_UNREACHABLE', cause: { code: 'ECONNRESET' } })
  const sentinel = await TestRedis.start({ port: await freePort() }, { isSentinel: true })
  const unknown = await failure(open({ sentinels: [`127.0.0.1:${sentinel.port}`], name: 'others', ...FAST }))
  expect(unknown).toMatchObject({
    code: 'SLUICE_REDIS_MASTER_UNKNOWN',
    message: expect.stringContaining('No such master'),
  })
  const guarded = await TestRedis.start({ port: await freePort(), requirepass: 'x' }, { isSentinel: true })
  const sentinels = [`127.0.0.1:${guarded.port}`]
  const refused = await failure(open({ sentinels, name: 'others', sentinelPassword: 'wrong', ...FAST }))
  expect(refused.code).toBe('SLUICE_REDIS_AUTH_REFUSED')
})

test('a replica is not taken for the master, whatever the Sentinels believe', async () => {
  const master = await TestRedis.start()
  const replica = await TestRedis.start({ replicaof: `127.0.0.1 ${master.port}` })
  const settings = { port: await freePort(), 'sentinel monitor': `orders 127.0.0.1 ${replica.port} 1` }
  const { port } = await TestRedis.start(settings, { isSentinel: true })
  const error = await failure(open({ sentinels: [`127.0.0.1:${port}`], name: 'orders', ...FAST }))
  expect(error.code).toBe('SLUICE_REDIS_UNREACHABLE')
  expect(passes(error)).toBe(true)
})
