import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import definition, { http } from '../../src/consumers/http.ts'
import { http as httpDoor } from '../../src/producers/http.ts'
import { batch } from '../../src/stages/batch.ts'
import { harness, type ConsumerRun } from '../../src/testing/index.ts'
import { answer, sink, type Sink } from '../support/http-sink.ts'

const texts = ({ requests }: Sink): string[] => requests.map(({ text }) => text)
const codes = ({ outcomes }: ConsumerRun): string[] =>
  outcomes.map(({ outcome, error }) => (error as { code?: string } | undefined)?.code ?? outcome)

describe('http: what it sends', () => {
  test('each message is a request with its data as JSON, acked by a 2xx', async () => {
    const server = await sink()
    const run = harness(http({ url: `${server.url}/payments?source=sluice` }))
    await run.push([{ id: 1 }, 'two', [3]])
    await run.until(() => run.acked.length === 3)
    expect(server.requests.map(({ method, path, text }) => `${method} ${path} ${text}`)).toEqual([
      'POST /payments?source=sluice {"id":1}\n',
      'POST /payments?source=sluice "two"\n',
      'POST /payments?source=sluice [3]\n',
    ])
    expect(server.requests[0]!.headers['content-type']).toBe('application/json')
    await run.stop()
  })

  test('a batch is one request, with its parts as an array or as lines', async () => {
    const server = await sink()
    for (const body of ['json', 'ndjson'] as const) {
      const run = harness(http({ url: server.url, body }), { before: [batch({ size: 2 })] })
      await run.push([1, [2], 3, 4])
      await run.until(() => run.acked.length === 4)
      await run.stop()
    }
    expect(texts(server).map((text) => text.replaceAll('\n', '|'))).toEqual(['[1,[2]]', '[3,4]', '1|[2]|', '3|4|'])
    expect(server.requests.map(({ headers }) => headers['content-type'])).toEqual([
      'application/json',
      'application/json',
      'application/x-ndjson',
      'application/x-ndjson',
    ])
  })

  test('with `per: call` a request has what the call brings, at most `callSize`', async () => {
    const server = await sink()
    const run = harness(http({ url: server.url, per: 'call' }), { settings: { callSize: 3 } })
    await run.push([1, 2, 3, 4, 5])
    await run.until(() => run.acked.length === 5)
    expect(texts(server).flatMap((text) => JSON.parse(text) as number[])).toEqual([1, 2, 3, 4, 5])
    expect(server.requests.length).toBeLessThan(5)
    await run.stop()
  })

  test('connections are kept alive, and no more requests are under way than `concurrency` says', async () => {
    const open: ServerResponse[] = []
    const server = await sink((_got, response) => void open.push(response))
    const run = harness(http({ url: server.url }), { settings: { concurrency: 4 } })
    await run.push(Array.from({ length: 20 }, (_, n) => n))
    for (let round = 0; round < 5; round++) {
      await run.until(() => open.length === 4)
      for (const response of open.splice(0)) response.writeHead(204).end()
    }
    await run.until(() => run.acked.length === 20)
    // The client lets a connection rest for a turn of the loop, and takes another one meanwhile.
    expect(server.connections).toBeLessThanOrEqual(8)
    await run.stop()
  })

  test('data that JSON cannot say fails by itself, and is sent nowhere', async () => {
    const server = await sink()
    const run = harness(http({ url: server.url }), { before: [batch({ size: 3 })] })
    await run.push([1, 2n, 3])
    await run.until(() => run.pending.length === 0)
    expect(codes(run)).toEqual(['acked', 'SLUICE_OUTPUT_NOT_JSON', 'acked'])
    expect(JSON.parse(texts(server)[0]!)).toEqual([1, 3])
    await run.stop()
  })
})

