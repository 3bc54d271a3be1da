import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { wholeHeader } from '../../../src/overflow/spill/frame-decoder.ts'
import { FrameEncoder } from '../../../src/overflow/spill/frame-encoder.ts'
import { back, framesOf, STAMP } from './frames.ts'
import { batch, keptOf, message, payments } from './messages.ts'

describe('frames of batches', () => {
  test('parts of a batch keep what they carry, and share what they have in common', async () => {
    const one = { headers: { from: 'a' }, time: 5, priority: 7, deadline: 9, attempt: 3, sizeBytes: 200 }
    const parts = [message(1, one), message(2, one), message(3, { sizeBytes: 400 }), message(4, { sizeBytes: 400 })]
    const [stored] = (await back([batch(parts)])).messages
    const own = stored!.parts!.map((part) => part.details!)
    const { attempt, ...rest } = one
    expect(own.slice(1, 3)).toEqual([
      { ...rest, attemptsAhead: attempt - 1 },
      {
        headers: {},
        time: parts[2]!.time,
        priority: 4,
        deadline: undefined,
        attemptsAhead: 0,
        sizeBytes: 400,
      },
    ])
    expect(own[1]).toBe(own[0])
    expect(own[3]).toBe(own[2])
    const alike = (await back([batch([message(1, { sizeBytes: 1200 })])])).messages[0]!
    expect(alike.parts![0]).not.toHaveProperty('details')
  })

  test('parts that carry the same take next to nothing for it', async () => {
    const shared = { headers: { 'content-type': 'application/json', from: 'somewhere' }, time: 5, sizeBytes: 490 }
    const parts = Array.from({ length: 100 }, (_, position) => message(position, { ...shared, position }))
    const same = Array.from({ length: 100 }, (_, position) => message(position, { position, sizeBytes: 256 }))
    const bytesOf = async (given: Message): Promise<number> => (await back([given])).frames[0]!.payload.length
    const least = await bytesOf(message(parts.map(({ data }) => data)))
    expect((await bytesOf(batch(same))) - least).toBeLessThan(130)
    expect((await bytesOf(batch(parts))) - (await bytesOf(batch(same)))).toBeLessThan(130)
  })

  test('parts that are batches themselves keep theirs, with what each carries', async () => {
    const one = { headers: { from: 'a' }, key: 'k', attempt: 3 }
    const given = [
      batch([batch([message(1, one), message(2)]), message(3), batch([message([4])])]),
      batch([batch([message(5), message(undefined)], 'sum'), batch([message(6, one)], null)], 'both'),
      batch([batch([batch([message(7, { attempt: 2 })])])]),
    ]
    const { messages } = await back(given)
    expect(messages).toEqual(given.map((each, at) => keptOf(each, at + 1, STAMP.storedAt)))
    const [first, second] = messages
    expect(first!.parts!.map(({ parts }) => parts?.length)).toEqual([2, undefined, 1])
    expect(second!.parts![0]!.parts!.map(({ data }) => data)).toEqual([5, undefined])
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
