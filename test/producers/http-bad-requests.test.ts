import { afterEach, describe, expect, test } from 'vitest'
import { RawClient, type Request } from '../support/http-client.ts'
import { gate } from '../support/ends.ts'
import { NDJSON, start, stopAll } from '../support/http-door.ts'
import { until } from '../support/pipeline.ts'

afterEach(stopAll)

describe('http: bad requests are answered clearly, counted, and take nothing else down', () => {
  const deep = '['.repeat(10_000) + ']'.repeat(10_000)
  const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 1001 }, (_, n) => [`k${n}`, n])))
  const typed = (type: string): Request => ({ headers: { 'content-type': type } })
  const cases: [what: string, body: string | Buffer, request: Request, expected: string][] = [
    ['malformed JSON', '{"a":', {}, '400 SLUICE_INPUT_NOT_JSON'],
    ['text that is not UTF-8', Buffer.from([0x22, 0xff, 0x22]), {}, '400 SLUICE_INPUT_NOT_UTF8'],
    ['nothing', '', {}, '400 SLUICE_HTTP_BODY_EMPTY'],
    ['white space', ' \n', {}, '400 SLUICE_HTTP_BODY_EMPTY'],
    ['NDJSON of empty lines', '\n\n', NDJSON, '400 SLUICE_HTTP_BODY_EMPTY'],
    ['NDJSON with a broken line', '1\n{\n3\n', NDJSON, '400 SLUICE_INPUT_NOT_JSON'],
    ['10,000 levels', deep, {}, '413 SLUICE_INPUT_TOO_DEEP'],
    ['too many keys', wide, {}, '413 SLUICE_INPUT_TOO_MANY_KEYS'],
    ['too many elements', JSON.stringify(Array(10_001).fill(0)), {}, '413 SLUICE_INPUT_TOO_MANY_ELEMENTS'],
    ['too many lines', '0\n'.repeat(10_001), NDJSON, '413 SLUICE_INPUT_TOO_MANY_ELEMENTS'],
    ['too many bytes', `"${'x'.repeat(2_000_000)}"`, {}, '413 SLUICE_HTTP_BODY_TOO_LARGE'],
    ['another path', '1', { path: '/in/' }, '404 SLUICE_HTTP_PATH_UNKNOWN'],
    ['another method', '', { method: 'GET' }, '405 SLUICE_HTTP_METHOD_NOT_ALLOWED'],
    ['a form', 'a=1', typed('application/x-www-form-urlencoded'), '415 SLUICE_HTTP_CONTENT_TYPE'],
    ['Latin 1', '1', typed('application/json; charset=latin1'), '415 SLUICE_HTTP_CONTENT_TYPE'],
    ['gzip', '1', { headers: { 'content-encoding': 'gzip' } }, '415 SLUICE_HTTP_CONTENT_ENCODING'],
    [
      'a broken Idempotency-Key',
      '1',
      { headers: { 'idempotency-key': 'a b' } },
      '400 SLUICE_HTTP_IDEMPOTENCY_KEY_INVALID',
    ],
  ]
  test.each(cases.map(([what, ...rest]) => ({ what, rest })))('$what', async ({ rest: [body, request, expected] }) => {
    const [status, code] = expected.split(' ')
    const { post, output, metric } = await start()
    const answer = await post(body, request)
    expect(answer).toMatchObject({ status: Number(status), body: { code } })
    expect((answer.body as { message: string }).message).not.toBe('')
    expect(output.values).toEqual([])
    expect(metric('http', `responses_${status}`)).toBe(1)
    expect(await post(1)).toMatchObject({ status: 200 })
  })

  test('says where: the line of NDJSON, the column of JSON', async () => {
    const { post } = await start()
    expect((await post('1\n{\n', NDJSON)).body).toMatchObject({
      message: expect.stringMatching(/^line 2: .*, at column 2$/),
    })
    expect((await post('{"a":\n x}')).body).toMatchObject({ message: expect.stringMatching(/at line 2, column 2$/) })
  })

  test('405 names the method that is taken', async () => {
    const { post } = await start()
    expect((await post('', { method: 'PUT' })).headers.allow).toBe('POST')
  })

  test('a body of unknown length is limited while it comes in', async () => {
    const { url, metric } = await start({ options: { maxBody: '1KiB' } })
    const client = new RawClient(url)
    client.write('POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n')
    client.write(`800\r\n${'x'.repeat(0x800)}\r\n`)
    await until(() => client.status === 413, 'it is refused')
    let chunks = 0
    // It goes on all the same, and is cut off before it has sent 64 MiB.
    for (; chunks < 1000 && !client.socket.destroyed; chunks++) {
      client.write(`10000\r\n${'x'.repeat(0x1_0000)}\r\n`)
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(chunks).toBeLessThan(1000)
    expect(metric('http', 'responses_413')).toBe(1)
  })

  test('a hang-up in the middle of a body lets nothing in, and is counted', async () => {
    const { url, post, metric, output } = await start()
    const client = new RawClient(url)
    client.write('POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":1')
    await until(() => client.socket.bytesWritten > 0, 'it has begun')
    await post(1)
    client.socket.destroy()
    await until(() => metric('http', 'hang_ups') === 1, 'it is counted')
    expect(await post(2)).toMatchObject({ status: 200 })
    expect(output.values).toEqual([1, 2])
  })

  test('a client that goes before its answer changes nothing for its message', async () => {
    const output = gate()
    const { url, post, graph } = await start({ output })
    const client = new RawClient(url)
    client.write('POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n1')
    await until(() => output.values.length === 1, 'the message has come')
    client.socket.destroy()
    output.open()
    expect(await post(2)).toMatchObject({ status: 200 })
    expect((graph.node('http') as { ledger?: { acked: number } }).ledger!.acked).toBe(2)
  })

  test('a body that comes too slowly is 408, and no hang-up', async () => {
    const { url, post, metric } = await start({ options: { requestTimeout: '100ms' } })
    const client = new RawClient(url)
    client.write('POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"a":1')
    expect(await client.closed).toMatch(
      /^HTTP\/1\.1 408 Request Timeout\r\n[^]*Connection: close\r\n[^]*"code":"SLUICE_HTTP_TOO_SLOW"/,
    )
    expect(metric('http', 'responses_408')).toBe(1)
    expect(metric('http', 'hang_ups')).toBe(0)
    expect(await post(1)).toMatchObject({ status: 200 })
  })

  const chunked = 'POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n'
  test.each([
    { what: 'what is no HTTP', request: 'HELLO\r\n\r\n', status: 400, code: 'SLUICE_HTTP_MALFORMED' },
    {
      what: 'a head that is too long',
      request: `POST /in HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      status: 431,
      code: 'SLUICE_HTTP_HEADERS_TOO_LARGE',
    },
    { what: 'a broken chunk', request: `${chunked}ZZ\r\n`, status: 400, code: 'SLUICE_HTTP_MALFORMED' },
  ])('$what closes its connection with an answer', async ({ request, status, code }) => {
    const { url, post, metric } = await start()
    const received = await new RawClient(url).write(request).closed
    expect(received).toContain(`HTTP/1.1 ${status} `)
    expect(received).toContain(code)
    expect(metric('http', `responses_${status}`)).toBe(1)
    expect(await post(1)).toMatchObject({ status: 200 })
  })

  test('Expect: 100-continue: a request that will be taken is told to go on', async () => {
    const { url } = await start()
    const client = new RawClient(url)
    client.write(
      'POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n',
    )
    await until(() => client.received.startsWith('HTTP/1.1 100 Continue\r\n\r\n'), 'it is told to go on')
    client.write('1')
    await until(() => client.received.includes('{"accepted":1}'), 'it is answered')
    expect(client.received).toContain('HTTP/1.1 200 OK')
    client.socket.destroy()
  })

  test('Expect: 100-continue: a body that is too large is refused before it is sent', async () => {
    const { url } = await start()
    const client = new RawClient(url)
    client.write(
      'POST /in HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n',
    )
    expect(await client.closed).toMatch(/^HTTP\/1\.1 413 Payload Too Large[^]*Connection: close/)
  })
})
