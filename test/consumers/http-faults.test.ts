import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { http } from '../../src/consumers/http.ts'
import { harness, type ConsumerRun } from '../../src/testing/index.ts'
import { deliver, type Delivered } from '../support/http-delivery.ts'
import { answer, rawSink, sink } from '../support/http-sink.ts'

const codeOf = ({ codes, errors }: Delivered): unknown => [codes[0], errors[0]?.kind]

/** A port at which nobody listens. */
async function freePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Lets time pass in small steps, so that requests that begin meanwhile have their answers, until all is acked. */
async function untilAcked(run: ConsumerRun): Promise<void> {
  for (let steps = 0; steps < 200 && run.pending.length > 0; steps++) await run.advance(200)
  expect([run.pending, run.failed]).toEqual([[], []])
  await run.stop()
}

describe('http: a server that', () => {
  test('refuses is of the place, and nothing was sent', async () => {
    const told = await deliver({ url: `http://127.0.0.1:${await freePort()}/` }, [1])
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_UNREACHABLE', 'place'])
    expect(told.errors[0]!.message).toMatch(/^http:\/\/127.0.0.1:\d+\/: .*nothing was sent.*ECONNREFUSED/)
  })

  test('refuses, and is there later, gets the message then', async () => {
    const port = await freePort()
    const run = harness(http({ url: `http://127.0.0.1:${port}` }))
    await run.push([1])
    await run.advance(5_000)
    const server = await sink(answer(204), { port })
    await untilAcked(run)
    expect(server.requests.map(({ text }) => text)).toEqual(['1\n'])
  })

  test('hangs is given up on after `timeout`, and its connection is closed; the message comes again', async () => {
    const closed: number[] = []
    const server = await sink((got, response, index) => {
      response.on('close', () => closed.push(index))
      if (index > 0) answer(204)(got, response, index)
    })
    const run = harness(http({ url: server.url, timeout: '2s' }))
    await run.push([1])
    await run.until(() => server.requests.length === 1)
    await run.advance(1_900)
    expect(closed).toEqual([])
    await run.advance(200)
    await run.until(() => closed.includes(0))
    await untilAcked(run)
    const [first, second] = server.requests.map(({ headers }) => headers['idempotency-key'])
    expect(second).toBe(first)
  })

  test('hangs says so: whether it took the message is unknown', async () => {
    const server = await sink(() => {})
    const told = await deliver({ url: server.url, timeout: '50ms' }, [1])
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_TIMED_OUT', 'place'])
    expect(told.errors[0]!.message).toContain('within 50 ms; whether it took effect is unknown')
  })

  test.each([
    ['the `timeout` of its node is over', { settings: { timeout: '3s' } }, 3_500],
    ['the pipeline stops, and its time is over', { stopTimeoutMs: 4_000 }, 0],
  ])('hangs is let go of when %s', async (_when, options, waitsMs) => {
    let closed = 0
    const server = await sink((_got, response) => void response.on('close', () => closed++))
    const run = harness(http({ url: server.url, timeout: '1h' }), options)
    await run.push([1])
    await run.until(() => server.requests.length === 1)
    await run.advance(waitsMs)
    if (waitsMs === 0) await run.stop()
    await run.until(() => closed > 0)
    expect(run.acked).toEqual([])
    server.close()
    if (waitsMs > 0) await run.stop()
  })

  test('takes connections and says nothing at all is given up on as well', async () => {
    const server = await rawSink(() => {})
    expect((await deliver({ url: server.url, timeout: '50ms' }, [1])).codes).toEqual(['SLUICE_REQUEST_TIMED_OUT'])
  })

  test.each([
    ['before the answer', ''],
    ['after half a head', 'HTTP/1.1 200 OK\r\nContent-'],
  ])('resets the connection %s loses nothing', async (_when, text) => {
    let connections = 0
    const server = await rawSink((socket) => {
      const isFirst = ++connections === 1
      socket.once('data', () => {
        if (!isFirst) return socket.end('HTTP/1.1 204 No Content\r\n\r\n')
        if (text === '') socket.resetAndDestroy()
        else socket.write(text, () => socket.resetAndDestroy())
        return undefined
      })
    })
    const run = harness(http({ url: server.url }))
    await run.push([1])
    await untilAcked(run)
    expect(connections).toBe(2)
  })

  test('resets the connection says so: whether it took the message is unknown', async () => {
    const server = await rawSink((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const told = await deliver({ url: server.url }, [1])
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_LOST', 'place'])
    expect(told.errors[0]!.message).toContain('whether the request took effect is unknown')
  })

  test.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n'],
    ['a broken head', 'HTTP/1.1 200 OK\r\nno header\r\n\r\n'],
    ['bytes', '\0\u00ff\u0001'.repeat(100)],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc'],
  ])('answers %s is of the place', async (_what, text) => {
    const server = await rawSink((socket) => socket.once('data', () => socket.end(text, 'latin1')))
    expect(codeOf(await deliver({ url: server.url }, [1]))).toEqual(['SLUICE_REQUEST_ANSWER_INVALID', 'place'])
  })

  test('answers 200 with a body that never ends took the message: its status says so', async () => {
    const server = await rawSink((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nslow')),
    )
    expect((await deliver({ url: server.url, timeout: '50ms' }, [1])).codes).toEqual(['acked'])
  })

  test('answers 200 with a body that breaks off, or is endless, took the message too', async () => {
    for (const end of [true, false]) {
      const server = await rawSink((socket) => {
        socket.once('data', () => {
          socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n')
          const more = (): boolean => socket.write(`10000\r\n${'x'.repeat(65_536)}\r\n`)
          if (end) socket.end()
          else {
            socket.on('drain', more)
            more()
          }
        })
      })
      expect((await deliver({ url: server.url, maxAnswer: '64KiB' }, [1])).codes).toEqual(['acked'])
    }
  })

  test('says slowly what became of each value is given up on', async () => {
    const server = await rawSink((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"failed":[')),
    )
    const told = await deliver({ url: server.url, body: 'ndjson', results: { failed: 'failed' }, timeout: '50ms' }, [1])
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_TIMED_OUT', 'place'])
  })

  test('answers 422 with a body that never ends has refused the message when the time is over', async () => {
    const server = await rawSink((socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 422 No\r\nContent-Length: 1000\r\n\r\nbad iban')),
    )
    const told = await deliver({ url: server.url, timeout: '50ms' }, [1])
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_REJECTED', 'message'])
    expect(told.errors[0]!.message).toContain('bad iban')
  })
})
