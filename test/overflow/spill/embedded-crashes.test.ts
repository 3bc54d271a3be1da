import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredRange } from '../../../src/core/overflow-store.ts'
import { SettledNumbers } from '../../../src/core/settled-numbers.ts'
import type { LogProblem } from '../../../src/overflow/log/problem.ts'
import type { EmbeddedStore } from '../../../src/overflow/spill/embedded-store.ts'
import type { StoredSettled } from '../../../src/overflow/spill/frame-store.ts'
import { SimulatedDisk } from '../../support/simulated-disk.ts'
import { storeOn } from './places.ts'

type Step =
  | { readonly do: 'append'; readonly counts: readonly number[]; readonly bytes: number }
  | { readonly do: 'commit'; readonly share: number; readonly gap: number; readonly length: number }
  | { readonly do: 'faults'; readonly write: number; readonly sync: number; readonly short: number }
  | { readonly do: 'fill'; readonly room: number }
  | { readonly do: 'close' | 'kill' | 'cut' }
  | { readonly do: 'crash in'; readonly calls: number; readonly isCut: boolean; readonly share: number }

const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10)
const counts = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('append' as const), counts, bytes: fc.integer({ min: 20, max: 1500 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('commit' as const), share, gap: fc.nat(5), length: fc.nat(5) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('faults' as const),
      write: fc.constantFrom(0, 0.2),
      sync: fc.constantFrom(0, 0.2, 0.6),
      short: fc.constantFrom(0, 0.5),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('fill' as const), room: fc.nat(3000) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'kill' as const, 'cut' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('crash in' as const), calls: fc.nat(16), isCut: fc.boolean(), share }),
  },
)

/** A frame as it was given; without a number as long as nobody has confirmed it. */
interface Given {
  readonly text: string
  readonly count: number
  readonly number: number
  isConfirmed: boolean
}

function overlaps({ number, count }: Given, from: number, to: number): boolean {
  return number < to && number + count > from
}

class Trial {
  readonly disk: SimulatedDisk
  readonly problems: LogProblem[] = []
  /** All that may be there: what was not confirmed is taken out when it turns out not to be. */
  given: Given[] = []
  /** The last commit that was confirmed, and those that were asked for since. */
  commits: StoredSettled[] = [{ below: 1, above: [], parts: 0 }]
  store!: EmbeddedStore
  #frames = 0
  /** What is settled stays so. */
  #numbers = new SettledNumbers()

  constructor(seed: number) {
    this.disk = new SimulatedDisk(seed)
  }

  async open(): Promise<void> {
    this.calm()
    const report = (problem: LogProblem): void => void this.problems.push(problem)
    this.store = storeOn(this.disk, { limit: 32_768, report })
    await this.check(await this.store.open())
  }

  calm(): void {
    this.disk.faults = { shortWrite: 0, failedWrite: 0, failedSync: 0 }
    this.disk.capacity = Infinity
  }

  /** As an overflow does: the same frames again and again. */
  async append(frameCounts: readonly number[], bytes: number): Promise<void> {
    const first = this.store.next
    let number = first
    const frames = frameCounts.map((count) => {
      const text = `${this.#frames++} `.padEnd(bytes, '.')
      const one = { text, count, number, isConfirmed: false }
      number += count
      return one
    })
    this.given.push(...frames)
    const encoded = frames.map(({ text, count }) => ({ payload: Buffer.from(text), count }))
    for (let tries = 0; ; tries++) {
      if (tries === 4) this.calm()
      try {
        await this.store.append(first, encoded)
        for (const one of frames) one.isConfirmed = true
        return
      } catch (error) {
        expect((error as { code: string }).code).toMatch(/^SLUICE_LOG_/)
      }
    }
  }

