import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeFrame } from '../../../src/overflow/spill/frame-decoder.ts'
import { sealFrame } from '../../../src/overflow/spill/frame-header.ts'
import { back, STAMP } from './frames.ts'
import { payments } from './messages.ts'

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
    payload[4] = 3
    payload.writeUInt32BE(crc32(payload.subarray(4)))
    await expect(decodeFrame({ ...frame!, number: 11, payload })).rejects.toMatchObject({
      code: 'SLUICE_OVERFLOW_NEWER',
      message: expect.stringContaining('11 to 13') as string,
    })
  })
})
