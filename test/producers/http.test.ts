import { Agent } from 'node:http'
import { createServer } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Message } from '../../src/core/message.ts'
import { exitCodeOf } from '../../src/kit/component-errors.ts'
import http from '../../src/producers/http.ts'
import { collect, gate } from '../support/ends.ts'
import { send } from '../support/http-client.ts'
import { fails, NDJSON, start, stopAll } from '../support/http-door.ts'
import { line, until } from '../support/pipeline.ts'

afterEach(stopAll)

describe('http: what it takes', () => {
  test('one JSON value is one message', async () => {
    const { post, output } = await start()
    expect(await post({ id: 1 })).toMatchObject({ status: 200, body: { accepted: 1 } })
    expect(await post('"text"')).toMatchObject({ status: 200 })
    expect(output.values).toEqual([{ id: 1 }, 'text'])
  })

  test('a JSON array is a message per element', async () => {
    const { post, output } = await start()
    expect(await post([1, [2], null])).toMatchObject({ status: 200, body: { accepted: 3, failed: [] } })
    expect(await post([])).toMatchObject({ status: 200, body: { accepted: 0, failed: [] } })
    expect(output.values).toEqual([1, [2], null])
  })

  test('NDJSON is a message per line, empty ones left out', async () => {
    const { post, output } = await start()
    expect(await post('1\n\n{"a":2}\r\n3', NDJSON)).toMatchObject({ status: 200, body: { accepted: 3, failed: [] } })
    expect(output.values).toEqual([1, { a: 2 }, 3])
  })

  test('the content type may name UTF-8, and the query says nothing', async () => {
    const { post, url } = await start()
    expect(await post(1, { headers: { 'content-type': 'Application/JSON; charset="UTF-8"' } })).toMatchObject({
      status: 200,
    })
    expect(await send(`${url}?from=here`, 1)).toMatchObject({ status: 200 })
  })

  test('the Idempotency-Key is the position of the message, with the index in a list', async () => {
    const { post, output } = await start()
    const headers = { 'idempotency-key': 'a-1' }
    await post(1, { headers })
    await post([2, 3], { headers })
    await post(4)
    await post(5)
    const ids = output.messages.map(({ id }) => id)
    expect(ids.slice(0, 3)).toEqual(['http:a-1', 'http:a-1#0', 'http:a-1#1'])
    expect(new Set(ids).size).toBe(5)
  })

  test('messages carry the headers that are named, and no others', async () => {
    const { post, output } = await start({ options: { headers: ['X-Tenant', 'x-missing', 'constructor'] } })
    await post(1, { headers: { 'x-tenant': 't', 'x-other': 'o' } })
    expect(output.messages[0]!.headers).toEqual({ 'x-tenant': 't' })
  })

  test('D22: a message is charged twice what came over the wire, a list by equal shares', async () => {
    const { post, output } = await start()
    const text = 'x'.repeat(97)
    await post(JSON.stringify([text, text, text]))
    expect(output.messages.map(({ sizeBytes }) => sizeBytes)).toEqual([201, 201, 201])
  })

  test('D22: a body that is all structure is charged what that takes on the heap', async () => {
    const { post, output } = await start()
    await post(`{"x":[${Array(1_000).fill('{}').join(',')}]}`)
    expect(output.messages.map(({ sizeBytes }) => sizeBytes)).toEqual([1_002 * 64 + 16 + 1_000 * 8])
  })

  test('a number that would not be kept as it was sent is refused with 400 and its place', async () => {
    const { post, output } = await start()
    for (const number of ['1e999', '9007199254740993']) {
      expect(await post(`{"amountMinor":${number}}`)).toMatchObject({
        status: 400,
        body: { code: 'SLUICE_INPUT_NUMBER_INEXACT', message: expect.stringContaining('at "/amountMinor"') },
      })
    }
    expect(output.values).toEqual([])
  })

  test('`__proto__` in the body is a key like any other', async () => {
    const { post, output } = await start()
    await post('{"__proto__":{"isAdmin":true}}')
    expect(Object.keys(output.values[0] as object)).toEqual(['__proto__'])
    expect((output.values[0] as { isAdmin?: boolean }).isAdmin).toBeUndefined()
  })
})

