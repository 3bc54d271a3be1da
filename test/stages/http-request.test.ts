import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { batch } from '../../src/stages/batch.ts'
import definition, { httpRequest } from '../../src/stages/http-request.ts'
import { harness, type StageRun } from '../../src/testing/index.ts'
import { answer, sink, type Sink } from '../support/http-sink.ts'

const echo = (got: { text: string }, response: ServerResponse, index: number): void =>
  answer(200, { echo: JSON.parse(got.text) as unknown })(got as never, response, index)

const codes = ({ outcomes }: StageRun): string[] =>
  outcomes.map(({ outcome, error }) => (error as { code?: string } | undefined)?.code ?? outcome)

function start(
  server: Pick<Sink, 'url'>,
  { path = '/', ...options }: Record<string, unknown> = {},
  others: object = {},
): StageRun {
  const run = harness(definition, { options: { url: server.url + path, ...options }, ...others })
  run.grant(1_000)
  return run
}

describe('http-request: the answer', () => {
  test('becomes the data', async () => {
    const run = start(await sink(echo))
    await run.push([{ id: 1 }, 'two'])
    await run.until(() => run.acked.length === 2)
    expect(run.given).toEqual([{ echo: { id: 1 } }, { echo: 'two' }])
    await run.stop()
  })

  test('becomes a field of the data, which keeps the others, and what was given is not changed', async () => {
    const run = start(await sink(echo), { into: 'answer' })
    const given = { id: 1, answer: 'old' }
    await run.push([given])
    await run.until(() => run.acked.length === 1)
    expect(run.given).toEqual([{ id: 1, answer: { echo: { id: 1, answer: 'old' } } }])
    expect(given.answer).toBe('old')
    await run.stop()
  })

  test.each([
    ['application/json', '{"a":1}', { a: 1 }],
    ['application/problem+json; charset=utf-8', '[1]', [1]],
    ['text/plain', '{"a":1}', '{"a":1}'],
    ['application/json', '', null],
    ['text/html', 'ß€', 'ß€'],
  ])('of type %s with the body %s is %j', async (type, text, value) => {
    const run = start(await sink(answer(200, text, { 'content-type': type })))
    await run.push([1])
    await run.until(() => run.acked.length === 1)
    expect(run.given).toEqual([value])
    await run.stop()
  })

  test('of 204 is null', async () => {
    const run = start(await sink(answer(204)), { into: 'answer' })
    await run.push([{}])
    await run.until(() => run.acked.length === 1)
    expect(run.given).toEqual([{ answer: null }])
    await run.stop()
  })

  test.each([['text'], [null], [[1]]])('has no place in %j: that message fails, and others go on', async (data) => {
    const run = start(await sink(echo), { into: 'answer' })
    await run.push([data, {}])
    await run.until(() => run.pending.length === 0)
    expect(codes(run)).toEqual(['SLUICE_REQUEST_MERGE', 'acked'])
    await run.stop()
  })

  test('to a batch is a list, of which each part gets its own', async () => {
    const server = await sink((got, response, index) =>
      answer(
        200,
        (JSON.parse(got.text) as { n: number }[]).map(({ n }) => n * 10),
      )(got, response, index),
    )
    const run = harness(httpRequest<unknown, unknown>({ url: server.url, into: 'tenfold' }), {
      before: [batch({ size: 3 })],
    })
    run.grant(1_000)
    await run.push([{ n: 1 }, { n: 2 }, { n: 3 }])
    await run.until(() => run.acked.length === 3)
    expect(run.given).toEqual([
      [
        { n: 1, tenfold: 10 },
        { n: 2, tenfold: 20 },
        { n: 3, tenfold: 30 },
      ],
    ])
    expect(server.requests).toHaveLength(1)
    await run.stop()
  })

  test('to a batch that is no list of as many fails it', async () => {
    const run = start(await sink(answer(200, [1])), { into: 'answer' }, { before: [batch({ size: 2 })] })
    await run.push([{}, {}])
    await run.until(() => run.pending.length === 0)
    expect(codes(run)).toEqual(['SLUICE_REQUEST_MERGE', 'SLUICE_REQUEST_MERGE'])
    await run.stop()
  })

  test.each([
    ['a number', '{"id":12345678901234567890}', 'SLUICE_INPUT_NUMBER_INEXACT'],
    ['its depth', `${'['.repeat(2_000)}${']'.repeat(2_000)}`, 'SLUICE_INPUT_TOO_DEEP'],
  ])('that could not be kept as it is, for %s, fails its message', async (_what, text, code) => {
    const run = start(await sink(answer(200, text, { 'content-type': 'application/json' })), { into: 'answer' })
    await run.push([{}])
    await run.until(() => run.failed.length === 1)
    expect(codes(run)).toEqual([code])
    await run.stop()
  })

  test('with many fields, and long ones, is as good as any', async () => {
    const value = Object.fromEntries(Array.from({ length: 20_000 }, (_, nth) => [`${'k'.repeat(300)}${nth}`, nth]))
    const run = start(await sink(answer(200, value)), { maxAnswer: '16MiB' })
    await run.push([1])
    await run.until(() => run.acked.length === 1)
    expect(run.given).toEqual([value])
    await run.stop()
  })

  test('that is larger than `maxAnswer` fails its message', async () => {
    const server = await sink((got, response, index) =>
      answer(200, 'x'.repeat(index === 0 ? 1_025 : 1_024))(got, response, index),
    )
    const run = start(server, { maxAnswer: '1KiB' })
    await run.push([1, 2])
    await run.until(() => run.pending.length === 0)
    expect(codes(run)).toEqual(['SLUICE_REQUEST_ANSWER_TOO_LARGE', 'acked'])
    await run.stop()
  })

  test('comes in the order of the messages, also where a later one is there first', async () => {
    const held: ServerResponse[] = []
    const server = await sink((got, response) => {
      held.push(response)
      if (held.length < 4) return
      for (const [index, each] of held.toReversed().entries()) answer(200, String(index))(got, each, index)
    })
    const run = start(server, { body: 'data' }, { settings: { concurrency: 4 } })
    await run.push([0, 1, 2, 3])
    await run.until(() => run.acked.length === 4)
    expect(run.given).toEqual(['3', '2', '1', '0'])
    await run.stop()
  })
})

