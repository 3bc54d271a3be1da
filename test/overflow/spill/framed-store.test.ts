import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { Settled, StoredMessage } from '../../../src/core/overflow-store.ts'
import { overflowError } from '../../../src/overflow/errors.ts'
import type { FrameChunk, FrameStoreEvents, NewFrame } from '../../../src/overflow/spill/frame-store.ts'
import { FramedStore } from '../../../src/overflow/spill/framed-store.ts'
import { ManualEnv } from '../../support/manual-env.ts'
import { MemoryPlace, MemoryStore } from '../../testing/fakes/frame-stores.ts'
import { batch, message, payments } from './messages.ts'

/** A store in memory that does what a test says, and counts what is done to it. */
class ToldStore extends MemoryStore {
  /** Called before each append; what it throws is thrown. */
  before: () => unknown = () => undefined
  readonly appended: (readonly [number: number, frames: readonly NewFrame[]])[] = []
  readonly reads: number[] = []
  atOnce = 0
  mostAtOnce = 0
  events: FrameStoreEvents | undefined

  override open(events?: FrameStoreEvents): Promise<Settled | undefined> {
    this.events = events
    return super.open()
  }

  override async append(number: number, frames: readonly NewFrame[]): Promise<void> {
    this.appended.push([number, frames])
    this.mostAtOnce = Math.max(this.mostAtOnce, ++this.atOnce)
    try {
      await this.before()
      await super.append(number, frames)
    } finally {
      this.atOnce--
    }
  }

  override read(from: number, mostBytes: number): Promise<FrameChunk> {
    this.reads.push(from)
    return super.read(from, mostBytes)
  }
}

class Trial {
  readonly env = new ManualEnv()
  readonly place = new MemoryPlace()
  readonly told: (string | undefined)[] = []
  readonly lost: string[] = []
  store = new ToldStore(this.place)
  overflow: FramedStore

  constructor(frameBytes = 1000) {
    this.overflow = new FramedStore(this.store, { frameBytes, codec: 'json' }, this.env)
  }

  open(): Promise<Settled> {
    return this.overflow.open({
      onTrouble: (error) => void this.told.push(error?.message),
      onOwnerLost: (error) => void this.lost.push(error.message),
    })
  }

  /** Appends while time passes. */
  async append(messages: readonly Message[]): Promise<void> {
    await this.pass(this.overflow.append(messages).stored)
  }

  /** Lets time pass until something is done. */
  async pass(done: Promise<unknown>): Promise<void> {
    let isDone = false
    const end = (): void => void (isDone = true)
    done.then(end, end)
    while (!isDone) await this.env.advanceAsync(100)
    await done
  }

  async all(from = 1, most = 7): Promise<{ messages: StoredMessage[]; lost: unknown[] }> {
    const messages: StoredMessage[] = []
    const lost: unknown[] = []
    for (let next = from; next < this.overflow.next; ) {
      const chunk = await this.overflow.read(next, most)
      expect(chunk.messages.length).toBeLessThanOrEqual(most)
      messages.push(...chunk.messages)
      lost.push(...chunk.lost)
      expect(chunk.next).toBeGreaterThan(next)
      next = chunk.next
    }
    return { messages, lost }
  }
}

const broken = (): never => {
  throw overflowError('SLUICE_LOG_FULL_DISK', 'no room')
}