describe('http: reply: accepted', () => {
  test('answers 202 when messages are in memory, whatever becomes of them, and says so at the start', async () => {
    const output = gate()
    const { post, log } = await start({ options: { reply: 'accepted' }, output })
    expect(await post(1)).toMatchObject({ status: 202, body: { accepted: 1 } })
    expect(await post([2, 3])).toMatchObject({ status: 202, body: { accepted: 2 } })
    expect(log.map(({ message }) => message)).toContain('202 = in memory, lost on a crash')
    output.open()
    await until(() => output.values.length === 3, 'all have come')
  })
})

describe('http: who may send', () => {
  const token = 'a-token-of-some-length'

  test('with a token everybody else gets 401', async () => {
    const { post, output } = await start({ options: { token } })
    for (const authorization of [undefined, token, `Bearer ${token}x`, 'Bearer ']) {
      const answer = await post(1, { headers: authorization === undefined ? {} : { authorization } })
      expect(answer).toMatchObject({ status: 401, headers: { 'www-authenticate': 'Bearer' } })
    }
    expect(await post(2, { headers: { authorization: `bearer ${token}` } })).toMatchObject({ status: 200 })
    expect(output.values).toEqual([2])
  })

  test('a host that other machines can reach needs a token, loopback does not', () => {
    const check = (options: object): boolean => http.options.safeParse({ port: 1, ...options }).success
    expect(check({ host: '0.0.0.0' })).toBe(false)
    expect(check({ host: 'example.org' })).toBe(false)
    expect(check({ host: '0.0.0.0', token })).toBe(true)
    for (const host of ['127.0.0.1', '127.1.2.3', '::1', 'localhost']) expect(check({ host })).toBe(true)
    expect(http.options.parse({ port: 1 }).host).toBe('127.0.0.1')
  })
})

describe('http: opening', () => {
  test('a port in use keeps the pipeline from starting, and ends the process with 71', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const { graph } = line([{ component: http, options: { port } }, collect()])
    const error: unknown = await graph.start().catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({
      code: 'SLUICE_LISTEN_PORT_IN_USE',
      message: `something else listens on 127.0.0.1:${port}`,
    })
    expect(exitCodeOf(error)).toBe(71)
    other.close()
  })

  test('an address of another machine is told as such', async () => {
    const { graph } = line([
      { component: http, options: { port: 0, host: '192.0.2.1', token: 'x'.repeat(16) } },
      collect(),
    ])
    await expect(graph.start()).rejects.toMatchObject({ code: 'SLUICE_LISTEN_FAILED' })
  })

  test('the same port is one exclusive thing; 0 is another one each time', () => {
    const { exclusive, options } = http
    expect(exclusive!(options.parse({ port: 8080 }))).toBe('port 8080')
    expect(exclusive!(options.parse({ port: 0 }))).toBeUndefined()
  })

  test('a `maxBody` that the queue could never take is a mistake', () => {
    const { error } = http.options.safeParse({ port: 1, maxBody: '40MiB' })
    expect(error?.issues.map(({ path }) => path)).toEqual([['maxBody']])
  })
})

test('http: under many requests at once each client gets the outcome of its own message', async () => {
  const output = fails((data) => ((data as number) % 3 === 0 ? new Error('bad') : undefined))
  const { post } = await start({ output })
  const agent = new Agent({ keepAlive: true, maxSockets: 50 })
  const answers = await Promise.all(Array.from({ length: 600 }, (_, n) => post(String(n), { agent })))
  expect(answers.map(({ status }) => status)).toEqual(answers.map((_, n) => (n % 3 === 0 ? 422 : 200)))
  expect(output.messages.map((message: Message) => message.data).toSorted((a, b) => Number(a) - Number(b))).toEqual(
    answers.map((_, n) => n),
  )
  agent.destroy()
})
