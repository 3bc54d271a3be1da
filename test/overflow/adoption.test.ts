import { setImmediate } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { realEnv } from '../../src/core/env.ts'
import type { Message } from '../../src/core/message.ts'
import type { OverflowStore, StoredMessage, StoredRange } from '../../src/core/overflow-store.ts'
import { adoptAll, unwritableIn, type Adopted } from '../../src/overflow/adoption.ts'
import type { NotedPiece } from '../../src/overflow/records.ts'
import { FramedStore } from '../../src/overflow/spill/framed-store.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'
import { batch, message, payments } from './spill/messages.ts'
import { storeOn } from './spill/places.ts'

const EVENTS = { onTrouble() {}, onOwnerLost() {} }
const FRAME_BYTES = 20_000
const HUGE = 1024 ** 3

/** Two stores, each on a disk of its own, and what is noted of an adoption from one into the other. */
class Trial {
  readonly source: SimulatedDisk
  readonly target: SimulatedDisk
  readonly lost: StoredRange[] = []
  noted: NotedPiece | undefined
  mostBytes = HUGE
  /** Wall clock of the target. */
  #date = 0

  constructor(seed = 1) {
    this.source = new SimulatedDisk(seed)
    this.target = new SimulatedDisk(seed + 1)
  }

  storeOf(disk: SimulatedDisk): OverflowStore {
    const env = { ...realEnv, date: () => this.#date }
    return new FramedStore(storeOn(disk), { frameBytes: FRAME_BYTES, codec: 'json' }, env)
  }

  async fill(disk: SimulatedDisk, messages: readonly Message[], storedAt = 0): Promise<void> {
    this.#date = storedAt
    const store = this.storeOf(disk)
    await store.open(EVENTS)
    await store.append(messages).stored
    await store.close()
  }

  async adopt(): Promise<Adopted> {
    const [source, target] = [this.storeOf(this.source), this.storeOf(this.target)]
    const from = { store: source, settled: await source.open(EVENTS) }
    const to = { store: target, settled: await target.open(EVENTS) }
    try {
      return await adoptAll(from, to, {
        noted: this.noted,
        note: async (piece) => void (this.noted = piece),
        storedAt: (date) => (this.#date = date),
        unwritable: (messages) => unwritableIn(messages, this.mostBytes),
        onLost: (range) => void this.lost.push(range),
      })
    } finally {
      await source.close()
      await target.close()
    }
  }

  /** The same in a process that ends after so many calls of one of the disks. @returns whether it came to its end. */
  async adoptUntil(disk: SimulatedDisk, calls: number, isCut: boolean): Promise<boolean> {
    disk.callsLeft = calls
    let isOver = false
    const adopting = this.adopt().then(() => (isOver = true))
    while (!isOver && disk.callsLeft > 0) await setImmediate()
    if (isOver) await adopting
    for (const each of [this.source, this.target]) {
      if (isOver) each.callsLeft = Infinity
      else if (isCut) each.cutPower()
      else each.kill()
    }
    return isOver
  }

  async read(disk: SimulatedDisk): Promise<StoredMessage[]> {
    const store = this.storeOf(disk)
    const { below } = await store.open(EVENTS)
    const messages: StoredMessage[] = []
    for (let at = below; at < store.next;) {
      const chunk = await store.read(at, 1000)
      messages.push(...chunk.messages)
      at = chunk.next
    }
    await store.close()
    return messages
  }
}

const unnumbered = (messages: readonly StoredMessage[]) => messages.map((each) => ({ ...each, number: 0 }))
const idsOf = (messages: readonly { readonly id: string }[]): string[] => messages.map(({ id }) => id)

describe('adoption', () => {
  test('what is stored goes behind what is there, in order, with all that it carries and the time it was stored', async () => {
    const trial = new Trial()
    const parts = [message('a', { key: 'k', position: 7 }), message('b', { position: 8 })]
    const odd = message(
      { date: new Date(5), bytes: new Uint8Array([1, 2]) },
      {
        key: 'mine',
        position: 'x',
        headers: { trace: '1' },
        priority: 9,
        deadline: 1_800_000_000_000,
        attempt: 4,
        sizeBytes: 77,
      },
    )
    const given = [...payments(1500), batch(parts), batch(parts, { sum: 2 }), odd]
    await trial.fill(trial.source, given, 1000)
    await trial.fill(trial.target, payments(10, 9000), 2000)
    const before = await trial.read(trial.source)
    expect(await trial.adopt()).toEqual({ messages: 1503, before: 0 })
    const after = await trial.read(trial.target)
    expect(idsOf(after.slice(0, 10))).toEqual(idsOf(payments(10, 9000)))
    expect(unnumbered(after.slice(10))).toEqual(unnumbered(before))
    expect(await trial.read(trial.source)).toEqual([])
  })

  test('what is settled already stays behind', async () => {
    const trial = new Trial()
    await trial.fill(trial.source, payments(50))
    const store = trial.storeOf(trial.source)
    await store.open(EVENTS)
    await store.commit({
      below: 11,
      above: [
        { from: 20, to: 30 },
        { from: 50, to: 51 },
      ],
      parts: 21,
    })
    await store.close()
    expect(await trial.adopt()).toEqual({ messages: 29, before: 0 })
    const all = payments(50)
    expect(idsOf(await trial.read(trial.target))).toEqual(idsOf([...all.slice(10, 19), ...all.slice(29, 49)]))
    const emptied = trial.storeOf(trial.source)
    expect(await emptied.open(EVENTS)).toMatchObject({ below: 51, above: [], parts: 50 })
    await emptied.close()
  })

  test.each(['source', 'target'] as const)(
    'ended at any call of the %s, by a kill or a power cut, it goes on: nothing lost, twice or out of order',
    { timeout: 120_000 },
    async (which) => {
      const given = payments(2500)
      const expected = [...idsOf(payments(10, 9000)), ...idsOf(given)]
      for (const isCut of [false, true]) {
        let isOver = false
        for (let calls = 1; !isOver; calls++) {
          const trial = new Trial(calls)
          await trial.fill(trial.source, given)
          await trial.fill(trial.target, payments(10, 9000))
          isOver = await trial.adoptUntil(trial[which], calls, isCut)
          await trial.adopt()
          expect(idsOf(await trial.read(trial.target)), `${calls} calls`).toEqual(expected)
          expect(await trial.read(trial.source)).toEqual([])
        }
      }
    },
  )

  test('a piece of which a part is there is left out so far', async () => {
    const trial = new Trial()
    await trial.fill(trial.source, payments(1200))
    await trial.fill(trial.target, payments(400))
    trial.noted = { from: 1, until: 1001, to: 1 }
    expect(await trial.adopt()).toEqual({ messages: 1200, before: 400 })
    expect(idsOf(await trial.read(trial.target))).toEqual(idsOf(payments(1200)))
  })

  test('the same messages of another edge at the end of the target are no reason to leave any out', async () => {
    const trial = new Trial()
    await trial.fill(trial.source, payments(5))
    await trial.fill(trial.target, payments(5))
    expect(await trial.adopt()).toEqual({ messages: 5, before: 0 })
    expect(idsOf(await trial.read(trial.target))).toEqual([...idsOf(payments(5)), ...idsOf(payments(5))])
  })

  test('a message that is too large for the target is named; those before it have been moved, it goes on later', async () => {
    const trial = new Trial()
    const large = message('x'.repeat(10_000), { position: 'large' })
    const given = [...payments(3), large, ...payments(3, 3)]
    await trial.fill(trial.source, given)
    trial.mostBytes = 5000
    await expect(trial.adopt()).rejects.toMatchObject({ code: 'SLUICE_OVERFLOW_TOO_LARGE' })
    expect(idsOf(await trial.read(trial.target))).toEqual(idsOf(payments(3)))
    trial.mostBytes = HUGE
    expect(await trial.adopt()).toEqual({ messages: 4, before: 0 })
    expect(idsOf(await trial.read(trial.target))).toEqual(idsOf(given))
  })

  test('what is damaged is told once and left out; the rest is moved', async () => {
    const trial = new Trial()
    const given = payments(2500)
    await trial.fill(trial.source, given)
    const segment = trial.source.paths.find((path) => path.endsWith('.v1'))!
    trial.source.flip(segment, Math.floor(trial.source.sizeOf(segment) / 2), 3)
    const { messages } = await trial.adopt()
    expect(trial.lost).toHaveLength(1)
    const [{ from, to }] = trial.lost as [StoredRange]
    expect(messages).toBe(2500 - (to - from))
    const whole = given.filter((_, at) => at + 1 < from || at + 1 >= to)
    expect(idsOf(await trial.read(trial.target))).toEqual(idsOf(whole))
    expect(await trial.read(trial.source)).toEqual([])
  })
})
