import { describe, expect, test } from 'vitest'
import { batch } from '../../src/stages/batch.ts'
import definition, { httpRequest } from '../../src/stages/http-request.ts'
import { unbatch } from '../../src/stages/unbatch.ts'
import { harness, type StageRun } from '../../src/testing/index.ts'
import { answer, rawSink, sink, type Sink } from '../support/http-sink.ts'

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

describe('http-request: failures', () => {
  test('404 is of the message where the path is made of it, and of the place where it is not', async () => {
    const server = await sink((got, response, index) => answer(index === 0 ? 404 : 200, {})(got, response, index))
    const run = start(server, { path: '/users/{id}', params: { id: 'data' }, method: 'GET' })
    await run.push([1])
    await run.until(() => run.pending.length === 0)
    expect(codes(run)).toEqual(['SLUICE_REQUEST_REJECTED'])
    await run.stop()
    server.requests.length = 0
    const fixed = start(server, { method: 'GET' })
    await fixed.push([1])
    await fixed.until(() => server.requests.length === 1)
    await fixed.advance(10_000)
    await fixed.until(() => fixed.acked.length === 1)
    await fixed.stop()
  })

  test('an answer that is not the JSON that it says it is loses nothing: it is asked for again', async () => {
    const server = await sink((got, response, index) =>
      answer(200, index === 0 ? '{"a":' : '{"a":1}', { 'content-type': 'application/json' })(got, response, index),
    )
    const run = start(server)
    await run.push([1])
    await run.until(() => server.requests.length === 1)
    await run.advance(10_000)
    await run.until(() => run.acked.length === 1)
    expect(run.given).toEqual([{ a: 1 }])
    await run.stop()
  })

  test.each([
    ['breaks off', (): boolean => true],
    ['never ends', (): boolean => false],
  ])('an answer whose body %s is asked for again', async (_what, ends) => {
    let connections = 0
    const server = await rawSink((socket) => {
      const isFirst = ++connections === 1
      socket.once('data', () => {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n${isFirst ? 'ab' : 'abcd'}`)
        if (isFirst && ends()) socket.end()
      })
    })
    const run = start(server, { timeout: '1s' })
    await run.push([1])
    for (let steps = 0; steps < 100 && run.pending.length > 0; steps++) await run.advance(200)
    expect(run.given).toEqual(['abcd'])
    expect(connections).toBe(2)
    await run.stop()
  })

  test('`health` is asked on the same server, and a message that fails while it says yes is found out', async () => {
    const server = await sink((got, response, index) =>
      answer(got.path === '/health' ? 200 : 503)(got, response, index),
    )
    const run = start(server, { path: '/in', health: '/health' }, { settings: { concurrency: 1 } })
    await run.push([1])
    for (let steps = 0; steps < 300 && run.pending.length > 0; steps++) await run.advance(1_000)
    expect(codes(run)).toEqual(['SLUICE_MESSAGE_SUSPECTED'])
    expect(server.requests.some(({ method, path }) => method === 'GET' && path === '/health')).toBe(true)
    await run.stop()
  })

  test('a batch that is taken apart again keeps what was said of each part', async () => {
    const server = await sink((got, response, index) =>
      answer(
        200,
        (JSON.parse(got.text) as number[]).map((n) => n + 1),
      )(got, response, index),
    )
    const run = harness(unbatch(), {
      before: [batch({ size: 2 }), httpRequest<unknown, unknown>({ url: server.url })],
      io: true,
    })
    run.grant(10)
    await run.push([1, 2, 3, 4])
    await run.until(() => run.acked.length === 4)
    expect(run.given).toEqual([2, 3, 4, 5])
    await run.stop()
  })
})