describe('http: headers', () => {
  const headers = { 'X-Source': 'sluice', 'content-type': 'application/vnd.example+json' }

  test('are fixed ones and those of the message; what gives nothing is left out', async () => {
    const server = await sink()
    const headersFrom = { 'X-Tenant': 'data.tenant', 'X-Trace': 'headers.trace', 'X-Count': 'data.count' }
    const run = harness(definition, { options: { url: server.url, headers, headersFrom } })
    await run.push([{ tenant: 'blue', count: 3 }], { headers: { trace: 'abc' } })
    await run.push([{ tenant: null }])
    await run.until(() => run.acked.length === 2)
    const [first, second] = server.requests.map((request) => request.headers)
    expect(first).toMatchObject({
      'x-source': 'sluice',
      'content-type': 'application/vnd.example+json',
      'x-tenant': 'blue',
      'x-trace': 'abc',
      'x-count': '3',
    })
    expect(Object.keys(second!).filter((name) => /tenant|trace|count/.test(name))).toEqual([])
    await run.stop()
  })

  test.each([['a\r\nX-Admin: 1'], ['a\nb'], ['a\0'], ['€'], [{}], [[1]]])(
    'a header that %j would make fails its message, and nothing is sent',
    async (tenant) => {
      const server = await sink()
      const run = harness(definition, { options: { url: server.url, headersFrom: { 'X-Tenant': 'data.tenant' } } })
      await run.push([{ tenant }, { tenant: 'good' }])
      await run.until(() => run.pending.length === 0)
      expect(codes(run)).toEqual(['SLUICE_REQUEST_INVALID', 'acked'])
      expect(server.requests).toHaveLength(1)
      await run.stop()
    },
  )

  test.each([
    [{ url: 'ftp://example.com' }, 'begin with http://'],
    [{ url: 'http://me:secret@127.0.0.1' }, 'give them as `auth`'],
    [{ headers: { 'X-A': 'a\r\nb' } }, 'line breaks'],
    [{ headers: { 'X A': 'a' } }, 'name of a header'],
    [{ headers: { Host: 'a' } }, 'sets this header itself'],
    [{ headers: { 'x-a': 'a' }, headersFrom: { 'X-A': 'data' } }, 'set already'],
    [{ headers: { authorization: 'a' }, auth: { bearer: 'token' } }, 'set already'],
    [{ idempotencyKey: 'Content-Type' }, 'what the body is'],
    [{ auth: { header: { name: 'content-type', value: 'a' } } }, 'what the body is'],
    [{ headersFrom: { 'X-A': 'data' }, per: 'call' }, 'per: message'],
    [{ auth: { bearer: 'a', basic: 'b:c' } }, 'one of `bearer`'],
    [{ allow: ['10.0.0.0/33'] }, 'up to 32'],
    [{ allow: ['example.com'] }, 'range of addresses'],
    [{ results: {} }, 'one of `failed`'],
    [{ statuses: { 100: 'accepted' } }, 'status from 200'],
  ])('options %j are refused, and no secret is repeated', (given, told) => {
    const parsed = definition.options.safeParse({ url: 'http://127.0.0.1:1', ...given })
    const words = parsed.error?.issues.map((issue) => JSON.stringify(issue)).join() ?? 'taken'
    expect(words).toContain(told)
    expect(words).not.toContain('secret@')
  })
})

describe('http: the key by which a repeated request is told', () => {
  const keysOf = ({ requests }: Sink): unknown[] => requests.map((request) => request.headers['idempotency-key'])

  test('is the id of the message, and the same when it is tried again', async () => {
    const server = await sink((got, response, index) => answer(index === 0 ? 503 : 204)(got, response, index))
    const run = harness(http({ url: server.url }))
    await run.push([1], { id: 'orders:17' })
    await run.until(() => server.requests.length === 1)
    await run.advance(10_000)
    await run.until(() => run.acked.length === 1)
    expect(keysOf(server)).toEqual(['orders:17', 'orders:17'])
    await run.stop()
  })

  test('of an id that no header can hold is its hash; its name can be chosen', async () => {
    const server = await sink()
    const run = harness(http({ url: server.url, idempotencyKey: 'X-Request-Id' }))
    await run.push([1], { id: 'file:/tmp/größe a.csv' })
    await run.until(() => run.acked.length === 1)
    expect(server.requests[0]!.headers['x-request-id']).toMatch(/^[\w-]{43}$/)
    await run.stop()
  })

  test('of several values is one of them all, in their order, and the same when they are tried again', async () => {
    const server = await sink((got, response, index) => answer(index === 0 ? 429 : 204)(got, response, index))
    const run = harness(http({ url: server.url }), { before: [batch({ size: 3 })] })
    await run.push([1, 2, 3, 1, 2, 3])
    await run.until(() => server.requests.length === 1)
    await run.advance(10_000)
    await run.until(() => run.acked.length === 6)
    const [first, again, other] = keysOf(server)
    expect(first).toMatch(/^[\w-]{43}$/)
    expect(again).toBe(first)
    expect(other).not.toBe(first)
    await run.stop()
  })
})

test('http: a door of ours says of each value of a list what became of it, and takes the key of the request as its own', async () => {
  const door = harness(httpDoor({ port: 0 }))
  await door.ask(100)
  const { url } = door.log.find(({ message }) => message.startsWith('listening on '))!.fields as { url: string }
  const run = harness(http({ url, results: { failed: 'failed' } }), { before: [batch({ size: 3 })] })
  await run.push([1, 2, 3])
  await door.until(() => door.given.length === 3)
  await run.until(() => run.acked.length === 3)
  expect(door.given).toEqual([1, 2, 3])
  expect(door.givenMessages[0]!.id).toMatch(/^http:[\w-]{43}#0$/)
  await run.stop()
  await door.stop()
})
