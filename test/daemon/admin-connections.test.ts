import { connect, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { startAdmin, type AdminOptions, type AdminServer } from '../../src/daemon/admin.ts'
import { RawClient } from '../support/http-client.ts'
import { collectingLog } from './collecting.ts'

const running: AdminServer[] = []
const sockets: Socket[] = []

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  for (const server of running.splice(0)) await server.close()
})

async function admin(options: Partial<AdminOptions> = {}): Promise<AdminServer> {
  const server = await startAdmin(
    { port: 0, ...options },
    { log: collectingLog(), statuses: () => [], troubles: () => [], metrics: () => Promise.reject(new Error('none')) },
  )
  running.push(server)
  return server
}

/** What is answered to a request, byte by byte; the connection is closed behind it. */
function answerTo(url: string, head: string): Promise<string> {
  return new RawClient(url).write(`${head.replaceAll('\n', '\r\n')}\r\nConnection: close\r\n\r\n`).closed
}

test('no answer may be kept, framed, sniffed, or read by another origin', async () => {
  const { url } = await admin()
  for (const [path, status] of [
    ['/health', 200],
    ['/nope', 404],
  ] as const) {
    const { status: answered, headers } = await fetch(url + path)
    expect(answered).toBe(status)
    expect(Object.fromEntries(headers)).toMatchObject({
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    })
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
  }
})

test('two Host headers are a 400, which node:http would take', async () => {
  const { url } = await admin()
  const answer = await answerTo(url, 'GET /health HTTP/1.1\nHost: localhost\nHost: localhost')
  expect(answer).toMatch(/^HTTP\/1\.1 400 .*SLUICE_ADMIN_HOST_INVALID/s)
})

test('a page whose name was made to point here is refused with the same headers, and so is a preflight', async () => {
  const { url } = await admin()
  const rebound = await answerTo(url, 'GET /health HTTP/1.1\nHost: evil.example')
  expect(rebound).toMatch(/^HTTP\/1\.1 421 .*content-security-policy.*--admin-allow-host/s)
  const preflight = await answerTo(url, 'OPTIONS /health HTTP/1.1\nHost: localhost\nOrigin: http://evil.example')
  expect(preflight).toMatch(/^HTTP\/1\.1 403 .*SLUICE_ADMIN_ORIGIN_REFUSED/s)
  expect(preflight.toLowerCase()).not.toContain('access-control')
})

test('a name that is allowed is answered', async () => {
  const { url } = await admin({ allowHosts: ['sluice.example'] })
  expect(await answerTo(url, 'GET /health HTTP/1.1\nHost: sluice.example')).toMatch(/^HTTP\/1\.1 200 /)
})

test('where it listens on all addresses it says one that can be asked', async () => {
  const { url } = await admin({ host: '0.0.0.0', token: 'a-token-of-enough-characters' })
  expect(url).toMatch(/^http:\/\/127\.0\.0\.1:/)
  expect(await (await fetch(`${url}/health`)).json()).toEqual({ status: 'ok' })
})

test('headers of more than 16 KB are a 431', async () => {
  const { url } = await admin()
  const answer = await answerTo(url, `GET /health HTTP/1.1\nHost: localhost\nX: ${'x'.repeat(20_000)}`)
  expect(answer).toMatch(/^HTTP\/1\.1 431 .*SLUICE_HTTP_HEADERS_TOO_LARGE/s)
})

test('a thousand connections that say nothing keep nobody from being answered, nor the server from closing', async () => {
  const server = await admin()
  const { hostname, port } = new URL(server.url)
  const silent = Array.from({ length: 1000 }, () => connect(Number(port), hostname).on('error', () => {}))
  sockets.push(...silent)
  await Promise.all(silent.map((socket) => once(socket, 'connect')))
  expect((await fetch(`${server.url}/health`)).status).toBe(200)
  await server.close()
  await expect(fetch(`${server.url}/health`)).rejects.toThrow('fetch failed')
})
