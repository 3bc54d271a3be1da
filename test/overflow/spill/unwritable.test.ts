import { describe, expect, test, vi } from 'vitest'
import { decodeFrame } from '../../../src/overflow/spill/frame-decoder.ts'
import { FrameEncoder } from '../../../src/overflow/spill/frame-encoder.ts'
import { LIMITS } from './frames.ts'
import { message, payments } from './messages.ts'

describe('frames of messages of which some cannot be written, or not together', () => {
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

  test('what is nested so deeply that it could not be read is told alone: it takes nothing with it', async () => {
    for (let levels = 990; levels < 3000; levels += 10) {
      let deep: unknown = 1
      for (let depth = 0; depth < levels; depth++) deep = [deep]
      const { written, sealed } = new FrameEncoder(LIMITS).encode([message(0), message(deep), message(1)])
      expect(written).toHaveLength(levels > 1000 ? 2 : 3)
      const [frame] = await sealed('json', { partsBefore: 0, storedAt: 0 })
      expect(await decodeFrame({ ...frame!, number: 1 })).toHaveLength(written.length)
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
})
