import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { StoredMessage } from '../../../src/core/overflow-store.ts'
import { FRAME_HEADER_BYTES } from '../../../src/overflow/log/frame.ts'
import { decodeFrame, wholeHeader } from '../../../src/overflow/spill/frame-decoder.ts'
import { FrameEncoder, type Encoded, type FrameLimits } from '../../../src/overflow/spill/frame-encoder.ts'
import { sealFrame, type Codec } from '../../../src/overflow/spill/frame-header.ts'
import type { NumberedFrame } from '../../../src/overflow/spill/frame-store.ts'
import { batch, keptOf, message, payments } from './messages.ts'

const STAMP = { partsBefore: 7, storedAt: 1_800_000_000_000 }
const LIMITS = { frameBytes: 63 * 1024, mostBytes: 1024 ** 2 }

async function framesOf(encoded: Encoded, codec: Codec = 'json'): Promise<NumberedFrame[]> {
  let number = 1
  return (await encoded.sealed(codec, STAMP)).map((frame) => {
    number += frame.count
    return { ...frame, number: number - frame.count }
  })
}

async function back(
  given: readonly Message[],
  { codec, limits = LIMITS }: { codec?: Codec; limits?: FrameLimits } = {},
) {
  const frames = await framesOf(new FrameEncoder(limits).encode(given), codec)
  const messages: StoredMessage[] = []
  for (const frame of frames) messages.push(...(await decodeFrame(frame))!)
  return { frames, messages }
}

const kept = (given: readonly Message[]): StoredMessage[] => given.map((one, at) => keptOf(one, at + 1, STAMP.storedAt))

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.tuple(fc.constantFrom('door:', 'a', ''), fc.nat()).map(([head, number]) => `${head}${number}`),
  fc.constantFrom('', '0', '00', '007', 'x-000123', '99999999999999999999', 'x12345678901234567'),
)
const whole = fc.oneof(fc.nat(5), fc.integer(), fc.maxSafeInteger())
const details = fc.record({
  producer: text,
  key: fc.option(text, { nil: undefined }),
  position: fc.oneof(
    fc.nat(3000),
    text.filter((one) => one !== ''),
  ),
  time: fc.oneof(
    whole,
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((one) => !Object.is(one, -0)),
  ),
  headers: fc.oneof(fc.constant({}), fc.dictionary(fc.constantFrom('a', 'b', 'ü'), fc.string())),
  priority: fc.nat(9),
  deadline: fc.option(whole, { nil: undefined }),
  attempt: fc.integer({ min: 1, max: 9 }),
  sizeBytes: fc.nat(),
})
const odd = fc.oneof(
  fc.bigInt(),
  fc.date(),
  fc.uint8Array({ maxLength: 9 }),
  fc.constantFrom(Number.NaN, Infinity, undefined, new Map([[1, new Set([2n])]]), { $date: 1 }, { $a: { b: 1n } }),
)
const plain = fc.jsonValue({ maxDepth: 3 }).map((value): unknown => JSON.parse(JSON.stringify(value)))
const single = fc
  .tuple(fc.oneof({ weight: 6, arbitrary: plain }, odd, fc.array(odd, { maxLength: 2 })), details)
  .map(([data, rest]) => message(Array.isArray(data) ? data.map((one) => one ?? null) : data, rest))
const any = fc.oneof(
  { weight: 9, arbitrary: single },
  fc.array(single, { minLength: 1, maxLength: 4 }).map((parts) =>
    batch(
      parts,
      parts.map((part) => part.data ?? null),
    ),
  ),
  fc.array(single, { minLength: 1, maxLength: 3 }).map((parts) => batch(parts, 'sum')),
)

