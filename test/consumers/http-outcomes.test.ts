import { describe, expect, test } from 'vitest'
import { http } from '../../src/consumers/http.ts'
import { pauseOf } from '../../src/kit/http-client/verdict.ts'
import batchDefinition, { batch } from '../../src/stages/batch.ts'
import { harness, type ConsumerRun } from '../../src/testing/index.ts'
import { deliver, type Delivered } from '../support/http-delivery.ts'
import { answer, sink, type Got, type Sink } from '../support/http-sink.ts'

const errors = ({ outcomes }: ConsumerRun): (Error & { code?: string; retryAfterMs?: number })[] =>
  outcomes.map(({ error }) => error as Error)
const codes = (run: ConsumerRun): (string | undefined)[] =>
  run.outcomes.map(({ outcome }, index) => (outcome === 'acked' ? outcome : errors(run)[index]?.code))
const THREE = [{ component: batchDefinition, options: { size: 3 } }]
const bodies = ({ requests }: Sink): unknown[] => requests.map(({ text }) => JSON.parse(text) as unknown)

async function outcomeOf(
  status: number,
  options: object = {},
  headers: Record<string, string> = {},
): Promise<Delivered> {
  const server = await sink(answer(status, 'why', headers))
  return deliver({ url: `${server.url}/in?key=hidden`, ...options }, [1])
}

describe('http: what a status means', () => {
  test.each([200, 201, 202, 204, 207])('%i acks', async (status) => {
    expect((await outcomeOf(status)).codes).toEqual(['acked'])
  })

  test.each([
    [301, 'place', 'SLUICE_REQUEST_REDIRECTED'],
    [400, 'message', 'SLUICE_REQUEST_REJECTED'],
    [401, 'place', 'SLUICE_REQUEST_UNAUTHORIZED'],
    [403, 'place', 'SLUICE_REQUEST_UNAUTHORIZED'],
    [404, 'place', 'SLUICE_REQUEST_NOT_SERVED'],
    [405, 'place', 'SLUICE_REQUEST_NOT_SERVED'],
    [408, 'place', 'SLUICE_REQUEST_THROTTLED'],
    [409, 'message', 'SLUICE_REQUEST_REJECTED'],
    [413, 'message', 'SLUICE_REQUEST_REJECTED'],
    [422, 'message', 'SLUICE_REQUEST_REJECTED'],
    [425, 'place', 'SLUICE_REQUEST_THROTTLED'],
    [429, 'place', 'SLUICE_REQUEST_THROTTLED'],
    [500, 'place', 'SLUICE_REQUEST_FAILED'],
    [503, 'place', 'SLUICE_REQUEST_FAILED'],
  ])('%i is of the %s: %s, with what the server says', async (status, kind, code) => {
    const [error] = (await outcomeOf(status)).errors
    expect(error).toMatchObject({ code, kind })
    const where = kind === 'place' ? ' http://127.0.0.1:\\d+/in' : ''
    expect(error!.message).toMatch(new RegExp(`^POST${where} is answered with ${status}: why$`))
  })

  test('`statuses` says otherwise', async () => {
    const statuses = { 409: 'accepted', 404: 'message', 422: 'place', 302: 'accepted' } as const
    const told = await Promise.all([409, 404, 422, 302].map((status) => outcomeOf(status, { statuses })))
    expect(told.flatMap(({ codes: each }) => each)).toEqual([
      'acked',
      'SLUICE_REQUEST_REJECTED',
      'SLUICE_REQUEST_FAILED',
      'acked',
    ])
  })

  test.each([
    ['7', 7_000],
    ['100000', 3_600_000],
    ['Thu, 01 Jan 1970 00:01:30 GMT', 60_000],
    ['Thu, 01 Jan 1970 00:00:10 GMT', 0],
    ['Fri, 01 Jan 2100 00:00:00 GMT', 3_600_000],
    ['soon', undefined],
    ['', undefined],
  ])('Retry-After: %s, half a minute after 1970 began, leaves the place alone for %s ms', (header, pauseMs) => {
    expect(pauseOf(header, 30_000)).toBe(pauseMs)
  })

  test('a redirection is not followed, and names where it leads', async () => {
    const inside = await sink()
    const server = await sink(answer(307, undefined, { location: `${inside.url}/secret?token=hidden` }))
    const [error] = (await deliver({ url: server.url }, [1])).errors
    expect(inside.requests).toEqual([])
    expect(error!.message).toContain(`and sends to "${inside.url}/secret"`)
    expect(error!.message).not.toContain('hidden')
  })

  test('of a long answer 1,000 characters are told, and no control characters', async () => {
    const server = await sink(answer(400, `\u001b[2J${'x'.repeat(5_000_000)}`))
    const run = harness(http({ url: server.url }))
    await run.push([1])
    await run.until(() => run.pending.length === 0)
    const { message } = errors(run)[0]!
    expect(message.length).toBeLessThan(1_100)
    expect(message).toContain('\\u001b[2Jxxx')
    await run.stop()
  })
})

