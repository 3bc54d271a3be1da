import { describe, expect, test } from 'vitest'
import { overflowError } from '../../../src/overflow/errors.ts'
import { batch, message, payments } from './messages.ts'
import { Trial } from './trial.ts'

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

  test('what is given during one is stored with the next, in order; bytes of both count', async () => {
    const trial = new Trial()
    await trial.open()
    let end = (): void => {}
    trial.store.before = () => new Promise<void>((resolve) => void (end = resolve))
    const given = [payments(10), payments(5, 10), [batch(payments(10, 15)), batch(payments(20, 25))], payments(7, 45)]
    const stored = given.map((messages) => trial.overflow.append(messages).stored)
    await trial.env.settle()
    expect(trial.store.appended).toHaveLength(1)
    expect(trial.overflow.depth.bytes).toBeGreaterThan(1000)
    trial.store.before = () => undefined
    end()
    await Promise.all(stored)
    expect(trial.store.appended.map(([number]) => number)).toEqual([1, 11])
    expect(trial.overflow.depth).toMatchObject({ messages: 24, parts: 52 })
    expect((await trial.all()).messages.map(({ id }) => id)).toEqual(given.flat().map(({ id }) => id))
  })

  test('no more than so many bytes are stored at once', async () => {
    const trial = new Trial(100_000)
    await trial.open()
    let end = (): void => {}
    trial.store.before = () => new Promise<void>((resolve) => void (end = resolve))
    const stored = Array.from({ length: 12 }, (_, at) => trial.overflow.append(payments(4000, 4000 * at)).stored)
    await trial.env.settle()
    trial.store.before = () => undefined
    end()
    await Promise.all(stored)
    const calls = trial.store.appended.map(([, frames]) => frames.reduce((sum, { payload }) => sum + payload.length, 0))
    expect(Math.max(...calls)).toBeLessThanOrEqual(4 * 1024 ** 2)
    expect(calls.length).toBeLessThan(7)
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
      const outcome = Promise.resolve(stored).catch((reason: unknown) => reason)
      await trial.env.settle()
      if (isTold) trial.store.events!.onOwnerLost(error)
      expect(await outcome).toBe(error)
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
