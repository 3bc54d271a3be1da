import type { Message } from '../../../src/core/message.ts'
import type { StoredMessage } from '../../../src/core/overflow-store.ts'
import { decodeFrame } from '../../../src/overflow/spill/frame-decoder.ts'
import { FrameEncoder, type Encoded, type FrameLimits } from '../../../src/overflow/spill/frame-encoder.ts'
import type { Codec } from '../../../src/overflow/spill/frame-header.ts'
import type { NumberedFrame } from '../../../src/overflow/spill/frame-store.ts'

export const STAMP = { partsBefore: 7, storedAt: 1_800_000_000_000 }
export const LIMITS = { frameBytes: 63 * 1024, mostBytes: 1024 ** 2 }

export async function framesOf(encoded: Encoded, codec: Codec = 'json'): Promise<NumberedFrame[]> {
  let number = 1
  return (await encoded.sealed(codec, STAMP)).map((frame) => {
    number += frame.count
    return { ...frame, number: number - frame.count }
  })
}

/** Messages that were written into frames, and read again. */
export async function back(
  given: readonly Message[],
  { codec, limits = LIMITS }: { codec?: Codec; limits?: FrameLimits } = {},
) {
  const frames = await framesOf(new FrameEncoder(limits).encode(given), codec)
  const messages: StoredMessage[] = []
  for (const frame of frames) messages.push(...(await decodeFrame(frame))!)
  return { frames, messages }
}