describe('http: the place', () => {
  test('is tried again, one request at a time, until it takes the message; nothing fails', async () => {
    const server = await sink((got, response, index) => answer(index < 5 ? 503 : 204)(got, response, index))
    const run = harness(http({ url: server.url }), { settings: { concurrency: 2 } })
    await run.push([1, 2])
    for (let steps = 0; steps < 200 && run.pending.length > 0; steps++) await run.advance(500)
    expect([run.acked, run.failed]).toEqual([[1, 2], []])
    expect(server.requests).toHaveLength(7)
    await run.stop()
  })

  test('is left alone for as long as its Retry-After says', async () => {
    const server = await sink((got, response, index) =>
      answer(index === 0 ? 429 : 204, undefined, { 'retry-after': '30' })(got, response, index),
    )
    const run = harness(http({ url: server.url }))
    await run.push([1])
    await run.until(() => server.requests.length === 1)
    await run.advance(29_000)
    expect(server.requests).toHaveLength(1)
    await run.advance(1_000)
    await run.until(() => run.acked.length === 1)
    await run.stop()
  })
})

/** Takes all but what is listed. */
const without =
  (...refused: number[]) =>
  (got: Got, response: Parameters<ReturnType<typeof answer>>[1], index: number): void => {
    const values = [JSON.parse(got.text) as number | number[]].flat()
    answer(values.some((value) => refused.includes(value)) ? 422 : 204, 'no')(got, response, index)
  }

describe('http: a request of several values that is refused', () => {
  test('of a batch, is sent in halves until those are alone that are refused', async () => {
    const server = await sink(without(3, 6))
    const run = harness(http({ url: server.url }), { before: [batch({ size: 8 })] })
    await run.push([1, 2, 3, 4, 5, 6, 7, 8])
    await run.until(() => run.pending.length === 0)
    expect(run.failed).toEqual([3, 6])
    expect(bodies(server)[0]).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    await run.stop()
  })

  test('of a call, is too', async () => {
    const server = await sink(without(3, 6))
    const run = harness(http({ url: server.url, per: 'call' }))
    await run.push([1, 2, 3, 4, 5, 6, 7, 8])
    await run.until(() => run.pending.length === 0)
    expect(run.failed).toEqual([3, 6])
    await run.stop()
  })

  test('sends nothing again that was taken, when the place fails between two halves', async () => {
    let hasFailed = false
    const server = await sink((got, response, index) => {
      const values = JSON.parse(got.text) as number[]
      if (values.length > 2) return answer(413)(got, response, index)
      if (values[0] !== 3 || hasFailed) return answer(204)(got, response, index)
      hasFailed = true
      answer(503)(got, response, index)
    })
    const run = harness(http({ url: server.url }), { before: [batch({ size: 4 })] })
    await run.push([1, 2, 3, 4])
    await run.until(() => server.requests.length === 3)
    await run.advance(10_000)
    await run.until(() => run.acked.length === 4)
    expect(bodies(server)).toEqual([
      [1, 2, 3, 4],
      [1, 2],
      [3, 4],
      [3, 4],
    ])
    await run.stop()
  })
})