describe('http-request: what is asked', () => {
  test('is a path and a query of the message, and nothing of it leads elsewhere', async () => {
    const server = await sink(answer(200, {}))
    const run = start(server, {
      path: '/users/{id}/orders/{order}?v=1',
      params: { id: 'data.id', order: 'data.order' },
      query: { q: 'data.q', none: 'data.none' },
      method: 'GET',
    })
    await run.push([
      { id: 7, order: 'a b', q: 'x&y=z' },
      { id: '../admin?x#y', order: '%2e%2e', q: true },
    ])
    await run.until(() => run.acked.length === 2)
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /users/7/orders/a%20b?v=1&q=x%26y%3Dz',
      'GET /users/..%2Fadmin%3Fx%23y/orders/%252e%252e?v=1&q=true',
    ])
    expect(server.requests[0]!.text).toBe('')
    expect(server.requests[0]!.headers['idempotency-key']).toBeUndefined()
    await run.stop()
  })

  test.each([[''], ['.'], ['..'], [undefined], [{}], ['\ud800']])(
    'for %j there is no path: the message fails, and nothing is sent',
    async (id) => {
      const server = await sink(answer(200, {}))
      const run = start(server, { path: '/users/{id}', params: { id: 'data.id' }, method: 'GET' })
      await run.push([{ id }])
      await run.until(() => run.pending.length === 0)
      expect(codes(run)).toEqual(['SLUICE_REQUEST_INVALID'])
      expect(server.requests).toEqual([])
      await run.stop()
    },
  )

  test('is a body by expressions, with the key by which the server can tell it from another', async () => {
    const server = await sink(echo)
    const run = start(server, { body: { id: 'data.id', who: '"sluice"' }, method: 'PUT' })
    await run.push([{ id: 1, secret: 'not sent' }], { id: 'orders:1' })
    await run.until(() => run.acked.length === 1)
    expect(server.requests[0]).toMatchObject({ method: 'PUT', text: '{"id":1,"who":"sluice"}\n' })
    expect(server.requests[0]!.headers['idempotency-key']).toBe('orders:1')
    await run.stop()
  })

  test.each([
    [{ url: 'http://a/{id}' }, 'nothing says what it is'],
    [{ url: 'http://a/', params: { id: 'data' } }, 'has no {id}'],
    [{ url: 'http://a/?q={id}' }, 'as `query`'],
    [{ url: 'http://a/{id-1}' }, 'in letters and digits'],
    [{ url: 'http://{host}/' }, 'no parameter stands in the host'],
    [{ url: 'http://a/', method: 'GET', body: 'data' }, 'no body'],
    [{ url: 'http://a/', into: '__proto__' }, 'every object inherits it'],
  ])('options %j are refused', (given, told) => {
    expect(JSON.stringify(definition.options.safeParse(given).error?.issues)).toContain(told)
  })
})
