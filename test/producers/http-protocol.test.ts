import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test } from 'vitest'
import { RawClient } from '../support/http-client.ts'
import { gate } from '../support/ends.ts'
import { start, stopAll } from '../support/http-door.ts'
import { until } from '../support/pipeline.ts'

afterEach(stopAll)

const TYPE = 'Content-Type: application/json\r\n'
const HEAD = `POST /in HTTP/1.1\r\nHost: localhost\r\n${TYPE}`
const ONE = 'Content-Length: 1\r\n\r\n1'
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n'
const headers = (count: number): string => Array.from({ length: count }, (_, n) => `X${n}: 1\r\n`).join('')
const asked = (line: string, host = 'Host: localhost\r\n'): string => `${line}\r\n${host}${TYPE}${ONE}`

/** What is sent, and the status and the code that are answered. */
const REFUSED: readonly (readonly [what: string, request: string, expected: string])[] = [
  ['two Host headers', `POST /in HTTP/1.1\r\nHost: a\r\nhost: a\r\n${TYPE}${ONE}`, '400 HEADER_INVALID'],
  ['no Host header', asked('POST /in HTTP/1.1', ''), '400 HEADER_INVALID'],
  ['a Host that is none', asked('POST /in HTTP/1.1', 'Host: a b/c?@\r\n'), '400 HEADER_INVALID'],
  ['a Host with a user', asked('POST /in HTTP/1.1', 'Host: user@localhost\r\n'), '400 HEADER_INVALID'],
  ['two Content-Types', `${HEAD}${TYPE}${ONE}`, '400 HEADER_INVALID'],
  ['two Authorizations', `${HEAD}Authorization: a\r\nAuthorization: b\r\n${ONE}`, '400 HEADER_INVALID'],
  ['101 headers', `${HEAD}${headers(98)}${ONE}`, '431 HEADERS_TOO_LARGE'],
  ['a flood of short headers', `${HEAD}${'X:\r\n'.repeat(3500)}${ONE}`, '431 HEADERS_TOO_LARGE'],
  ['16 KiB of headers', `${HEAD}${headers(3000)}${ONE}`, '431 HEADERS_TOO_LARGE'],
  ['a very long target', asked(`POST /in?${'x'.repeat(20_000)} HTTP/1.1`), '431 HEADERS_TOO_LARGE'],
  ['a long trailer', `${HEAD}${CHUNKED}1\r\n1\r\n0\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`, '431 HEADERS_TOO_LARGE'],
  ['a length and chunks', `${HEAD}Content-Length: 1\r\n${CHUNKED}1\r\n1\r\n0\r\n\r\n`, '400 MALFORMED'],
  ['two lengths', `${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\n12`, '400 MALFORMED'],
  ['a length that is no number', `${HEAD}Content-Length: one\r\n\r\n1`, '400 MALFORMED'],
  ['a negative length', `${HEAD}Content-Length: -1\r\n\r\n1`, '400 MALFORMED'],
  ['a length beyond all', `${HEAD}Content-Length: ${'9'.repeat(30)}\r\n\r\n1`, '400 MALFORMED'],
  ['a chunk that has no size', `${HEAD}${CHUNKED}one\r\n`, '400 MALFORMED'],
  ['a chunk of a size beyond all', `${HEAD}${CHUNKED}${'f'.repeat(20)}\r\n1`, '400 MALFORMED'],
  ['a chunk that is longer than its size', `${HEAD}${CHUNKED}1\r\n12\r\n0\r\n\r\n`, '400 MALFORMED'],
  ['a flood behind the size of a chunk', `${HEAD}${CHUNKED}1;${'a'.repeat(20_000)}\r\n1\r\n`, '400 MALFORMED'],
  ['an unknown transfer encoding', `${HEAD}Transfer-Encoding: gzip\r\n\r\n1`, '501 TRANSFER_ENCODING'],
  ['two transfer encodings', `${HEAD}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, '501 TRANSFER_ENCODING'],
  ['a NUL in the path', asked('POST /in\0 HTTP/1.1'), '400 MALFORMED'],
  ['an encoded NUL in the path', asked('POST /in%00 HTTP/1.1'), '404 PATH_UNKNOWN'],
  ['a path by another way', asked('POST /x/../in HTTP/1.1'), '404 PATH_UNKNOWN'],
  ['a NUL in a header', `${HEAD}X: a\0b\r\n${ONE}`, '400 MALFORMED'],
  ['a bare CR in a header', `${HEAD}X: a\rb\r\n${ONE}`, '400 MALFORMED'],
  ['a folded header', `${HEAD}X: a\r\n b\r\n${ONE}`, '400 MALFORMED'],
  ['lines without CR', asked('POST /in HTTP/1.1').replaceAll('\r', ''), '400 MALFORMED'],
  ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '400 MALFORMED'],
  ['a later HTTP', asked('POST /in HTTP/3.0'), '400 MALFORMED'],
  ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', '400 MALFORMED'],
  ['a method that nobody knows', asked('BREW /in HTTP/1.1'), '400 MALFORMED'],
  ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n', '501 NO_PROXY'],
  ['TRACE', 'TRACE /in HTTP/1.1\r\nHost: a\r\n\r\n', '405 METHOD_NOT_ALLOWED'],
  ['OPTIONS *', 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n', '404 PATH_UNKNOWN'],
  [
    'a request to upgrade',
    'GET /in HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    '405 METHOD_NOT_ALLOWED',
  ],
  ['an Expect that nobody knows', `${HEAD}Expect: 200-ok\r\n${ONE}`, '417 EXPECTATION'],
  ['no Content-Type', `POST /in HTTP/1.1\r\nHost: a\r\n${ONE}`, '415 CONTENT_TYPE'],
  ['no body', `${HEAD}\r\n`, '400 BODY_EMPTY'],
  ['a head that never ends', 'POST /in HTTP/1.1\r\nHost: a\r\n', '408 TOO_SLOW'],
  ['HTTP/0.9, which never says more', 'GET /in\r\n', '408 TOO_SLOW'],
  ['a body that never ends', `${HEAD}Content-Length: 2\r\n\r\n1`, '408 TOO_SLOW'],
  ['chunks that never end', `${HEAD}${CHUNKED}1\r\n1\r\n`, '408 TOO_SLOW'],
]

describe('http: what breaks the protocol is answered once, counted, and lets nothing in', () => {
  test.each(REFUSED)('%s', async (_, request, expected) => {
    const [status = '', code] = expected.split(' ')
    const { url, post, output, metric } = await start({ options: { requestTimeout: '200ms' } })
    const client = new RawClient(url).write(request)
    await until(() => client.received.includes('\n}') || client.received.endsWith('}\n'), 'an answer')
    expect(client.received).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(client.received.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    const body = JSON.parse(client.received.split('\r\n\r\n')[1]!) as Record<string, string>
    expect(body).toMatchObject({ code: `SLUICE_HTTP_${code}`, message: expect.any(String), hint: expect.any(String) })
    // Where a request ends that can't be read isn't known.
    if (/^(400 (MALFORMED|HEADER)|408|431|417|501)/.test(expected)) {
      await client.closed
      expect(client.received).toContain('Connection: close')
    }
    client.socket.destroy()
    expect(metric('http', `responses_${status}`)).toBe(1)
    expect(output.values).toEqual([])
    expect(await post(1)).toMatchObject({ status: 200 })
    expect(output.values).toEqual([1])
  })
})

describe('http: what is unusual, and in order', () => {
  test.each([
    ['a target that is written as to a proxy', asked('POST http://localhost:80/in HTTP/1.1')],
    ['the same with a query', asked('POST HTTP://localhost/in?a=/b HTTP/1.1')],
    ['HTTP/1.0 without a Host', asked('POST /in HTTP/1.0', '')],
    ['an empty Host', asked('POST /in HTTP/1.1', 'Host:\r\n')],
    ['an address as Host', asked('POST /in HTTP/1.1', 'Host: [::1]:8080\r\n')],
    ['trailers', `${HEAD}${CHUNKED}1\r\n1\r\n0\r\nX: y\r\n\r\n`],
    ['an upgrade that can be left', `${HEAD}Connection: Upgrade\r\nUpgrade: h2c\r\n${ONE}`],
    ['empty lines before it', `${'\r\n'.repeat(20)}${HEAD}${ONE}`],
    ['100 headers', `${HEAD}${headers(97)}${ONE}`],
  ])('%s', async (_, request) => {
    const { url, output } = await start()
    const client = new RawClient(url).write(request)
    await until(() => client.received.includes('{"accepted":1}'), 'its answer')
    expect(client.status).toBe(200)
    expect(output.values).toEqual([1])
    client.socket.destroy()
  })

  test('a client that has said all and closes its end is answered', async () => {
    const { url } = await start()
    const client = new RawClient(url)
    client.socket.allowHalfOpen = true
    client.socket.end(`${HEAD}${ONE}`)
    expect(await client.closed).toContain('{"accepted":1}')
  })

  test('requests in one go are answered in their order', async () => {
    const { url, output } = await start()
    const client = new RawClient(url).write(
      `${HEAD}${ONE}${HEAD}Content-Length: 1\r\n\r\n!${HEAD}Content-Length: 1\r\n\r\n2`,
    )
    await until(() => (client.received.match(/HTTP\/1\.1 /g) ?? []).length === 3, 'three answers')
    expect(client.received.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400', 'HTTP/1.1 200'])
    expect(output.values).toEqual([1, 2])
    client.socket.destroy()
  })
})

describe('http: what is broken behind requests that wait for their answer', () => {
  test.each([
    ['rubbish', 'rubbish\r\n\r\n', ['200']],
    ['more than the length says', '2345', ['200']],
    ['a body that is broken', `${HEAD}${CHUNKED}1\r\n12\r\n`, ['200', '400']],
  ])('%s: those are answered first, then the connection is closed', async (_, broken, statuses) => {
    const output = gate()
    const { url, metric } = await start({ output })
    const client = new RawClient(url).write(`${HEAD}${ONE}${broken}`)
    await until(() => output.values.length === 1, 'the message')
    client.write('and more\r\n')
    await new Promise((resolve) => setImmediate(resolve))
    expect(client.received).toBe('')
    output.open()
    const received = await client.closed
    expect([...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual(statuses)
    expect(received).toContain('Connection: close')
    expect(metric('http', 'responses_200')).toBe(1)
    expect(output.values).toEqual([1])
  })
})

describe('http: clients that take without giving', () => {
  test('a compressed bomb is refused before any of it is read', async () => {
    const zeros = Buffer.alloc(64 * 1024 * 1024, '0')
    const bombs = { gzip: gzipSync(zeros), deflate: deflateSync(zeros), br: brotliCompressSync(zeros) }
    const { post, output } = await start()
    for (const [encoding, bomb] of Object.entries(bombs)) {
      const answer = await post(bomb, { headers: { 'content-encoding': encoding } })
      expect(answer).toMatchObject({ status: 415, body: { code: 'SLUICE_HTTP_CONTENT_ENCODING' } })
    }
    expect(output.values).toEqual([])
  })

  test('who reads no answers is read no further, is closed in time, and keeps nobody else waiting', async () => {
    const { url, post, output } = await start({ options: { requestTimeout: '200ms', reply: 'accepted' } })
    const client = new RawClient(url)
    client.socket.pause()
    const requests = `${HEAD}${ONE}`.repeat(1000)
    const total = 200
    for (let written = 0; written < total; written++) client.write(requests)
    await new Promise((resolve) => client.socket.once('close', resolve))
    expect(output.values.length).toBeLessThan(total * 1000)
    expect(await post(1)).toMatchObject({ status: 202 })
  })

  test('one connection too many takes the place of one that has said nothing', async () => {
    const output = gate()
    const { url, post } = await start({ output, options: { connections: 3 } })
    const busy = new RawClient(url).write(`${HEAD}${ONE}`)
    await until(() => output.values.length === 1, 'the message')
    const silent = [new RawClient(url), new RawClient(url)]
    const answer = post(2)
    expect(await silent[0]!.closed).toBe('')
    output.open()
    expect(await answer).toMatchObject({ status: 200 })
    await until(() => busy.status === 200, 'the first answer')
    for (const { socket } of [...silent, busy]) socket.destroy()
  })

  test('where all have said something, it is closed itself', async () => {
    const output = gate()
    const { url } = await start({ output, options: { connections: 1 } })
    const busy = new RawClient(url).write(`${HEAD}${ONE}`)
    await until(() => output.values.length === 1, 'the message')
    expect(await new RawClient(url).write(`${HEAD}${ONE}`).closed).toBe('')
    output.open()
    await until(() => busy.status === 200, 'its answer')
    busy.socket.destroy()
  })
})
