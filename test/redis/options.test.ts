import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { addressOf, readUrl, redisOptions, secretsOf } from '../../src/redis/options.ts'

const messagesOf = (given: object): string[] =>
  (redisOptions.safeParse(given).error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)

describe('options', () => {
  test('nothing is a server on this machine', () => {
    const parsed = redisOptions.parse({})
    expect(parsed).toEqual({ connectTimeout: 5000, commandTimeout: 2000 })
    expect(addressOf(parsed)).toBe('127.0.0.1:6379')
  })

  test.each([
    ['redis://cache', { address: { host: 'cache', port: 6379 }, hasTls: false }],
    ['redis://cache:7000/3', { address: { host: 'cache', port: 7000 }, hasTls: false, db: 3 }],
    ['rediss://[::1]:7000', { address: { host: '::1', port: 7000 }, hasTls: true }],
    ['redis://:p%40ss@cache', { address: { host: 'cache', port: 6379 }, hasTls: false, password: 'p@ss' }],
    ['redis://ann:p%2Fw@h/0', { address: { host: 'h', port: 6379 }, hasTls: false, username: 'ann', password: 'p/w' }],
  ])('%s is read', (text, parts) => {
    expect(readUrl(text)).toEqual(parts)
  })

  test.each([
    [{ url: 'http://cache' }, 'url: begin with redis://, or with rediss:// for TLS'],
    [{ url: 'redis://cache/three' }, 'url: behind the "/" stands the number of a database'],
    [{ url: 'redis://cache?tls=1' }, 'url: nothing may follow the number of the database: options stand beside `url`'],
    [{ url: 'redis://ann@cache' }, 'url: a user needs a password'],
    [{ url: 'redis://cache', cluster: ['a'] }, 'url: give one of `url`, `sentinels` and `cluster`'],
    [{ url: 'redis://cache/1', db: 2 }, 'db: `url` has this already: give it once'],
    [{ url: 'redis://cache', tls: {} }, 'tls: write the `url` as rediss://, so that TLS is used'],
    [{ sentinels: ['a:1'] }, 'name: the name of the master that the Sentinels watch is missing'],
    [{ name: 'orders' }, 'name: this belongs to `sentinels`'],
    [{ cluster: ['a'], db: 1 }, 'db: a cluster has no other database than 0'],
    [{ cluster: ['redis://a'] }, 'cluster.0: write a host and a port, such as "10.0.0.1:6379"'],
    [{ cluster: ['a:70000'] }, 'cluster.0: write a host and a port, such as "10.0.0.1:6379"'],
    [{ username: 'ann' }, 'username: a user needs a password'],
    [{ tls: { cert: 'a.pem' } }, 'tls: `cert` and `key` belong together: give both'],
    [{ commandTimeout: '1ms' }, 'commandTimeout: must be at least "50ms"'],
  ])('%o is refused with its place', (given, message) => {
    expect(messagesOf(given)).toContain(message)
  })

  test('addresses may have a port, and be of IPv6', () => {
    const { cluster } = redisOptions.parse({ cluster: ['a', 'b:1', '::1', '[::1]:2'] })
    expect(cluster).toEqual([
      { host: 'a', port: 6379 },
      { host: 'b', port: 1 },
      { host: '::1', port: 6379 },
      { host: '::1', port: 2 },
    ])
  })

  test.each([
    { url: 'redis://ann:CANARY@cache/x' },
    { url: 'redis://ann:CANARY@cache:port' },
    { url: 'redis://ann:CANARY%@cache' },
    { url: 'ann:CANARY@cache' },
    { cluster: ['ann:CANARY@cache'] },
    { url: 'redis://ann:CANARY@cache', password: 'CANARY' },
    { password: 'CANARY', username: '' },
  ])('what is wrong is told without the password: %#', (given) => {
    const { error } = redisOptions.safeParse(given)
    expect(error?.issues.length).toBeGreaterThan(0)
    expect(error?.issues.map(({ message }) => message).join()).not.toContain('CANARY')
    expect(inspect(error)).not.toContain('CANARY')
  })

  test('an address for people has no user and no password; what is secret is known', () => {
    const parsed = redisOptions.parse({ url: 'rediss://ann:p%40ss@cache:7000/3' })
    expect(addressOf(parsed)).toBe('cache:7000')
    expect(secretsOf(parsed)).toEqual(['p@ss', 'p%40ss'])
    const watched = redisOptions.parse({
      sentinels: ['a', 'b:1'],
      name: 'orders',
      password: 'x',
      sentinelPassword: 'y',
    })
    expect(addressOf(watched)).toBe('master "orders" of the Sentinels a:26379, b:1')
    expect(secretsOf(watched)).toEqual(['x', 'y'])
  })
})
