import { promisify } from 'node:util'
import { crc32, deflateRaw } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredDetails, StoredMessage } from '../../../src/core/overflow-store.ts'
import { decodeFrame, wholeHeader } from '../../../src/overflow/spill/frame-decoder.ts'
import { HEADER_BYTES, sealFrame } from '../../../src/overflow/spill/frame-header.ts'
import type { NumberedFrame } from '../../../src/overflow/spill/frame-store.ts'
import { back, STAMP } from './frames.ts'
import { batch, message, payments } from './messages.ts'
import { Trial } from './trial.ts'

const carried = { headers: { a: 'b' }, priority: 2, attempt: 2, deadline: 5 }
const PLAIN = [message({ at: new Date(5) }, { key: 'k1' }), message(undefined), message(1, carried)]
const NESTED = batch([batch([message(5, carried), message(6)]), batch([message(7)], 'sum')])
const BATCHES = [batch([message(1, carried), message(2, { key: 'x' })]), batch([message(3)], 'sum'), message(4), NESTED]

interface Counts {
  readonly count: number
  readonly parts: number
}

/** With the checksum of whoever has written it. */
function foreign(text: string, counts: Counts) {
  const payload = Buffer.concat([Buffer.alloc(HEADER_BYTES), Buffer.from(text)])
  sealFrame(payload, { ...STAMP, ...counts, codec: 'json' })
  return { number: 1, count: counts.count, payload }
}

function bodyOf(frame: NumberedFrame): Counts & { readonly body: unknown } {
  const { count, parts } = wholeHeader(frame)!
  return { body: JSON.parse(Buffer.from(frame.payload.subarray(HEADER_BYTES)).toString()), count, parts }
}

/** The same with another value somewhere. */
function changed(body: unknown, place: number, value: unknown): unknown {
  let at = 0
  const walk = (node: unknown, isDry: boolean): unknown => {
    if (at++ === place % total && !isDry) return value
    if (typeof node !== 'object' || node === null) return node
    if (Array.isArray(node)) return node.map((one) => walk(one, isDry))
    return Object.fromEntries(Object.entries(node).map(([name, one]) => [name, walk(one, isDry)]))
  }
  let total = 1
  walk(body, true)
  total = at
  at = 0
  return walk(body, false)
}

function expectAsOurs({ id, key, headers, time, priority, deadline, attempt, sizeBytes, parts }: StoredMessage): void {
  expect(typeof id).toBe('string')
  expect(['string', 'undefined']).toContain(typeof key)
  expectDetails({ headers, time, priority, deadline, sizeBytes })
  expect(attempt).toBeGreaterThanOrEqual(1)
  expectPartsAsOurs(parts, attempt)
}

function expectPartsAsOurs(parts: StoredMessage['parts'], attempt: number): void {
  for (const part of parts ?? []) {
    expect(typeof part.id).toBe('string')
    expect(['string', 'undefined']).toContain(typeof part.key)
    const theirs = attempt + (part.details?.attemptsAhead ?? 0)
    if (part.details !== undefined) expectDetails(part.details)
    expect(theirs).toBeGreaterThanOrEqual(1)
    expectPartsAsOurs(part.parts, theirs)
  }
}

function expectDetails({
  headers,
  time,
  priority,
  deadline = 0,
  sizeBytes,
}: Omit<StoredDetails, 'attemptsAhead'>): void {
  for (const text of Object.values(headers)) expect(typeof text).toBe('string')
  expect([time, deadline, sizeBytes].every(Number.isFinite)).toBe(true)
  expect(Number.isInteger(priority) && priority >= 0 && priority <= 9).toBe(true)
}

