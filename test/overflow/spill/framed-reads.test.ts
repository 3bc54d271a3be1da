import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rangesOf } from '../../../src/overflow/range-steps.ts'
import { SettledRanges } from '../../../src/overflow/spill/settled-ranges.ts'
import { batch, payments } from './messages.ts'
import { Trial } from './trial.ts'

describe('overflow in frames: reads', () => {
  test('no frame is read or decoded twice by who goes on where it was, whatever it asks for', async () => {
    const trial = new Trial(8000)
    await trial.open()
    await trial.append(payments(200))
    trial.store.reads.length = 0
    const { messages } = await trial.all(1, 3)
    expect(messages.map(({ number }) => number)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1))
    expect(trial.store.reads).toEqual([1])
  })

  test('from any number on, and as many as are asked for where the frame has more', async () => {
    const trial = new Trial(8000)
    await trial.open()
    await trial.append(payments(100))
    const at = async (from: number, most: number) =>
      (await trial.overflow.read(from, most)).messages.map(({ number }) => number)
    expect(await at(50, 3)).toEqual([50, 51, 52])
    expect(await at(7, 1)).toEqual([7])
    expect(await at(53, 2)).toEqual([53, 54])
    expect(await at(101, 5)).toEqual([])
  })

  test('what was committed as settled is left out, also after it was opened again', async () => {
    const trial = new Trial()
    await trial.open()
    await trial.append(payments(20))
    const settled = {
      below: 5,
      above: [
        { from: 6, to: 9 },
        { from: 20, to: 21 },
      ],
      parts: 7,
    }
    await trial.overflow.commit(settled)
    const left = [5, ...Array.from({ length: 11 }, (_, at) => at + 9)]
    expect((await trial.all(5)).messages.map(({ number }) => number)).toEqual(left)
    expect((await trial.all(1)).messages.map(({ number }) => number)).toEqual(left)
    await trial.overflow.close()
    expect(await trial.open()).toEqual(settled)
    expect((await trial.all(5)).messages.map(({ number }) => number)).toEqual(left)
  })

  test('a damaged frame is lost alone, told once with the messages that it lay between, and not where it is settled', async () => {
    const trial = new Trial(1200)
    await trial.open()
    await trial.append(payments(20))
    const [, second, third] = trial.place.frames
    for (const frame of [second!, third!]) frame.payload[40]! ^= 1
    const range = { from: second!.number, to: second!.number + second!.count }
    await trial.overflow.commit({
      below: 1,
      above: [{ from: third!.number, to: third!.number + third!.count }],
      parts: 1,
    })
    const { messages, lost } = await trial.all(1, 2)
    expect(lost).toEqual([range])
    expect(messages).toHaveLength(20 - second!.count - third!.count)
    const chunk = await trial.overflow.read(1, 1)
    expect(chunk.lost).toEqual([])
  })

  test('numbers that the store calls lost are told with the messages around them, and once', async () => {
    const trial = new Trial(1200)
    await trial.open()
    await trial.append(payments(20))
    const gone = [trial.place.frames[1]!, trial.place.frames[3]!]
    trial.place.frames = trial.place.frames.filter((frame) => !gone.includes(frame))
    const { messages, lost } = await trial.all(1, 2)
    expect(lost).toEqual(gone.map(({ number, count }) => ({ from: number, to: number + count })))
    expect(messages).toHaveLength(20 - gone[0]!.count - gone[1]!.count)
    expect((await trial.overflow.read(1, 1)).lost).toEqual([])
  })

  test('a frame of a newer version is refused, again and again, and nothing is skipped', async () => {
    const trial = new Trial(1200)
    await trial.open()
    await trial.append(payments(8))
    const newer = Buffer.from(trial.place.frames[1]!.payload)
    newer[4] = 9
    newer.writeUInt32BE(crc32(newer.subarray(4)))
    trial.place.frames[1] = { ...trial.place.frames[1]!, payload: newer }
    const { next } = await trial.overflow.read(1, 4)
    for (let round = 0; round < 2; round++)
      await expect(trial.overflow.read(next, 4)).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_NEWER' })
  })
})

