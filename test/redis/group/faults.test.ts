import { describe, expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { startCluster } from '../../support/redis-cluster.ts'
import { startWatched } from '../../support/redis-sentinels.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { failure } from '../connecting.ts'
import { member, membersAre, received } from './joining.ts'

const AOF = { appendonly: 'yes', appendfsync: 'always' } as const
const numbers = (count: number, from = 0): number[] => Array.from({ length: count }, (_, n) => n + from)

describe('Redis', () => {
  test('is killed, and comes back with its log: all that was confirmed arrives once, in order', async () => {
    const server = await TestRedis.start(AOF)
    const ann = await member(server.url, 'ann', { timeout: '20s' })
    const bob = await member(server.url, 'bob')
    for (const n of numbers(10)) await ann.group.broadcast(n)
    await server.kill()
    const waiting = ann.group.broadcast(10)
    await server.restart()
    await waiting
    for (const n of numbers(10, 11)) await ann.group.broadcast(n)
    for (const one of [ann, bob]) {
      await received(one, 21)
      expect(one.got).toEqual(numbers(21))
    }
    await membersAre(bob, ['ann', 'bob'])
  })

  test('is away when somebody joins: it waits, says so, and joins then', async () => {
    const server = await TestRedis.start()
    await server.kill()
    const joining = member(server.url, 'ann')
    await server.restart()
    const ann = await joining
    await ann.group.broadcast('here')
    await received(ann, 1)
    expect(ann.log.lines.some((line) => line.includes('can\'t join the group "shops"'))).toBe(true)
  })

  test('is gone: a broadcast is refused when its time is over, and surely has not arrived', async () => {
    const server = await TestRedis.start()
    const ann = await member(server.url, 'ann', { timeout: '300ms' })
    await server.kill()
    const error = await failure(ann.group.broadcast('never'))
    // The first one may have been under way when the connection broke.
    expect(['SLUICE_REDIS_UNREACHABLE', 'SLUICE_GROUP_NOT_CONFIRMED']).toContain(error.code)
    expect((await failure(ann.group.broadcast('never'))).code).toBe('SLUICE_REDIS_UNREACHABLE')
  })

  test('is frozen: nobody knows what became of a broadcast, which is said; then everything goes on', async () => {
    const server = await TestRedis.start()
    const ann = await member(server.url, 'ann', { timeout: '500ms' })
    const bob = await member(server.url, 'bob')
    server.signal('SIGSTOP')
    const error = await failure(ann.group.broadcast('perhaps'))
    expect(error).toMatchObject({ code: 'SLUICE_GROUP_NOT_CONFIRMED', message: expect.stringContaining('unknown') })
    // Longer than every timeout, also of the command that waits in the server.
    await until(
      () => bob.log.lines.some((line) => line.includes("can't read the messages")),
      () => `the reader to be in trouble:\n${bob.log.lines.join('\n')}`,
    )
    server.signal('SIGCONT')
    await until(
      () =>
        ann.group.broadcast('surely').then(
          () => true,
          () => false,
        ),
      () => 'a broadcast that is confirmed',
    )
    await until(
      () => bob.got.at(-1) === 'surely',
      () => `the message: ${JSON.stringify(bob.got)}`,
    )
  })

  test('answers, but the answer is lost: the broadcast is sent again, and arrives once', async () => {
    const server = await TestRedis.start()
    const proxy = await TcpProxy.start(server.port)
    const ann = await member(proxy.url, 'ann', { timeout: '10s' })
    const bob = await member(server.url, 'bob')
    // From here on the server knows the script.
    await ann.group.broadcast(0)
    await received(ann, 1)
    for (const n of numbers(5, 1)) {
      const before = proxy.lost
      proxy.answers = 'cut'
      const sent = ann.group.broadcast(n)
      // Where it is that of a sign of life, nothing could be sent for as long as answers are lost.
      await until(
        () => proxy.lost > before,
        () => 'an answer that is lost',
      )
      proxy.answers = 'pass'
      await sent
      await received(bob, n + 1)
    }
    await ann.group.broadcast('last')
    for (const one of [ann, bob]) {
      await received(one, 7)
      expect(one.got).toEqual([...numbers(6), 'last'])
    }
    expect(proxy.lost).toBeGreaterThanOrEqual(5)
  })

  test('is full: members stay, a broadcast is refused at once and says why, and what is there is still given', async () => {
    const server = await TestRedis.start()
    const ann = await member(server.url, 'ann', { ttl: '600ms', timeout: '20s' })
    const bob = await member(server.url, 'bob', { ttl: '600ms' })
    await bob.group.leave()
    await ann.group.broadcast('kept')
    await received(ann, 1)
    await server.cli('config', 'set', 'maxmemory', '1')
    const refused = await failure(ann.group.broadcast('refused'))
    expect(refused).toMatchObject({ code: 'SLUICE_REDIS_FULL', message: expect.stringContaining('memory') })
    const again = await member(server.url, 'bob', { ttl: '600ms' })
    await received(again, 1)
    expect(again.got).toEqual(['kept'])
    const key = 'sluice:{shops}:group-members'
    const until1 = Number(await server.cli('zscore', key, 'ann'))
    await until(
      async () => Number(await server.cli('zscore', key, 'ann')) > until1,
      () => 'a word of the member',
    )
    await membersAre(ann, ['ann', 'bob'])
    await server.cli('config', 'set', 'maxmemory', '0')
    await ann.group.broadcast('taken')
    await received(again, 2)
  })

  test('takes another password: it is named, without it, and nobody waits', async () => {
    const server = await TestRedis.start({ requirepass: 'right-password' })
    const refused = await failure(member(server.url, 'ann', { redis: { url: server.url, password: 'canary-4711' } }))
    expect(refused.code).toBe('SLUICE_REDIS_AUTH_REFUSED')
    expect(refused.message).not.toContain('canary')
  })

  test('does not permit a command: it is named when somebody joins', async () => {
    const server = await TestRedis.start({ user: 'ann on >secret-4711 ~sluice:* &* +@all -xadd' })
    const redis = { url: server.url, username: 'ann', password: 'secret-4711' }
    expect(await failure(member(server.url, 'ann', { redis }))).toMatchObject({
      code: 'SLUICE_REDIS_NOT_PERMITTED',
      message: expect.stringContaining('XADD'),
    })
  })

  test('does not permit to listen to the channel: it is named, with what permits it', async () => {
    const server = await TestRedis.start({ user: 'ann on >secret-4711 ~sluice:* &sluice:* +@all -subscribe' })
    const redis = { url: server.url, username: 'ann', password: 'secret-4711' }
    expect(await failure(member(server.url, 'ann', { redis, delivery: 'at-most-once' }))).toMatchObject({
      code: 'SLUICE_REDIS_NOT_PERMITTED',
      message: expect.stringMatching(/SUBSCRIBE with the channel "sluice:\{shops\}:group-channel".* \+subscribe &/),
    })
  })

  test('throws away what is stored when it is full: it is refused, with the setting', async () => {
    const { url } = await TestRedis.start({ 'maxmemory-policy': 'allkeys-lru' })
    expect((await failure(member(url, 'ann'))).code).toBe('SLUICE_REDIS_EVICTS')
  })

  test('has something else under a key of ours: members are told, and what is wrong is named', async () => {
    const server = await TestRedis.start()
    await server.cli('set', 'sluice:{shops}:group-messages', 'x')
    expect((await failure(member(server.url, 'ann'))).code).toBe('SLUICE_REDIS_WRONG_TYPE')
  })

  test('is a cluster: all of a group is at one server', async () => {
    const nodes = await startCluster()
    const cluster = nodes.map(({ port }) => `127.0.0.1:${port}`)
    const redis = { url: undefined, cluster }
    for (const delivery of ['at-least-once', 'at-most-once'] as const) {
      const options = { redis, delivery, name: `shops-${delivery}` }
      const ann = await member('', 'ann', options)
      const bob = await member('', 'bob', options)
      for (const n of numbers(10)) await ann.group.broadcast(n)
      for (const one of [ann, bob]) {
        await received(one, 10)
        expect(one.got).toEqual(numbers(10))
      }
      await membersAre(ann, ['ann', 'bob'])
    }
  })

  test('fails over to a replica: the members go on there, and all that is confirmed afterwards arrives in order', async () => {
    const { servers, sentinels } = await startWatched(2)
    const redis = { url: undefined, sentinels: sentinels.map(({ port }) => `127.0.0.1:${port}`), name: 'orders' }
    const ann = await member('', 'ann', { redis, timeout: '30s' })
    const bob = await member('', 'bob', { redis })
    for (const n of numbers(10)) await ann.group.broadcast(n)
    await received(bob, 10)
    await servers[0]!.kill()
    for (const n of numbers(10, 10)) await ann.group.broadcast(n)
    await until(
      () => bob.got.includes(19),
      () => `the last one: ${JSON.stringify(bob.got)}:\n${bob.log.lines.join('\n')}`,
    )
    expect(bob.got.filter((n) => Number(n) >= 10)).toEqual(numbers(10, 10))
    await membersAre(bob, ['ann', 'bob'])
  })

  test('is killed, and comes back: who listens at most once listens again, and never gets what was sent meanwhile', async () => {
    const server = await TestRedis.start()
    const options = { delivery: 'at-most-once', ttl: '600ms' } as const
    const ann = await member(server.url, 'ann', options)
    await ann.group.broadcast('first')
    await received(ann, 1)
    await server.kill()
    expect((await failure(ann.group.broadcast('lost'))).code).toMatch(
      /^SLUICE_(?:REDIS_UNREACHABLE|GROUP_NOT_CONFIRMED)$/,
    )
    await server.restart()
    await until(
      async () => {
        await ann.group.broadcast('last').catch(() => undefined)
        return ann.got.includes('last')
      },
      () => 'a message',
    )
    expect(ann.got).not.toContain('lost')
  })
})
