import { createServer } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startAdmin } from '../../src/daemon/admin.ts'
import { adminApp } from '../../src/daemon/admin-app.ts'
import type { PipelineStatus } from '../../src/daemon/status.ts'
import { collectingLog } from './collecting.ts'

const RUNNING: PipelineStatus = {
  name: 'payments',
  state: 'running',
  opening: [],
  awaited: [],
  queued: 3,
  inFlight: 2,
  unacked: 7,
  oldestUnackedMs: 12,
  circuits: [],
  parked: 0,
  lettersPending: 0,
  letters: null,
  overflows: [],
  pairs: [],
  restarts: 0,
  startsAgainInMs: null,
  takes: true,
  paused: [],
  group: null,
  nodes: { ingress: 'working' },
  troubles: [],
}

const metrics = () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', text: 'x 1\n' })

function app(...pipelines: readonly PipelineStatus[]) {
  return adminApp({ log: collectingLog(), statuses: () => pipelines, troubles: () => [], metrics })
}

test('/health says that a pipeline is degraded whose overflow does not get on; it still lives', async () => {
  const overflow = {
    from: 'ingress',
    to: null,
    state: 'opening',
    stored: 0,
    storedParts: 0,
    storedBytes: 0,
    owner: null,
    limitBytes: null,
    unacked: 0,
    oldestStoredMs: null,
    waiting: 5,
    dropped: {},
    trouble: 'the disk is full',
  } as const
  const response = await app(RUNNING, { ...RUNNING, overflows: [overflow] }).request('/health')
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ status: 'degraded' })
})

test('/health answers 200 with the state of each pipeline, also while one has failed', async () => {
  const failed = { ...RUNNING, name: 'orders', state: 'failed' as const, oldestUnackedMs: null }
  const response = await app(RUNNING, failed).request('/health')
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ status: 'ok', pipelines: [RUNNING, failed], troubles: [] })
})

test.each([
  ['running', 200],
  ['finished', 200],
  ['created', 503],
  ['starting', 503],
  ['draining', 503],
  ['failed', 503],
] as const)('/ready of a pipeline that is %s answers %i', async (state, status) => {
  const response = await app(RUNNING, { ...RUNNING, name: 'orders', state }).request('/ready')
  expect(response.status).toBe(status)
  const body = (await response.json()) as { status: string; pipelines: unknown[] }
  expect(body.status).toBe(status === 200 ? 'ready' : 'not ready')
  expect(body.pipelines).toHaveLength(2)
})

test('any other path is a 404 as JSON that says what there is', async () => {
  const response = await app(RUNNING).request('/nope')
  expect(response.status).toBe(404)
  expect(await response.json()).toEqual({
    code: 'SLUICE_ADMIN_NOT_FOUND',
    message: 'there is nothing at /nope',
    hint: 'ask for /health, /ready, /metrics, or /api/pipelines/<name>/recording, …/dead-letters, …/pause or …/resume',
  })
})

test('another method is a 405 that says which it answers', async () => {
  const response = await app(RUNNING).request('/ready', { method: 'POST' })
  expect(response.status).toBe(405)
  expect(response.headers.get('allow')).toBe('GET, HEAD')
  expect(await response.json()).toMatchObject({ code: 'SLUICE_ADMIN_METHOD' })
})

test('a failure inside is a 500 as JSON without a stack; the log has it', async () => {
  const log = collectingLog()
  const broken = adminApp({
    log,
    metrics,
    troubles: () => [],
    statuses: () => {
      throw new Error('broken inside')
    },
  })
  const response = await broken.request('/health')
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('broken inside')
  expect(log.lines[0]?.message).toContain('broken inside')
})

describe('with a token', () => {
  const TOKEN = 'a-token-of-enough-characters'
  const guarded = adminApp(
    { log: collectingLog(), statuses: () => [RUNNING, { ...RUNNING, state: 'failed' }], troubles: () => [], metrics },
    TOKEN,
  )
  const bearing = (authorization: string) => ({ headers: { authorization } })

  test.each([
    ['/health', 200, { status: 'ok' }],
    ['/ready', 503, { status: 'not ready' }],
  ])('%s shows no more than its status to whoever has none', async (path, status, body) => {
    for (const init of [{}, bearing('Bearer wrong')]) {
      const response = await guarded.request(path, init)
      expect([response.status, await response.json()]).toEqual([status, body])
    }
  })

  test('whoever has it sees everything', async () => {
    const response = await guarded.request('/ready', bearing(`Bearer ${TOKEN}`))
    expect(await response.json()).toMatchObject({ status: 'not ready', pipelines: [RUNNING, { state: 'failed' }] })
  })

  test.each(['/nope', '/metrics', '/healthy', '/Health', '/health/', '/'])(
    '%s is a 401 without it, and says no more',
    async (path) => {
      const headers = ['', 'Bearer', `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, `Bearer ${TOKEN} x`, TOKEN]
      const answers = headers.map(async (authorization) => {
        const response = await guarded.request(path, bearing(authorization))
        expect([response.status, response.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
        return await response.text()
      })
      expect(new Set(await Promise.all(answers)).size).toBe(1)
      expect((await guarded.request(path)).status).toBe(401)
      expect((await guarded.request(path, bearing(`bearer ${TOKEN}`))).status).toBe(path === '/metrics' ? 200 : 404)
    },
  )
})

test('port 0 picks a free port of 127.0.0.1, which answers until it is closed', async () => {
  const admin = await startAdmin(
    { port: 0 },
    { log: collectingLog(), statuses: () => [RUNNING], troubles: () => [], metrics },
  )
  expect(admin.url).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d*$/)
  expect((await fetch(`${admin.url}/ready`)).status).toBe(200)
  expect((await fetch(`${admin.url}/ready`, { method: 'HEAD' })).status).toBe(200)
  await admin.close()
  await expect(fetch(`${admin.url}/ready`)).rejects.toThrow('fetch failed')
})

test('a port in use is refused with the port and the way out', async () => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  try {
    await expect(
      startAdmin({ port }, { log: collectingLog(), statuses: () => [], troubles: () => [], metrics }),
    ).rejects.toMatchObject({
      code: 'SLUICE_ADMIN_LISTEN_FAILED',
      message: `the admin server can't listen: something else listens on 127.0.0.1:${port}`,
    })
  } finally {
    other.close()
  }
})