describe('frames of messages', () => {
  test('messages come back as they were, in order, whatever they carry (property)', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(any, { maxLength: 40 }),
        fc.constantFrom<Codec>('json', 'json+deflate'),
        fc.integer({ min: 200, max: 3000 }),
        async (given, codec, frameBytes) => {
          const { messages, frames } = await back(given, { codec, limits: { frameBytes, mostBytes: 1024 ** 2 } })
          expect(messages).toEqual(kept(given))
          for (const { count, payload } of frames)
            if (count > 1 && codec === 'json') expect(payload.length).toBeLessThanOrEqual(frameBytes)
        },
      ),
      { numRuns: 400 },
    )
  })

  test('an encoder that has seen messages of one size fills frames with those of any other (property)', async () => {
    const sizes = fc.array(fc.oneof(fc.nat(40), fc.nat(400), fc.nat(4000)), { minLength: 20, maxLength: 120 })
    await fc.assert(
      fc.asyncProperty(sizes, fc.constantFrom('x', 'ü', '"', '\u2028'), async (lengths, character) => {
        const given = lengths.map((length, position) => message({ text: character.repeat(length) }, { position }))
        const { messages, frames } = await back(given, { limits: { frameBytes: 4096, mostBytes: 1024 ** 2 } })
        expect(messages).toEqual(kept(given))
        for (const { count, payload } of frames) if (count > 1) expect(payload.length).toBeLessThanOrEqual(4096)
      }),
      { numRuns: 100 },
    )
  })

  test('a message of 245 bytes takes at most 300 on disk, over a thousand and more', async () => {
    for (const count of [1000, 10_000]) {
      const { frames } = await back(payments(count))
      const bytes = frames.reduce((sum, { payload }) => sum + payload.length + FRAME_HEADER_BYTES, 0)
      expect(bytes / count).toBeLessThan(260)
      expect(frames.length).toBeLessThanOrEqual(Math.ceil((count * 260) / LIMITS.frameBytes) + 1)
    }
    const { frames } = await back(payments(10_000), { codec: 'json+deflate' })
    expect(frames.reduce((sum, { payload }) => sum + payload.length, 0) / 10_000).toBeLessThan(90)
  })

  test('a message larger than a frame is a frame of its own', async () => {
    const given = [...payments(3), message('x'.repeat(100_000)), ...payments(3, 3)]
    const { frames, messages } = await back(given)
    expect(frames.map(({ count }) => count)).toEqual([3, 1, 3])
    expect(messages).toEqual(kept(given))
  })

  test('what cannot be written is told alone; the others are written in order', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    let deep: unknown = 1
    for (let depth = 0; depth < 100_000; depth++) deep = [deep]
    const bad = [message(circle), message(deep), message('x'.repeat(LIMITS.mostBytes))]
    const good = payments(30)
    const given = [bad[0]!, ...good.slice(0, 10), bad[1]!, ...good.slice(10), bad[2]!]
    const encoder = new FrameEncoder(LIMITS)
    for (let round = 0; round < 2; round++) {
      const { written, unwritable } = encoder.encode(given)
      expect(written).toEqual(good)
      expect(unwritable.map(({ message: one }) => one)).toEqual(bad)
      expect(unwritable.map(({ error }) => (error as Error & { code: string }).code)).toEqual([
        'SLUICE_OVERFLOW_NOT_JSON',
        'SLUICE_OVERFLOW_NOT_JSON',
        'SLUICE_OVERFLOW_TOO_LARGE',
      ])
      expect(unwritable[2]!.error.message).toMatch(/takes 10\d{5} bytes, more than 1048576/)
    }
  })

  test('data that throws when it is looked at is told alone, wherever it is; the others are written in order', () => {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    let looks = 0
    const throwing = () => {
      throw new Error('no look')
    }
    const secretive = () => (looks++ === 0 ? 'once' : throwing())
    const getter = (get: () => unknown) => Object.defineProperty({}, 'a', { get, enumerable: true })
    const bad = [proxy, { deep: [getter(throwing)] }, getter(secretive)].map((data) => message(data))
    const good = payments(60)
    const given = [...good.slice(0, 20), bad[0]!, bad[1]!, ...good.slice(20, 40), bad[2]!, ...good.slice(40)]
    const encoder = new FrameEncoder(LIMITS)
    encoder.encode(payments(100))
    const { written, unwritable } = encoder.encode(given)
    expect(written).toEqual(good)
    expect(unwritable.map(({ message: one }) => one)).toEqual(bad)
    for (const { error } of unwritable) expect(error).toMatchObject({ code: 'SLUICE_OVERFLOW_NOT_JSON' })
  })

  test('large messages behind small ones are never written into one text', async () => {
    const encoder = new FrameEncoder({ ...LIMITS, mostBytes: 4 * 1024 ** 2 })
    encoder.encode(payments(1000))
    const large = 'x'.repeat(3 * 1024 ** 2)
    const given = Array.from({ length: 40 }, (_, position) => message({ large }, { position }))
    const stringify = vi.spyOn(JSON, 'stringify')
    const encoded = encoder.encode(given)
    const lengths = stringify.mock.results.map(({ value }) => String(value ?? '').length)
    stringify.mockRestore()
    expect(encoded.written).toHaveLength(40)
    expect(Math.max(...lengths)).toBeLessThan(2 * large.length)
    expect(lengths.filter((length) => length > large.length)).toHaveLength(40)
  })

  test('batches and odd data in the middle of plain messages are kept as well', async () => {
    const others = [batch(payments(3)), message(undefined), message({ at: new Date(5) })]
    const given = [...payments(600), ...others, ...payments(600, 600), ...others, ...payments(300, 1200)]
    expect((await back(given)).messages).toEqual(kept(given))
  })

  test('functions are left out, and data that is one is undefined', async () => {
    const { messages } = await back([message({ a: 1, b: () => 1 }), message(() => 1)])
    expect(messages.map(({ data }) => data)).toEqual([{ a: 1 }, undefined])
  })

  test('a frame says how many messages and parts it has, and how many parts were before', async () => {
    const given = [batch(payments(3)), ...payments(2, 3)]
    const encoded = new FrameEncoder({ frameBytes: 600, mostBytes: 10_000 }).encode(given)
    expect(encoded.parts).toBe(5)
    const headers = (await framesOf(encoded)).map((frame) => wholeHeader(frame)!)
    expect(headers.map(({ count, parts, partsBefore }) => [count, parts, partsBefore])).toEqual([
      [1, 3, 7],
      [1, 1, 10],
      [1, 1, 11],
    ])
  })
})

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

  test('one of a newer version is refused by its numbers, not guessed', async () => {
    const [frame] = (await back(payments(3))).frames
    const payload = Buffer.from(frame!.payload)
    payload[4] = 2
    payload.writeUInt32BE(crc32(payload.subarray(4)))
    await expect(decodeFrame({ ...frame!, number: 11, payload })).rejects.toMatchObject({
      code: 'SLUICE_OVERFLOW_NEWER',
      message: expect.stringContaining('11 to 13') as string,
    })
  })
})
