import { describe, expect, test } from 'vitest'
import { checkServers, type Durability } from '../../src/redis/checks.ts'
import { exitCodeOf, passes } from '../../src/redis/errors.ts'
import type { RedisCommand } from '../../src/redis/sender.ts'
import { isOlder } from '../../src/redis/server-settings.ts'
import { until } from '../e2e/process.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { TestRedis, type Settings } from '../support/redis-server.ts'
import { failure, open } from './connecting.ts'

const LIMITED: Settings = { maxmemory: '100mb' }
const COMMANDS: RedisCommand[] = [
  ['xadd', 'sluice:{a}:frames', '1-1', 'd', 'x'],
  ['xrange', 'sluice:{a}:frames', '-', '+'],
  ['eval', 'return 1', 1, 'sluice:{a}:lease'],
]
const USER = { username: 'ann', password: 'secret' }

async function check(settings: Settings, durability: Durability): Promise<string[]> {
  const { url } = await TestRedis.start(settings)
  return await checkServers(await open({ url }), { durability, commands: COMMANDS, takesLeases: true })
}

async function checkAsUser(
  rights: string,
  settings: Settings = {},
  durability: Durability = 'memory',
): Promise<string[]> {
  const server = await TestRedis.start({ ...LIMITED, ...settings, user: `ann on >secret ${rights}` })
  const redis = await open({ url: server.url, ...USER })
  const notes = await checkServers(redis, { durability, commands: COMMANDS, takesLeases: true })
  expect(await server.cli('dbsize')).toBe('0')
  return notes
}

describe('settings', () => {
  test.each<[Durability, Settings]>([
    ['memory', {}],
    ['aof', { appendonly: 'yes' }],
    ['aof', { appendonly: 'yes', appendfsync: 'always' }],
    ['aof-always', { appendonly: 'yes', appendfsync: 'always' }],
  ])('%s is met by %o', async (durability, settings) => {
    expect(await check({ ...LIMITED, ...settings }, durability)).toEqual([])
  })

  test.each<[Durability, Settings, told: { code: string; says: string }]>([
    [
      'memory',
      { 'maxmemory-policy': 'allkeys-lru' },
      { code: 'SLUICE_REDIS_EVICTS', says: 'set `maxmemory-policy noeviction`' },
    ],
    [
      'memory',
      { 'maxmemory-policy': 'volatile-ttl' },
      { code: 'SLUICE_REDIS_EVICTS', says: 'has `maxmemory-policy volatile-ttl`' },
    ],
    [
      'aof',
      {},
      { code: 'SLUICE_REDIS_NOT_DURABLE', says: 'has `appendonly no`, for `durability: aof` set `appendonly yes`' },
    ],
    [
      'aof',
      { appendonly: 'yes', appendfsync: 'no' },
      { code: 'SLUICE_REDIS_NOT_DURABLE', says: 'set `appendfsync everysec`' },
    ],
    [
      'aof-always',
      { appendonly: 'yes' },
      { code: 'SLUICE_REDIS_NOT_DURABLE', says: 'has `appendfsync everysec`, for `durability: aof-always` set' },
    ],
    [
      'replicated',
      { appendonly: 'yes' },
      { code: 'SLUICE_REDIS_NOT_REPLICATED', says: 'no replica that is connected' },
    ],
  ])('%s is not met by %o', async (durability, settings, { code, says }) => {
    const error = await failure(check({ ...LIMITED, ...settings }, durability))
    expect(error).toMatchObject({ code, message: expect.stringContaining(says) })
    expect(passes(error)).toBe(false)
    expect(exitCodeOf(error)).toBe(78)
  })

  test('a replica that must be there', async () => {
    const master = await TestRedis.start({ ...LIMITED, appendonly: 'yes', 'repl-diskless-sync-delay': 0 })
    const replica = await TestRedis.start({ replicaof: `127.0.0.1 ${master.port}` })
    await until(
      async () => (await replica.info('master_link_status')) === 'up',
      () => 'the replica to follow',
    )
    const redis = await open({ url: master.url })
    const required = { durability: 'replicated', commands: COMMANDS } as const
    expect(await failure(checkServers(redis, required))).toMatchObject({
      code: 'SLUICE_REDIS_NOT_REPLICATED',
      message: expect.stringContaining('set `min-replicas-to-write 1`'),
    })
    await master.cli('config', 'set', 'min-replicas-to-write', 1)
    expect(await checkServers(redis, required)).toEqual([])
    expect(await failure(checkServers(await open({ url: replica.url }), required))).toMatchObject({
      code: 'SLUICE_REDIS_READONLY',
    })
  })

  test('no limit of memory is remarked upon', async () => {
    expect(await check({}, 'memory')).toEqual([expect.stringContaining('has no `maxmemory`')])
  })

  test('each master of a cluster is looked at', async () => {
    const nodes = await startCluster()
    const redis = await open({ cluster: [`127.0.0.1:${nodes[0]!.port}`] })
    const required = { durability: 'memory', commands: COMMANDS } as const
    expect(await checkServers(redis, required)).toHaveLength(3)
    await nodes[2]!.cli('config', 'set', 'maxmemory-policy', 'allkeys-lru')
    expect(await failure(checkServers(redis, required))).toMatchObject({
      code: 'SLUICE_REDIS_EVICTS',
      message: expect.stringContaining(`127.0.0.1:${nodes[2]!.port}`),
    })
  })

  test.each([
    ['6.0.16', '6.2.0', true],
    ['6.2.0', '6.2.0', false],
    ['6.10.1', '6.2.0', false],
    ['7.0.0-rc1', '7.0.0', false],
    ['7.2', '7.2.1', true],
    ['255.255.255', '7.0.0', false],
  ])('%s is older than %s: %s', (version, than, expected) => {
    expect(isOlder(version, than)).toBe(expected)
  })
})

