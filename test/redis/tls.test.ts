import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exitCodeOf, passes } from '../../src/redis/errors.ts'
import { selfSigned, type Certificate } from '../support/certificates.ts'
import { freePort, TestRedis } from '../support/redis-server.ts'
import { failure, open } from './connecting.ts'

const FAST = { connectTimeout: '500ms', commandTimeout: '500ms' }

/** A server that speaks TLS only. */
async function start({ cert, key }: Certificate, clients: 'yes' | 'no' = 'no'): Promise<TestRedis> {
  const files = { 'tls-cert-file': cert, 'tls-key-file': key, 'tls-ca-cert-file': cert, 'tls-auth-clients': clients }
  return await TestRedis.start({ port: 0, 'tls-port': await freePort(), ...files })
}

describe('TLS', () => {
  test('with the authority that is given', async () => {
    const own = await selfSigned()
    const { port } = await start(own)
    const redis = await open({ url: `rediss://127.0.0.1:${port}`, tls: { ca: own.cert } })
    expect(await redis.send('ping')).toBe('PONG')
  })

  test('a certificate that nobody trusts is refused, unless it is said not to matter', async () => {
    const { port } = await start(await selfSigned())
    const url = `rediss://127.0.0.1:${port}`
    const error = await failure(open({ url, ...FAST }))
    expect(error).toMatchObject({ code: 'SLUICE_REDIS_TLS_UNTRUSTED', cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } })
    expect(passes(error)).toBe(false)
    expect(exitCodeOf(error)).toBe(78)
    const redis = await open({ url, tls: { rejectUnauthorized: false } })
    expect(await redis.send('ping')).toBe('PONG')
  })

  test('a certificate for another name is refused, unless that name is given', async () => {
    const own = await selfSigned('cache', 'DNS:cache.example')
    const { port } = await start(own)
    const url = `rediss://127.0.0.1:${port}`
    expect((await failure(open({ url, tls: { ca: own.cert }, ...FAST }))).code).toBe('SLUICE_REDIS_TLS_NAME')
    const redis = await open({ url, tls: { ca: own.cert, servername: 'cache.example' } })
    expect(await redis.send('ping')).toBe('PONG')
  })

  test('a server that wants a certificate of the client', async () => {
    const own = await selfSigned()
    const { port } = await start(own, 'yes')
    const url = `rediss://127.0.0.1:${port}`
    // The server breaks the connection behind its alert, which may be gone with it.
    const error = await failure(open({ url, tls: { ca: own.cert }, ...FAST }))
    expect(error.code).toMatch(/^SLUICE_REDIS_(UNREACHABLE|TLS_FAILED)$/)
    const redis = await open({ url, tls: { ca: own.cert, cert: own.cert, key: own.key } })
    expect(await redis.send('ping')).toBe('PONG')
  })

  test('where only one of both speaks it, it is told', async () => {
    const { port } = await start(await selfSigned())
    const plain = await failure(open({ url: `redis://127.0.0.1:${port}`, ...FAST }))
    expect(plain.code).toMatch(/^SLUICE_REDIS_(UNREACHABLE|NOT_REDIS)$/)
    const server = await TestRedis.start()
    const secure = await failure(open({ url: `rediss://127.0.0.1:${server.port}`, ...FAST }))
    expect(secure.code).toMatch(/^SLUICE_REDIS_(UNREACHABLE|TLS_FAILED)$/)
  })

  test('a file that is not there, or is something else, is named', async () => {
    const { cert } = await selfSigned()
    const url = 'rediss://127.0.0.1:1'
    const missing = await failure(open({ url, tls: { ca: '/no/such/ca.pem' } }))
    expect(missing).toMatchObject({ code: 'SLUICE_REDIS_TLS_FILE', message: expect.stringContaining('`tls.ca`') })
    const other = join(cert, '..', 'other.pem')
    await writeFile(other, 'no certificate')
    const broken = await failure(open({ url, tls: { cert: other, key: other } }))
    expect(broken.code).toBe('SLUICE_REDIS_TLS_FILE')
  })
})
