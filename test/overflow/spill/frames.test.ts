import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { StoredMessage } from '../../../src/core/overflow-store.ts'
import { FRAME_HEADER_BYTES } from '../../../src/overflow/log/frame.ts'
import type { Codec } from '../../../src/overflow/spill/frame-header.ts'
import { back, LIMITS, STAMP } from './frames.ts'
import { batch, keptOf, message, payments } from './messages.ts'

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

  test('batches and odd data in the middle of plain messages are kept as well', async () => {
    const others = [batch(payments(3)), message(undefined), message({ at: new Date(5) })]
    const given = [...payments(600), ...others, ...payments(600, 600), ...others, ...payments(300, 1200)]
    expect((await back(given)).messages).toEqual(kept(given))
  })

  test('functions are left out, and data that is one is undefined', async () => {
    const { messages } = await back([message({ a: 1, b: () => 1 }), message(() => 1)])
    expect(messages.map(({ data }) => data)).toEqual([{ a: 1 }, undefined])
  })
})
