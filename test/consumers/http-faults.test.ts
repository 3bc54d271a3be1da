import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createServer as createTcpServer } from 'node:net'
import { describe, expect, test } from 'vitest'
import { http } from '../../src/consumers/http.ts'
import type { Lookup } from '../../src/kit/http-client/address-guard.ts'
import { harness, type ConsumerRun } from '../../src/testing/index.ts'
import { selfSigned } from '../support/certificates.ts'
import { deliver, type Delivered } from '../support/http-delivery.ts'
import { answer, listen, rawSink, sink } from '../support/http-sink.ts'

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

/** A name that leads where a test says, each time it is asked for. */
function leadingTo(...answers: readonly (string | Error)[]): Lookup & { readonly asked: string[] } {
  const asked: string[] = []
  const lookup: Lookup = (hostname, _options, callback) => {
    asked.push(hostname)
    const found = answers[Math.min(asked.length, answers.length) - 1]!
    if (typeof found === 'string') callback(null, [{ address: found, family: found.includes(':') ? 6 : 4 }])
    else callback(found as NodeJS.ErrnoException, [])
  }
  return Object.assign(lookup, { asked })
}

const NOT_FOUND = Object.assign(new Error('getaddrinfo ENOTFOUND ledger.test'), { code: 'ENOTFOUND' })

describe('http: names and addresses', () => {
  test('a name that cannot be resolved is of the place', async () => {
    const told = await deliver({ url: 'http://ledger.test/' }, [1], { lookup: leadingTo(NOT_FOUND) })
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_UNREACHABLE', 'place'])
    expect(told.errors[0]!.message).toContain('ENOTFOUND ledger.test')
  })

  test('a name that leads elsewhere is followed when a connection is made anew', async () => {
    const first = await sink(answer(204, undefined, { connection: 'close' }))
    const second = await sink(answer(204), { host: '127.0.0.2', port: first.port })
    const lookup = leadingTo('127.0.0.1', '127.0.0.2')
    await deliver({ url: `http://ledger.test:${first.port}/` }, [1, 2], { lookup })
    expect([first.requests.length, second.requests.length]).toEqual([1, 1])
    expect(first.requests[0]!.headers.host).toBe(`ledger.test:${first.port}`)
  })

  test.each(['169.254.169.254', '::ffff:169.254.169.254', 'fe80::1'])(
    'nothing is connected to %s, whatever name leads there',
    async (address) => {
      const told = await deliver({ url: 'http://ledger.test/' }, [1], { lookup: leadingTo(address) })
      expect(codeOf(told)).toEqual(['SLUICE_REQUEST_ADDRESS_REFUSED', 'place'])
      expect(told.errors[0]!.message).toBe(
        `nothing is sent to ledger.test, which leads to ${address}: link-local addresses are refused`,
      )
    },
  )

  test.each(['http://169.254.169.254/latest', 'http://[fe80::1]/', 'http://2852039166/', 'http://0xa9fea9fe/'])(
    'nothing is connected to %s, however it is written',
    async (url) => {
      expect((await deliver({ url }, [1])).codes).toEqual(['SLUICE_REQUEST_ADDRESS_REFUSED'])
    },
  )

  test('with `allow` only those addresses are connected to', async () => {
    const server = await sink()
    const { port } = server
    const allow = ['127.0.0.2', '10.0.0.0/8']
    expect((await deliver({ url: server.url, allow }, [1])).codes).toEqual(['SLUICE_REQUEST_ADDRESS_REFUSED'])
    const there = await sink(answer(204), { host: '127.0.0.2', port })
    expect((await deliver({ url: there.url, allow }, [1])).codes).toEqual(['acked'])
    const lookup = leadingTo('127.0.0.1')
    const told = await deliver({ url: `http://ledger.test:${port}`, allow }, [1], { lookup })
    expect(told.errors[0]!.message).toContain('ledger.test, which leads to 127.0.0.1: `allow` does not have it')
    expect(server.requests).toEqual([])
  })
})

describe('http: TLS', () => {
  async function tlsSink(): Promise<{ url: string; ca: string }> {
    const files = await selfSigned()
    const server = createServer(
      { cert: readFileSync(files.cert), key: readFileSync(files.key) },
      (request, response) => {
        request.resume().on('end', () => response.writeHead(204).end())
      },
    )
    return { ...(await listen(server, { scheme: 'https' })), ca: files.cert }
  }

  test('a certificate that nobody trusts is told, with what to do', async () => {
    const { url } = await tlsSink()
    const told = await deliver({ url }, [1])
    expect(codeOf(told)).toEqual(['SLUICE_REQUEST_TLS', 'place'])
    expect(told.errors[0]!.message).toContain('self-signed certificate')
  })

  test('is trusted with `tls.ca`, for the names in it', async () => {
    const { url, ca } = await tlsSink()
    expect((await deliver({ url, tls: { ca } }, [1])).codes).toEqual(['acked'])
    const { port } = new URL(url)
    const other = `https://ledger.test:${port}/`
    const lookup = leadingTo('127.0.0.1')
    expect((await deliver({ url: other, tls: { ca } }, [1], { lookup })).codes).toEqual(['SLUICE_REQUEST_TLS'])
    const told = await deliver({ url: other, tls: { ca, servername: 'localhost' } }, [1], { lookup })
    expect(told.codes).toEqual(['acked'])
  })

  test('TLS to a port that speaks none is told as such', async () => {
    const server = await sink()
    const told = await deliver({ url: server.url.replace('http:', 'https:') }, [1])
    expect(told.codes).toEqual(['SLUICE_REQUEST_TLS'])
  })

  test.each(['/nowhere.pem', import.meta.filename])(
    'a file that is none, %s, is told when it is opened',
    async (ca) => {
      const run = harness(http({ url: 'https://127.0.0.1:1', tls: { ca } }))
      await expect(run.push([1])).rejects.toMatchObject({ code: 'SLUICE_REQUEST_FILE' })
    },
  )
})
