import { fc, test as property } from '@fast-check/vitest'
import { afterAll, beforeAll, expect } from 'vitest'
import { RawClient } from '../support/http-client.ts'
import { start, stopAll, type Door } from '../support/http-door.ts'

let door: Door
beforeAll(async () => {
  door = await start()
})
afterAll(stopAll)

const HEAD = 'POST /in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
const REQUESTS = [
  `${HEAD}Content-Length: 7\r\n\r\n{"a":1}`,
  `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4;x=y\r\n":1}\r\n0\r\nX: y\r\n\r\n`,
  `${HEAD.replace('json', 'x-ndjson')}Content-Length: 12\r\nExpect: 100-continue\r\n\r\n{"a":1}\n[2]\n`,
  'GET http://localhost/in?x=y HTTP/1.0\r\n\r\n',
]
const PIECES = [
  '\r\n',
  '\n',
  '\0',
  ' ',
  ':',
  ';',
  '0',
  '-1',
  'ff',
  '"',
  '{',
  '\xff',
  'Host: a\r\n',
  'chunked',
  'Content-Length: 3\r\n',
  HEAD,
]

const damaged = fc
  .record({
    requests: fc.array(fc.constantFrom(...REQUESTS), { minLength: 1, maxLength: 3 }),
    slips: fc.array(fc.record({ at: fc.nat(600), cut: fc.nat(20), put: fc.constantFrom('', ...PIECES) }), {
      maxLength: 4,
    }),
  })
  .map(({ requests, slips }) =>
    slips.reduce((text, { at, cut, put }) => text.slice(0, at) + put + text.slice(at + cut), requests.join('')),
  )

property.prop([damaged], { numRuns: 300 })(
  'http: whatever comes in, answers are whole, none is a fault of ours, and the next client is served (property)',
  async (text) => {
    const client = new RawClient(door.url)
    client.socket.allowHalfOpen = true
    client.socket.end(Buffer.from(text, 'latin1'))
    let left = await client.closed
    while (left !== '') {
      const [head = '', status] = /^HTTP\/1\.1 (\d+) [^]*?\r\n\r\n/.exec(left) ?? []
      expect([100, 200, 400, 404, 405, 413, 415, 417, 431, 501]).toContain(Number(status))
      const length = Number(/\r\nContent-Length: (\d+)/.exec(head)?.[1] ?? 0)
      if (length > 0) expect(JSON.parse(left.slice(head.length, head.length + length))).toBeTypeOf('object')
      left = left.slice(head.length + length)
    }
    expect(await door.post(1)).toMatchObject({ status: 200 })
  },
)
