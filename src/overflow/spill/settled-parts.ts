import type { Settled, StoredRange } from '../../core/overflow-store.ts'
import { decodeFrame, knownHeader } from './frame-decoder.ts'
import type { FrameHeader } from './frame-header.ts'
import type { FrameStore, NumberedFrame, StoredSettled } from './frame-store.ts'
import { SettledRanges } from './settled-ranges.ts'

const READ_BYTES = 1024 ** 2

/**
 * What is settled, with its parts: where a store has forgotten ranges, they are counted in the frames up to the last
 * range that it knows. Of what is lost nobody knows the parts: each message is taken for one.
 *
 * @throws what the store throws
 */
export async function withParts({ below, above, parts }: StoredSettled, store: FrameStore): Promise<Settled> {
  if (parts !== undefined) return { below, above, parts }
  const settled = new SettledRanges({ below, above })
  const end = above.at(-1)?.to ?? below + 1
  let sum: number | undefined
  let at = below
  for (let from = below; from < end;) {
    const { frames, next } = await store.read(from, READ_BYTES)
    for (const frame of frames) {
      const header = knownHeader(frame)
      if (header === undefined) continue
      const left = unsettledIn(settled, at, frame.number)
      const before = sum === undefined ? header.partsBefore : sum + Math.max(0, frame.number - at)
      sum = before - left + (await partsIn(frame, header, settled))
      at = frame.number + frame.count
    }
    if (next <= from) break
    from = next
  }
  const rest = Math.max(0, end - at) - unsettledIn(settled, at, end)
  return { below, above, parts: sum === undefined ? settled.count : sum + rest }
}

/** A frame is decoded only where some of it is settled, and has parts of which it isn't known whose they are. */
async function partsIn(frame: NumberedFrame, { parts }: FrameHeader, settled: SettledRanges): Promise<number> {
  const { number, count } = frame
  const left = unsettledIn(settled, number, number + count)
  if (left === 0) return parts
  if (left === count) return 0
  if (parts === count) return count - left
  const messages = (await decodeFrame(frame)) ?? []
  if (messages.length === 0) return count - left
  return messages.reduce((sum, one) => sum + (settled.has(one.number) ? (one.parts?.length ?? 1) : 0), 0)
}

function unsettledIn(settled: SettledRanges, from: number, to: number): number {
  return settled.unsettledOf({ from, to }).reduce((sum, range: StoredRange) => sum + range.to - range.from, 0)
}