describe('overflow in frames: appends', () => {
  test('one that fails is tried again with the very same frames, until it is stored; trouble is told once', async () => {
    const trial = new Trial()
    await trial.open()
    await trial.append(payments(3))
    let failures = 5
    trial.store.before = () => (failures-- > 0 ? broken() : undefined)
    await trial.append(payments(9, 3))
    const tries = trial.store.appended.slice(1)
    expect(tries).toHaveLength(6)
    for (const [number, frames] of tries) {
      expect(number).toBe(4)
      expect(frames).toBe(tries[0]![1])
    }
    expect(trial.told).toEqual(['no room', undefined])
    expect((await trial.all()).messages.map(({ id }) => id)).toEqual(payments(12).map(({ id }) => id))
  })

  test('pauses grow from 50 ms to two seconds, and none is skipped', async () => {
    const trial = new Trial()
    await trial.open()
    trial.store.before = broken
    const { stored } = trial.overflow.append(payments(1))
    Promise.resolve(stored).catch(() => undefined)
    const pauses: number[] = []
    for (let round = 0; round < 12; round++) {
      await trial.env.settle()
      const pause = trial.env.nextTimerInMs!
      pauses.push(pause)
      await trial.env.advanceAsync(pause)
    }
    for (const [index, pause] of pauses.entries()) {
      const longest = Math.min(2000, 50 * 2 ** index)
      expect(pause).toBeGreaterThanOrEqual(longest / 2)
      expect(pause).toBeLessThanOrEqual(longest)
    }
    const closing = trial.overflow.close()
    await expect(stored).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_CLOSED' })
    await closing
    expect(trial.env.timers).toBe(0)
  })

  test('one whose outcome is unknown is there once', async () => {
    const trial = new Trial()
    await trial.open()
    let isFirst = true
    trial.store.before = async () => {
      if (!isFirst) return
      isFirst = false
      const [number, frames] = trial.store.appended.at(-1)!
      await trial.store.write(number, frames)
      broken()
    }
    await trial.append(payments(5))
    await trial.append(payments(5, 5))
    expect((await trial.all()).messages.map(({ id }) => id)).toEqual(payments(10).map(({ id }) => id))
  })

  test('never two at once, and in order, also where somebody does not wait', async () => {
    const trial = new Trial()
    await trial.open()
    let turns = 0
    trial.store.before = () => (++turns % 3 === 0 ? undefined : broken())
    const all = [0, 1, 2, 3].map((index) => trial.overflow.append(payments(4, index * 4)).stored)
    await trial.pass(Promise.all(all))
    expect(trial.store.mostAtOnce).toBe(1)
    expect((await trial.all()).messages.map(({ id }) => id)).toEqual(payments(16).map(({ id }) => id))
  })

  test('where the owner is lost, it is told once, and what waits is rejected', async () => {
    for (const isTold of [true, false]) {
      const trial = new Trial()
      await trial.open()
      const error = overflowError('SLUICE_OVERFLOW_OWNER_LOST', 'another has it')
      trial.store.before = isTold
        ? broken
        : () => {
            throw error
          }
      const { stored } = trial.overflow.append(payments(1))
      const rejected = expect(stored).rejects.toBe(error)
      await trial.env.settle()
      if (isTold) trial.store.events!.onOwnerLost(error)
      await rejected
      await expect(trial.overflow.append(payments(1)).stored).rejects.toBe(error)
      expect(trial.lost).toEqual(['another has it'])
      await trial.overflow.close()
    }
  })

  test('what cannot be written is told at once and has no number', async () => {
    const trial = new Trial()
    await trial.open()
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const bad = message(circle)
    const { written, unwritable, stored } = trial.overflow.append([...payments(2), bad, ...payments(2, 2)])
    expect(written).toHaveLength(4)
    expect(unwritable.map((one) => one.message)).toEqual([bad])
    await stored
    expect(trial.overflow.next).toBe(5)
    const alone = trial.overflow.append([bad])
    expect(alone.written).toEqual([])
    await alone.stored
    expect(trial.overflow.next).toBe(5)
  })
})

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
    const settled = { below: 4, above: [{ from: 6, to: 9 }, { from: 20, to: 21 }], parts: 7 }
    await trial.overflow.commit(settled)
    const left = [4, 5, ...Array.from({ length: 11 }, (_, at) => at + 9)]
    expect((await trial.all(4)).messages.map(({ number }) => number)).toEqual(left)
    await trial.overflow.close()
    expect(await trial.open()).toEqual(settled)
    expect((await trial.all(4)).messages.map(({ number }) => number)).toEqual(left)
  })

  test('a damaged frame is lost alone, told once with the messages that it lay between, and not where it is settled', async () => {
    const trial = new Trial(1200)
    await trial.open()
    await trial.append(payments(20))
    const [, second, third] = trial.place.frames
    for (const frame of [second!, third!]) frame.payload[40]! ^= 1
    const range = { from: second!.number, to: second!.number + second!.count }
    await trial.overflow.commit({ below: 1, above: [{ from: third!.number, to: third!.number + third!.count }], parts: 1 })
    const { messages, lost } = await trial.all(1, 2)
    expect(lost).toEqual([range])
    expect(messages).toHaveLength(20 - second!.count - third!.count)
    const chunk = await trial.overflow.read(1, 1)
    expect(chunk.lost).toEqual([])
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
