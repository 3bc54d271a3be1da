import type { ServerResponse } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { HttpServer } from '../../../src/kit/http/server.ts'
import { RawClient } from '../../support/http-client.ts'
import { until } from '../../support/pipeline.ts'

const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'
const running: HttpServer[] = []

afterEach(async () => {
  for (const server of running.splice(0)) await server.stop()
})

/** A server of two connections that makes room for a third, and keeps its answers. */
async function small(): Promise<{ client: () => RawClient; responses: readonly ServerResponse[] }> {
  const responses: ServerResponse[] = []
  const server = new HttpServer({
    requestTimeoutMs: 30_000,
    connections: 2,
    makesRoom: true,
    serve: (_, response) => void responses.push(response),
    onBroken: () => {},
  })
  running.push(server)
  const port = await server.listen({ host: '127.0.0.1', port: 0 })
  return { client: () => new RawClient(`http://127.0.0.1:${port}`), responses }
}

test('room for another connection is made by closing one that is idle, though it is not the oldest', async () => {
  const { client, responses } = await small()
  const busy = client().write(REQUEST)
  await until(() => responses.length === 1, 'the first request')
  const idle = client()
  const last = client().write(REQUEST)
  expect(await idle.closed).toBe('')
  await until(() => responses.length === 2, 'the last request')
  for (const response of responses) response.end()
  await until(() => busy.status === 200 && last.status === 200, 'both answers')
})

test('where none is idle the oldest is closed', async () => {
  const { client, responses } = await small()
  const oldest = client().write(REQUEST)
  await until(() => responses.length === 1, 'the first request')
  const other = client().write(REQUEST)
  await until(() => responses.length === 2, 'the second request')
  client().write(REQUEST)
  expect(await oldest.closed).toBe('')
  responses[1]!.end()
  await until(() => other.status === 200, 'its answer')
})
