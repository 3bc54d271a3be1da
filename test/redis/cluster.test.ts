import { expect, test } from 'vitest'
import { passes } from '../../src/redis/errors.ts'
import { keysOf } from '../../src/redis/keys.ts'
import { script } from '../../src/redis/script.ts'
import { freePort, TestRedis } from '../support/redis-server.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { failure, finallyDone, open } from './connecting.ts'

const FAST = { connectTimeout: '1s', commandTimeout: '1s' }
const BOTH = script('set both', `redis.call('SET', KEYS[1], 'a') redis.call('SET', KEYS[2], 'b') return #KEYS`)

test('keys are found wherever they are, those of a partition together', async () => {
  const nodes = await startCluster()
  const redis = await open({ cluster: [`127.0.0.1:${nodes[0]!.port}`], ...FAST })
  for (let partition = 0; partition < 20; partition++) {
    const { frames, lease, epoch } = keysOf({ pipeline: 'orders', node: 'ledger', partition })
    expect(await redis.send('xadd', frames, '1-1', 'd', 'x')).toBe('1-1')
    expect(await redis.run(BOTH, [lease, epoch], [])).toBe(2)
    expect(
      await redis.sendTogether([
        ['get', lease],
        ['get', epoch],
      ]),
    ).toEqual([{ reply: 'a' }, { reply: 'b' }])
  }
  const sizes = await Promise.all(nodes.map((node) => node.cli('dbsize')))
  for (const size of sizes) expect(Number(size)).toBeGreaterThan(0)
  const servers = redis.servers()
  expect(servers.map(({ address }) => address).toSorted()).toEqual(
    nodes.map(({ port }) => `127.0.0.1:${port}`).toSorted(),
  )
  const counted = await Promise.all(servers.map((server) => server.send(['dbsize'])))
  expect(counted.map(Number).reduce((sum, size) => sum + size, 0)).toBe(60)
})

test('keys of several slots in one script, and a client that knows of no cluster', async () => {
  const nodes = await startCluster()
  const redis = await open({ cluster: nodes.map(({ port }) => `127.0.0.1:${port}`), ...FAST })
  const error = await failure(redis.run(BOTH, ['a', 'b'], []))
  expect(error.code).toBe('SLUICE_REDIS_CROSS_SLOT')
  expect(passes(error)).toBe(false)
  const simple = await open({ url: nodes[0]!.url, ...FAST })
  const outcomes = await simple.sendTogether(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => ['get', key]))
  expect(outcomes.flatMap(({ error: each }) => each?.code ?? [])).toContain('SLUICE_REDIS_MOVED')
})

test('a master that is killed: its slots wait, nothing is sent twice, and its replica takes over', async () => {
  const nodes = await startCluster(1)
  const redis = await open({ cluster: nodes.map(({ port }) => `127.0.0.1:${port}`), ...FAST })
  const { frames } = keysOf({ pipeline: 'orders', node: 'ledger' })
  await redis.send('rpush', frames, 'first')
  expect(
    await redis.sendTogether([
      ['exists', frames],
      ['wait', 1, 1000],
    ]),
  ).toEqual([{ reply: 1 }, { reply: 1 }])
  const owners = await Promise.all(
    nodes.map((node) => node.cli('cluster', 'countkeysinslot', '0').then(() => node.info('role'))),
  )
  const masters = nodes.filter((_, index) => owners[index] === 'master')
  const sizes = await Promise.all(masters.map((node) => node.cli('dbsize')))
  await masters[sizes.indexOf('1')]!.kill()
  const errors = await finallyDone(() => redis.send('rpush', frames, 'second'))
  expect(errors.length).toBeGreaterThan(0)
  expect(await redis.send('lrange', frames, 0, -1)).toEqual(['first', 'second'])
})

test('no node of a cluster is there, and all go while it is used', async () => {
  const nobody = await failure(open({ cluster: [`127.0.0.1:${await freePort()}`], ...FAST }))
  expect(nobody).toMatchObject({ code: 'SLUICE_REDIS_UNREACHABLE', cause: { code: 'ECONNRESET' } })
  const nodes = await startCluster()
  const redis = await open({ cluster: nodes.map(({ port }) => `127.0.0.1:${port}`), ...FAST })
  await redis.send('set', 'a', '1')
  for (const node of nodes) await node.kill()
  for (let tries = 0; tries < 5; tries++) expect(passes(await failure(redis.send('set', 'a', '2')))).toBe(true)
  for (const node of nodes) await node.restart()
  await finallyDone(() => redis.send('set', 'a', '3'))
})

test('what is no cluster, or wants a password, is told', async () => {
  const single = await TestRedis.start()
  const error = await failure(open({ cluster: [`127.0.0.1:${single.port}`], ...FAST }))
  expect(error).toMatchObject({ code: 'SLUICE_REDIS_REFUSED', message: expect.stringContaining('cluster support') })
  const guarded = await TestRedis.start({
    'cluster-enabled': 'yes',
    'cluster-port': await freePort(),
    requirepass: 'x',
  })
  const refused = await failure(open({ cluster: [`127.0.0.1:${guarded.port}`], password: 'wrong', ...FAST }))
  expect(refused.code).toBe('SLUICE_REDIS_AUTH_REFUSED')
})

test('a server of a cluster refuses commands once the connection is closed', async () => {
  const nodes = await startCluster()
  const redis = await open({ cluster: [`127.0.0.1:${nodes[0]!.port}`], ...FAST })
  const [server] = redis.servers()
  expect(redis.servers()).toContain(server)
  await server!.send(['ping'])
  await redis.close()
  expect((await failure(server!.send(['ping']))).code).toBe('SLUICE_REDIS_CLOSED')
})