describe('overflow in frames: depth', () => {
  test('counts messages and parts that are stored and not settled, also after it was opened again', async () => {
    const trial = new Trial()
    expect(trial.overflow.depth).toEqual({ messages: 0, parts: 0, bytes: 0 })
    await trial.open()
    await trial.append([batch(payments(10)), ...payments(4, 10)])
    expect(trial.overflow.depth).toMatchObject({ messages: 5, parts: 14 })
    await trial.overflow.commit({ below: 2, above: [{ from: 4, to: 5 }], parts: 11 })
    expect(trial.overflow.depth).toMatchObject({ messages: 3, parts: 3 })
    await trial.overflow.close()
    await trial.open()
    expect(trial.overflow.depth).toMatchObject({ messages: 3, parts: 3 })
    await trial.append([batch(payments(6))])
    expect(trial.overflow.depth).toMatchObject({ messages: 4, parts: 9 })
    await trial.overflow.commit({ below: 7, above: [], parts: 20 })
    expect(trial.overflow.depth).toMatchObject({ messages: 0, parts: 0 })
  })

  test('is right after ranges were forgotten, whatever they were (property)', async () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(40), fc.array(fc.nat(3), { maxLength: 20 }), async (counts, below, steps) => {
        const trial = new Trial(900)
        await trial.open()
        const given = counts.map((count, at) => (count === 1 ? payments(1, at)[0]! : batch(payments(count, at))))
        await trial.append(given)
        const first = Math.min(below, given.length) + 1
        const above = rangesOf(first, steps).filter(({ to }) => to <= given.length + 1)
        await trial.overflow.close()
        trial.place.settled = { below: first, above, parts: undefined }
        trial.place.frames = trial.place.frames.filter(({ number, count }) => number + count > first)
        await trial.open()
        const settled = new SettledRanges({ below: first, above })
        const left = given.flatMap((one, at) => (settled.has(at + 1) ? [] : [one.parts?.length ?? 1]))
        expect(trial.overflow.depth.parts).toBe(left.reduce((sum, count) => sum + count, 0))
      }),
      { numRuns: 300 },
    )
  })

  test('where what was settled is not known any more, all that is stored counts as unsettled', async () => {
    const trial = new Trial(300)
    await trial.open()
    await trial.append([batch(payments(10)), ...payments(4, 10)])
    await trial.overflow.commit({ below: 3, above: [{ from: 4, to: 5 }], parts: 12 })
    await trial.overflow.close()
    trial.place.settled = undefined
    expect(await trial.open()).toEqual({ below: 3, above: [], parts: 11 })
    expect(trial.overflow.depth).toMatchObject({ messages: 3, parts: 3 })
  })
})

test('overflow in frames: a plain list says the same, whatever is done (property)', async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('append' as const), count: fc.nat(30) }),
    fc.record({ do: fc.constant('read' as const), from: fc.nat(100), most: fc.integer({ min: 1, max: 40 }) }),
    fc.record({ do: fc.constant('commit' as const), below: fc.nat(100), gap: fc.nat(9), length: fc.nat(9) }),
    fc.record({ do: fc.constant('reopen' as const) }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const trial = new Trial(2000)
      await trial.open()
      const ids: string[] = []
      let below = 1
      let above = { from: 1, to: 1 }
      const isSettled = (number: number): boolean => number < below || (number >= above.from && number < above.to)
      for (const one of steps) {
        if (one.do === 'append') {
          const messages = payments(one.count, ids.length)
          await trial.overflow.append(messages).stored
          ids.push(...messages.map(({ id }) => id))
        } else if (one.do === 'read') {
          const from = below + Math.floor((one.from / 100) * (ids.length + 1 - below))
          const { messages, lost, next } = await trial.overflow.read(from, one.most)
          const expected = ids.map((id, at) => ({ id, number: at + 1 })).slice(from - 1, next - 1)
          expect(messages.map(({ id, number }) => ({ id, number }))).toEqual(
            expected.filter(({ number }) => !isSettled(number)),
          )
          expect(lost).toEqual([])
          if (messages.length === 0) expect(next).toBe(Math.max(from, ids.length + 1))
        } else if (one.do === 'commit') {
          below = Math.min(ids.length + 1, Math.max(below, one.below))
          const from = Math.min(ids.length + 1, below + one.gap)
          above = { from, to: Math.min(ids.length + 1, from + one.length) }
          await trial.overflow.commit({ below, above: above.to > above.from ? [above] : [], parts: below - 1 })
        } else {
          await trial.overflow.close()
          await trial.open()
        }
        const settledAbove = Math.max(0, above.to - Math.max(above.from, below))
        expect(trial.overflow.depth.messages).toBe(ids.length - (below - 1) - settledAbove)
        expect(trial.overflow.next).toBe(ids.length + 1)
      }
    }),
    { numRuns: 200 },
  )
})

test('what is read once more is read aside: who reads on finds what was read in advance', async () => {
  const trial = new Trial(2000)
  await trial.open()
  await trial.overflow.append(payments(2000)).stored
  await trial.overflow.read(1, 1000)
  const { reads } = trial.store
  const before = reads.length
  const again = await trial.overflow.read(500, 3)
  expect(again.messages[0]!.number).toBe(500)
  expect(reads.slice(before)).toEqual([500])
  const { messages } = await trial.overflow.read(1001, 10)
  expect(messages[0]!.number).toBe(1001)
  expect(reads).toHaveLength(before + 1)
})