describe('http: what an answer says of each value', () => {
  const failed = { results: { failed: 'failed' } }
  const each = { results: { each: 'result.items' } }

  test('`failed` names those that failed by their index, as our own door does', async () => {
    const server = await sink(answer(200, { accepted: 2, failed: [{ index: 1, code: 'NO_IBAN' }] }))
    const run = harness(http({ url: server.url, ...failed }), { before: [batch({ size: 3 })] })
    await run.push([1, 2, 3])
    await run.until(() => run.pending.length === 0)
    expect(codes(run)).toEqual(['acked', 'SLUICE_REQUEST_REJECTED', 'acked'])
    expect(errors(run)[1]!.message).toContain('value 2 of 3: {"index":1,"code":"NO_IBAN"}')
    await run.stop()
  })

  test('`each` has a status for each; those of the place come again, alone and with another key', async () => {
    const statuses = [
      [{ status: 201 }, { create: { status: 429 } }, { create: { status: 400, error: 'bad' } }],
      [{ status: 200 }],
    ]
    const server = await sink((got, response, index) =>
      answer(200, { result: { items: statuses[index] } })(got, response, index),
    )
    for (const before of [[batch({ size: 3 })], []]) {
      server.requests.length = 0
      const options = { url: server.url, ...each, ...(before.length === 0 ? { per: 'call' as const } : {}) }
      const settings = before.length === 0 ? { demand: { max: 3, min: 0 } } : {}
      const run = harness(http(options), { before, settings })
      await run.push([1, 2, 3])
      await run.until(() => server.requests.length === 1)
      await run.advance(10_000)
      await run.until(() => run.pending.length === 0)
      expect(codes(run)).toEqual(['acked', 'acked', 'SLUICE_REQUEST_REJECTED'])
      expect(bodies(server)).toEqual([[1, 2, 3], [2]])
      const [first, second] = server.requests.map(({ headers }) => headers['idempotency-key'])
      expect(first).not.toBe(second)
      await run.stop()
    }
  })

  test.each([
    ['not JSON', 'oops'],
    ['no list', { failed: {} }],
    ['an index that was not sent', { failed: [{ index: 3 }] }],
    ['no index', { failed: [{ code: 'NO_IBAN' }] }],
  ])('an answer with %s acks nothing and fails nothing: it is of the place', async (_what, body) => {
    const server = await sink(answer(200, body))
    const told = await deliver({ url: server.url, ...failed }, [1, 2, 3], { between: THREE })
    expect(new Set(told.codes)).toEqual(new Set(['SLUICE_REQUEST_ANSWER_INVALID']))
    expect(told.errors[0]).toMatchObject({ kind: 'place' })
  })

  test.each([[{ result: { items: [{ status: 200 }] } }], [{ result: { items: [{}, {}, {}] } }]])(
    'a list that does not have a status for each, %j, is of the place too',
    async (body) => {
      const server = await sink(answer(200, body))
      const told = await deliver({ url: server.url, ...each }, [1, 2, 3], { between: THREE })
      expect(told.codes[0]).toBe('SLUICE_REQUEST_ANSWER_INVALID')
    },
  )

  test('one that is larger than `maxAnswer` is of the place: what may have been taken is not sent in halves', async () => {
    const server = await sink(answer(200, { failed: [], more: 'x'.repeat(2_000) }))
    const told = await deliver({ url: server.url, ...failed, maxAnswer: '1KiB' }, [1, 2, 3], { between: THREE })
    expect(told.codes).toEqual(Array.from({ length: 3 }, () => 'SLUICE_REQUEST_ANSWER_INVALID'))
    expect(bodies(server)).toEqual([[1, 2, 3]])
  })

  test('204 says that all were taken', async () => {
    const server = await sink(answer(204))
    const run = harness(http({ url: server.url, ...failed }), { before: [batch({ size: 3 })] })
    await run.push([1, 2, 3])
    await run.until(() => run.pending.length === 0)
    expect(run.acked).toEqual([1, 2, 3])
    await run.stop()
  })
})