  async commit({ share: part, gap, length }: { share: number; gap: number; length: number }): Promise<void> {
    const numbers = this.#numbers
    numbers.addRange(numbers.below, numbers.below + Math.floor((this.store.next - numbers.below) * part))
    const from = numbers.below + gap
    if (gap > 0) numbers.addRange(from, Math.min(this.store.next, from + length))
    const { below } = numbers
    const settled = { below, above: numbers.ranges(), parts: below - 1 }
    this.commits.push(settled)
    try {
      await this.store.commit(settled)
      this.commits = [settled]
    } catch (error) {
      expect((error as { code: string }).code).toMatch(/^SLUICE_LOG_/)
    }
  }

  async take(one: Step): Promise<void> {
    if (one.do === 'append') await this.append(one.counts, one.bytes)
    else if (one.do === 'commit') await this.commit(one)
    else if (one.do === 'faults') {
      this.disk.faults = { failedWrite: one.write, failedSync: one.sync, shortWrite: one.short }
    } else if (one.do === 'fill') this.disk.capacity = this.disk.bytes + one.room
    else if (one.do === 'crash in') {
      this.disk.callsLeft = one.calls
      void this.append([1, 3], 700)
      void this.commit({ share: one.share, gap: 2, length: 2 })
      void this.store.read(this.commits.at(-1)!.below, 5000)
      for (let turn = 0; turn < 300; turn++) await Promise.resolve()
      await this.crash(one.isCut)
    } else if (one.do === 'close') {
      await this.store.close()
      await this.open()
    } else await this.crash(one.do === 'cut')
  }

  async crash(isCut: boolean): Promise<void> {
    if (isCut) this.disk.cutPower()
    else this.disk.kill()
    await this.open()
  }

  /** What was committed is known, what was confirmed is there in order, and nothing is lost. */
  async check(settled: StoredSettled | undefined): Promise<void> {
    const found = settled ?? { below: 1, above: [], parts: 0 }
    const keyOf = ({ below, above }: { below: number; above: readonly StoredRange[] }): string =>
      JSON.stringify([below, above])
    expect(this.commits.map(keyOf)).toContain(keyOf(found))
    this.commits = [found]
    this.#numbers = new SettledNumbers(found.below, found.above)
    const there = new Set<Given>()
    const isSettled = ({ number, count }: Given): boolean =>
      number + count <= found.below || found.above.some(({ from, to }) => from <= number && number + count <= to)
    const missed = this.given.filter((one) => one.isConfirmed && !isSettled(one))
    for (let next = found.below; next < this.store.next;) {
      const chunk = await this.store.read(next, 3000)
      // Of what was under way when the power went, a frame may be there and the one before it not, which is told.
      const lost = missed.filter((one) => chunk.lost.some(({ from, to }) => overlaps(one, from, to)))
      expect(lost.map(({ number }) => number)).toEqual([])
      for (const { number, count, payload } of chunk.frames) {
        const one = this.given.find(({ text }) => text === Buffer.from(payload).toString())
        expect(one, `frame ${number} was given`).toBeDefined()
        expect([number, count]).toEqual([one!.number, one!.count])
        there.add(one!)
      }
      expect(chunk.next).toBeGreaterThan(next)
      next = chunk.next
    }
    expect(missed.filter((one) => !there.has(one)).map(({ number }) => number)).toEqual([])
    this.given = [...there]
    for (const one of there) one.isConfirmed = true
    expect(this.problems.filter(({ kind }) => kind === 'missing' || kind === 'head')).toEqual([])
    expect(this.disk.syncRetries).toBe(0)
  }
}

describe('embedded store of an overflow: after any crash', () => {
  test(
    'what was confirmed and is not settled is there in order, with its numbers, and commits are known (property)',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), fc.array(step, { maxLength: 25, size: 'max' }), async (seed, steps) => {
          const trial = new Trial(seed)
          await trial.open()
          for (const one of steps) await trial.take(one)
          await trial.crash(true)
        }),
        { numRuns: 800 },
      )
    },
  )
})
