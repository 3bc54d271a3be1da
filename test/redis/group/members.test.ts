import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { failure } from '../connecting.ts'
import { member, MemberProcess, membersAre } from './joining.ts'

describe('members', () => {
  test('come and go, and each knows the others', async () => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann')
    expect(await ann.group.members()).toEqual([{ name: 'ann', isSelf: true }])
    const bob = await member(url, 'bob')
    expect(await bob.group.members()).toEqual([
      { name: 'ann', isSelf: false },
      { name: 'bob', isSelf: true },
    ])
    await ann.group.leave()
    await membersAre(bob, ['bob'])
    expect((await failure(ann.group.members())).code).toBe('SLUICE_GROUP_LEFT')
    expect((await failure(ann.group.broadcast(1))).code).toBe('SLUICE_GROUP_LEFT')
  })

  test('groups with other names, and other prefixes, have nothing to do with each other', async () => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann')
    const other = await member(url, 'ann', { name: 'shops2' })
    const elsewhere = await member(url, 'ann', { redis: { url, prefix: 'test' } })
    await elsewhere.group.broadcast('x')
    await until(
      () => elsewhere.got.length === 1,
      () => 'its own message',
    )
    for (const { group, got } of [ann, other]) {
      expect(await group.members()).toHaveLength(1)
      expect(got).toEqual([])
    }
  })

  test('one that is killed is gone when its ttl has passed, and one that lives stays', async () => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann', { ttl: '600ms' })
    const bob = new MemberProcess(url, 'bob')
    await bob.printed('joined')
    await membersAre(ann, ['ann', 'bob'])
    await bob.kill()
    await membersAre(ann, ['ann'])
    expect(await ann.group.members()).toEqual([{ name: 'ann', isSelf: true }])
  })

  test('until when somebody counts as there is written by the clock of the server', async () => {
    const server = await TestRedis.start()
    await member(server.url, 'ann', { ttl: '10m' })
    const [seconds] = (await server.cli('time')).split('\n')
    const deadline = Number(await server.cli('zscore', 'sluice:{shops}:group-members', 'ann'))
    expect(Math.abs(deadline - Number(seconds) * 1000 - 600_000)).toBeLessThan(30_000)
  })

  test('one that has died before the clock of the server was set back is not there until that has caught up', async () => {
    const server = await TestRedis.start()
    const ann = await member(server.url, 'ann')
    const [seconds] = (await server.cli('time')).split('\n')
    const inAnHour = (Number(seconds) + 3600) * 1000
    await server.cli('zadd', 'sluice:{shops}:group-members', inAnHour, 'bob')
    await server.cli('hset', 'sluice:{shops}:group-holders', 'bob', 'a process that is gone')
    await membersAre(ann, ['ann'])
    const bob = await member(server.url, 'bob', { ttl: '300ms' })
    expect((await bob.group.members()).map(({ name }) => name)).toEqual(['ann', 'bob'])
  })

  test('a name is for one process: another one waits for it, and is told who has it', async () => {
    const { url } = await TestRedis.start()
    const ann = await member(url, 'ann', { ttl: '300ms' })
    const refused = await failure(member(url, 'ann', { ttl: '300ms' }))
    expect(refused).toMatchObject({ code: 'SLUICE_GROUP_NAME_TAKEN', message: expect.stringContaining('"ann"') })
    const waiting = member(url, 'ann', { ttl: '10s' })
    await ann.group.leave()
    expect(await (await waiting).group.members()).toEqual([{ name: 'ann', isSelf: true }])
  })

  test('one that was frozen for longer than its ttl, and whose name another one has, keeps nothing from that one', async () => {
    const { url } = await TestRedis.start()
    const frozen = new MemberProcess(url, 'bob', '600ms')
    await frozen.printed('joined')
    frozen.signal('SIGSTOP')
    const ann = await member(url, 'ann')
    await membersAre(ann, ['ann'])
    const bob = await member(url, 'bob', { ttl: '600ms' })
    frozen.signal('SIGCONT')
    for (let n = 0; n < 20; n++) await ann.group.broadcast(n)
    await until(
      () => bob.got.length === 20,
      () => `all messages: ${JSON.stringify(bob.got)}`,
    )
    expect(bob.got).toEqual(Array.from({ length: 20 }, (_, n) => n))
  })

  test('one that is not heard of for a day is forgotten, with what it had', async () => {
    const server = await TestRedis.start()
    const bob = await member(server.url, 'bob')
    await bob.group.leave()
    const key = 'sluice:{shops}:group-members'
    await server.cli('zincrby', key, -86_500_000, 'bob')
    const ann = await member(server.url, 'ann')
    expect(await server.cli('zrange', key, 0, -1)).toBe('ann')
    expect(await server.cli('hkeys', 'sluice:{shops}:group-positions')).toBe('ann')
    await ann.group.leave()
  })
})

test('while nothing happens a member asks Redis no more often than every five seconds, for itself and for messages', async () => {
  const server = await TestRedis.start()
  await member(server.url, 'ann')
  const since = Date.now()
  await until(
    () => Date.now() - since > 11_000,
    () => 'eleven seconds',
  )
  const stats = await server.cli('info', 'commandstats')
  const calls = (command: string): number => Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
  expect(calls('xread')).toBeLessThanOrEqual(4)
  expect(calls('evalsha') + calls('eval')).toBeLessThanOrEqual(6)
})

test('whoever waits to join can be told to stop', async () => {
  const aborting = new AbortController()
  const joining = member('redis://127.0.0.1:1', 'ann', { signal: aborting.signal })
  aborting.abort()
  expect((await failure(joining)).code).toBe('SLUICE_GROUP_LEFT')
})

test.each([
  [{ ttl: 'soon' }, 'ttl'],
  [{ delivery: 'exactly-once' as never }, 'delivery'],
  [{ onMessage: undefined as never }, 'onMessage'],
])('options that are wrong are named: %o', async (options, named) => {
  expect(await failure(member('redis://127.0.0.1:1', 'ann', options))).toMatchObject({
    code: 'SLUICE_GROUP_OPTIONS_INVALID',
    message: expect.stringContaining(named),
  })
})