describe('frames that are not as they were written', () => {
  test('any flipped bit is found (property)', async () => {
    const [frame] = (await back(payments(3))).frames
    await fc.assert(
      fc.asyncProperty(fc.nat(frame!.payload.length - 1), fc.nat(7), async (at, bit) => {
        const payload = Buffer.from(frame!.payload)
        payload[at]! ^= 1 << bit
        expect(await decodeFrame({ ...frame!, payload })).toBeUndefined()
      }),
    )
  })

  test('one that was cut, has another count, or has other bytes than it says, is damaged', async () => {
    const [frame] = (await back(payments(3))).frames
    const { payload } = frame!
    for (const length of [0, 3, 10, 26, payload.length - 1])
      expect(await decodeFrame({ ...frame!, payload: payload.subarray(0, length) })).toBeUndefined()
    expect(await decodeFrame({ ...frame!, count: 2 })).toBeUndefined()
    const header = { count: 3, parts: 3, ...STAMP }
    for (const codec of ['json', 'json+deflate'] as const) {
      const strange = Buffer.alloc(60, 'x')
      sealFrame(strange, { ...header, codec })
      expect(await decodeFrame({ ...frame!, payload: strange })).toBeUndefined()
    }
    const short = Buffer.from(`${' '.repeat(26)}{"data":[1,2],"ids":"a","times":1}`)
    sealFrame(short, { ...header, codec: 'json' })
    expect(await decodeFrame({ ...frame!, payload: short })).toBeUndefined()
  })

  test('one that somebody else has written is damaged, or its messages are as ours are (property)', async () => {
    const bodies = await Promise.all([PLAIN, BATCHES].map(async (given) => bodyOf((await back(given)).frames[0]!)))
    const strange = fc.oneof(
      fc.jsonValue({ maxDepth: 1 }),
      fc.constantFrom(7, -1, 0.5, 4e9, 1e308, '7', 'x', null, [], {}, [1], ['x'], [null], [[0, {}]]),
    )
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...bodies), fc.nat(), strange, async ({ body, count, parts }, place, value) => {
        const text = JSON.stringify(changed(body, place, value))
        const messages = await decodeFrame(foreign(text, { count, parts }))
        for (const one of messages ?? []) expectAsOurs(one)
      }),
      { numRuns: 2000 },
    )
  })

  test.each([
    { ids: 7 },
    { ids: null },
    { ids: { heads: [7], starts: [0], which: 0, steps: 1 } },
    { ids: { heads: ['a'], starts: [0], which: 1, steps: 1 } },
    { keys: { heads: ['a'], starts: ['0'], which: 0, steps: 1 } },
    { times: 'x' },
    { times: null },
    { times: [1, 'x', 3] },
    { times: { from: 'x', steps: 1 } },
    { times: { from: 1, steps: [1, null] } },
    { sizes: -1 },
    { priorities: 10 },
    { attempts: 0 },
    { deadlines: 'x' },
    { headers: { sets: [{ a: 1 }], which: 0 } },
    { headers: { sets: [{}], which: 1 } },
    { marked: [4e9] },
    { absent: [4e9] },
    { data: [{ $bytes: { length: 8e9 } }, 1, 1], marked: [0] },
    { parts: [[0, { count: 4e9, ids: 'a' }]] },
    { parts: [[5, { count: 1, ids: 'a' }]] },
    { parts: [['__proto__', { count: 1, ids: 'a', data: ['1'] }]] },
    { data: [[[1]], 1, 1], parts: [[0, { count: 1, ids: 'a', parts: [[1, { count: 1, ids: 'b' }]] }]] },
    { data: [[[1]], 1, 1], parts: [[0, { count: 1, ids: 'a', parts: [[0, { count: 2, ids: 'b' }]] }]] },
    {
      data: [[1, 2], 1, 1],
      parts: [[0, { count: 2, ids: 'a' }]],
    },
    {
      data: [[1], 1, 1],
      parts: [[0, { count: 1, ids: 7 }]],
    },
  ])('one with %j is damaged', async (column) => {
    const body = { data: [1, 2, 3], ids: 'a', times: 1, ...column }
    const messages = await decodeFrame(foreign(JSON.stringify(body), { count: 3, parts: 3 }))
    if (messages !== undefined && 'marked' in column) for (const one of messages) expectAsOurs(one)
    else expect(messages).toBeUndefined()
  })

  test('one of a body that is no text any more when it is inflated is damaged', async () => {
    const zeros = await promisify(deflateRaw)(Buffer.alloc(600 * 1024 ** 2))
    const payload = Buffer.concat([Buffer.alloc(HEADER_BYTES), zeros])
    sealFrame(payload, { ...STAMP, count: 3, parts: 3, codec: 'json+deflate' })
    expect(await decodeFrame({ number: 1, count: 3, payload })).toBeUndefined()
  })

  test('one in the middle is told as lost, and what is behind it is delivered', async () => {
    const trial = new Trial(1200)
    await trial.open()
    await trial.append(payments(20))
    const [, second] = trial.place.frames
    const body = { data: Array.from({ length: second!.count }, () => 1), ids: 'a', times: 'x' }
    const { payload } = foreign(JSON.stringify(body), { count: second!.count, parts: second!.count })
    trial.place.frames[1] = { ...second!, payload }
    const { messages, lost } = await trial.all()
    expect(lost).toEqual([{ from: second!.number, to: second!.number + second!.count }])
    expect(messages).toHaveLength(20 - second!.count)
  })

  test('one of a newer version is refused by its numbers, not guessed', async () => {
    const [frame] = (await back(payments(3))).frames
    const payload = Buffer.from(frame!.payload)
    payload[4] = 3
    payload.writeUInt32BE(crc32(payload.subarray(4)))
    await expect(decodeFrame({ ...frame!, number: 11, payload })).rejects.toMatchObject({
      code: 'SLUICE_OVERFLOW_NEWER',
      message: expect.stringContaining('11 to 13') as string,
    })
  })
})