describe('permissions', () => {
  test('a user who may do what is needed, and see the settings', async () => {
    expect(await checkAsUser('~sluice:* +@all')).toEqual([])
  })

  test.each([
    ['~sluice:* +@all -xadd', 'may not run XADD with the key "sluice:{a}:frames"', '+xadd'],
    ['~other:* +@all', 'may not run XADD', '~<keys>'],
    ['~sluice:* +@all -@scripting', 'may not run EVAL', '+eval'],
    ['~sluice:* +@all -xrange -multi', 'may not run XRANGE', '+xrange'],
    ['~sluice:* +@all -xrange -discard', 'may not run XRANGE', '+xrange'],
  ])('a user with %s is refused, with the command to allow', async (rights, message, advice) => {
    const error = await failure(checkAsUser(rights))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_NOT_PERMITTED', message: expect.stringContaining(message) })
    expect(error.message).toContain(advice)
    expect(exitCodeOf(error)).toBe(77)
  })

  test('what a user may not see is told; what INFO tells counts', async () => {
    const rights = '~sluice:* +@all -config'
    expect(await checkAsUser(rights, { appendonly: 'yes' }, 'aof-always')).toEqual([
      expect.stringMatching(/may not run CONFIG GET at .*: appendfsync can't be checked/),
    ])
    expect((await failure(checkAsUser(rights, {}, 'aof'))).code).toBe('SLUICE_REDIS_NOT_DURABLE')
    const evicting = { 'maxmemory-policy': 'allkeys-lru' }
    expect((await failure(checkAsUser(rights, evicting))).code).toBe('SLUICE_REDIS_EVICTS')
  })

  test('a user who may ask for nothing is let in, with a word about it', async () => {
    expect(await checkAsUser('~sluice:* +xadd +xrange +eval')).toEqual([
      expect.stringContaining("permissions can't be checked"),
      expect.stringContaining("settings can't be checked"),
    ])
  })

  test('the connection is as usable as before', async () => {
    const { url } = await TestRedis.start({ user: `ann on >secret ~* +@all -discard` })
    const redis = await open({ url, ...USER })
    await checkServers(redis, { durability: 'memory', commands: COMMANDS })
    expect(await redis.send('set', 'a', '1')).toBe('OK')
  })
})
