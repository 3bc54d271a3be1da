import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { http } from '../../src/consumers/http.ts'
import { harness } from '../../src/testing/index.ts'
import { deliver } from '../support/http-delivery.ts'
import { answer, sink, type Sink } from '../support/http-sink.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-secrets-'))
})
afterEach(() => rm(folder, { recursive: true }))

const sent = ({ requests }: Sink, name = 'authorization'): unknown[] => requests.map(({ headers }) => headers[name])

/** As a secret is renewed: the new file takes the place of the old one at once. */
async function write(text: string): Promise<string> {
  const path = join(folder, 'token')
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
  return path
}

describe('http: what it is known by', () => {
  test.each([
    [{ bearer: 'token-1' }, 'authorization', 'Bearer token-1'],
    [{ basic: 'me:pass:word' }, 'authorization', `Basic ${Buffer.from('me:pass:word').toString('base64')}`],
    [{ header: { name: 'X-Api-Key', value: 'token-1' } }, 'x-api-key', 'token-1'],
  ])('%j is sent with each request', async (auth, name, value) => {
    const server = await sink()
    await deliver({ url: server.url, auth }, [1, 2])
    expect(sent(server, name)).toEqual([value, value])
  })

  test('a file is read: its first line', async () => {
    const server = await sink()
    const file = await write('token-1\nnot this\n')
    await deliver({ url: server.url, auth: { bearer: { file } } }, [1])
    expect(sent(server)).toEqual(['Bearer token-1'])
  })

  test('a file that was renewed is read again when the server refuses what stood there, and nothing fails', async () => {
    const server = await sink((got, response, index) =>
      answer(got.headers.authorization === 'Bearer token-2' ? 204 : 401)(got, response, index),
    )
    const file = await write('token-1')
    const run = harness(http({ url: server.url, auth: { bearer: { file } } }))
    await run.push([])
    await write('token-2')
    await run.push([1])
    await run.until(() => run.acked.length === 1)
    expect(sent(server)).toEqual(['Bearer token-1', 'Bearer token-2'])
    await run.stop()
  })

  test('a file is looked at every ten seconds, and one that is gone meanwhile changes nothing', async () => {
    const server = await sink()
    const file = await write('token-1')
    const run = harness(http({ url: server.url, auth: { header: { name: 'X-Api-Key', value: { file } } } }))
    for (const step of [async () => {}, () => write('token-2'), () => rm(file), () => write('token-3')]) {
      await run.push([1])
      await run.until(() => run.pending.length === 0)
      await step()
      await run.push([2])
      await run.until(() => run.pending.length === 0)
      await run.advance(10_000)
    }
    await run.push([3])
    await run.until(() => run.pending.length === 0)
    expect(sent(server, 'x-api-key')).toEqual([
      ...Array<string>(4).fill('token-1'),
      ...Array<string>(4).fill('token-2'),
      'token-3',
    ])
    await run.stop()
  })

  test('a secret that the server refuses is of the place: it is asked once, and no message fails', async () => {
    const server = await sink(answer(401))
    const file = await write('token-1')
    const told = await deliver({ url: server.url, auth: { bearer: { file } } }, [1])
    expect(told.errors[0]).toMatchObject({ code: 'SLUICE_REQUEST_UNAUTHORIZED', kind: 'place' })
    expect(server.requests).toHaveLength(1)
  })

  test.each([
    ['is not there', undefined],
    ['is empty', '\n'],
    ['holds what no header can', 'ключ'],
  ])('a file that %s is told when it is opened', async (_what, text) => {
    const file = text === undefined ? join(folder, 'none') : await write(text)
    const run = harness(http({ url: 'http://127.0.0.1:1', auth: { bearer: { file } } }))
    await expect(run.push([1])).rejects.toMatchObject({ code: 'SLUICE_REQUEST_FILE' })
  })
})

describe('http: a secret', () => {
  const CANARY = 'canary-7f3a9c'
  const basic = `me:${CANARY}`
  const encoded = Buffer.from(basic).toString('base64')

  test.each([
    ['bearer', { auth: { bearer: CANARY } }],
    ['basic', { auth: { basic } }],
    ['header', { auth: { header: { name: 'X-Api-Key', value: CANARY } } }],
    ['query', {}],
    ['fixed header', { headers: { 'X-Session-Token': CANARY } }],
  ])('in %s stands in no error and no log, also where the server repeats all that it gets', async (_where, options) => {
    for (const status of [302, 400, 401, 503]) {
      const server = await sink((got, response, index) => {
        const location = `http://elsewhere.test/${CANARY}?key=${CANARY}`
        const isQuery = !('auth' in options || 'headers' in options)
        const echo = isQuery ? 'no' : JSON.stringify(got.headers)
        answer(status, echo, isQuery ? {} : { location })(got, response, index)
      })
      const told = await deliver({ url: `${server.url}/?key=${CANARY}`, ...options }, [1])
      const seen = inspect([told.errors, told.log], { depth: 20 })
      expect(seen).toContain(`answered with ${status}`)
      expect(seen).not.toContain(CANARY)
      expect(seen).not.toContain(encoded)
    }
  })

  test('stands in no error of an answer that says what became of each value', async () => {
    const server = await sink((got, response, index) =>
      answer(200, { failed: [{ index: 0, why: got.headers }] })(got, response, index),
    )
    const options = {
      url: server.url,
      auth: { bearer: CANARY },
      results: { failed: 'failed' },
      body: 'ndjson',
    } as const
    const told = await deliver(options, [1])
    expect(told.codes).toEqual(['SLUICE_REQUEST_REJECTED'])
    expect(inspect(told, { depth: 20 })).not.toContain(CANARY)
  })
})
