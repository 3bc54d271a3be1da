import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SegmentedLog } from '../../src/overflow/log/log.ts'
import type { LogProblem } from '../../src/overflow/log/problem.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'

type Step =
  | { readonly do: 'append'; readonly calls: readonly (readonly number[])[] }
  | { readonly do: 'drop'; readonly which: number }
  | { readonly do: 'faults'; readonly write: number; readonly sync: number; readonly short: number }
  | { readonly do: 'fill'; readonly room: number }
  | { readonly do: 'close' | 'kill' | 'cut' }
  | { readonly do: 'crash in'; readonly calls: number; readonly isCut: boolean; readonly sizes: readonly number[] }

const sizes = fc.array(fc.integer({ min: 16, max: 1200 }), { minLength: 1, maxLength: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), calls: fc.array(sizes, { maxLength: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('drop' as const), which: fc.nat(7) }) },
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
    arbitrary: fc.record({
      do: fc.constant('crash in' as const),
      calls: fc.nat(12),
      isCut: fc.boolean(),
      sizes,
    }),
  },
)

/** What was given to the log, in the order in which it was. */
interface Given {
  readonly payload: string
  readonly order: number
  number: number | undefined
  sequence: number | undefined
  /** Asked to be dropped: then it may be gone, and once that is confirmed it is. */
  drop: 'no' | 'asked' | 'done'
}

class Trial {
  readonly disk: SimulatedDisk
  readonly given = new Map<string, Given>()
  readonly problems: LogProblem[] = []
  log!: SegmentedLog

  constructor(seed: number) {
    this.disk = new SimulatedDisk(seed)
  }

  async open(): Promise<void> {
    // Whoever opens a log on a disk that fails is told; here it is tried again with one that is well.
    this.disk.faults = { shortWrite: 0, failedWrite: 0, failedSync: 0 }
    this.disk.capacity = Infinity
    const report = (problem: LogProblem): void => void this.problems.push(problem)
    this.log = await SegmentedLog.open({ folder: '/log', limit: 32_768, files: this.disk.files, report })
    await this.check()
  }

  async give(lengths: readonly number[]): Promise<void> {
    const frames = lengths.map((length) => {
      const order = this.given.size
      const payload = `${order} `.padEnd(length, '.')
      this.given.set(payload, { payload, order, number: undefined, sequence: undefined, drop: 'no' })
      return { payload, count: 1 + (order % 3) }
    })
    try {
      const given = frames.map(({ payload, count }) => ({ payload: Buffer.from(payload), count }))
      const { number, sequence } = await this.log.append(given)
      let next = number
      for (const { payload, count } of frames) {
        Object.assign(this.given.get(payload)!, { number: next, sequence })
        next += count
      }
    } catch (error) {
      expect((error as { code: string }).code).toMatch(/^SLUICE_LOG_/)
    }
  }

  async drop(which: number): Promise<void> {
    const segment = this.log.segments[which]
    if (segment === undefined) return
    const theirs = [...this.given.values()].filter(({ sequence }) => sequence === segment.sequence)
    for (const one of theirs) one.drop = 'asked'
    const isDropped = await this.log.drop([segment.sequence]).catch(() => false)
    const isGone = this.log.segments.every(({ sequence }) => sequence !== segment.sequence)
    if (isDropped && isGone) for (const one of theirs) one.drop = 'done'
  }

  async take(one: Step): Promise<void> {
    if (one.do === 'append') await Promise.all(one.calls.map((lengths) => this.give(lengths)))
    else if (one.do === 'drop') await this.drop(one.which)
    else if (one.do === 'faults') {
      this.disk.faults = { failedWrite: one.write, failedSync: one.sync, shortWrite: one.short }
    } else if (one.do === 'fill') this.disk.capacity = this.disk.bytes + one.room
    else if (one.do === 'crash in') {
      this.disk.callsLeft = one.calls
      void this.give(one.sizes)
      void this.give([100])
      void this.drop(one.calls % 3)
      for (let turn = 0; turn < 200; turn++) await Promise.resolve()
      await this.crash(one.isCut)
    } else if (one.do === 'close') {
      await this.log.close()
      await this.open()
    } else await this.crash(one.do === 'cut')
  }

  async crash(isCut: boolean): Promise<void> {
    if (isCut) this.disk.cutPower()
    else this.disk.kill()
    await this.open()
  }

  /** What was confirmed is there, in order; nothing is there that was not given. */
  async check(): Promise<void> {
    const found = new Set<Given>()
    let next = 0
    let order = -1
    for await (const { frames } of this.log.read()) {
      for (const { number, count, payload } of frames) {
        const one = this.given.get(payload.toString())
        if (one === undefined) throw new Error(`frame ${number} was never given`)
        if (number < next || one.order <= order) throw new Error(`frame ${number} comes behind ${next}, or twice`)
        if (one.number !== undefined && one.number !== number) throw new Error(`frame ${one.number} is ${number} now`)
        if (one.drop === 'done') throw new Error(`frame ${number} was dropped`)
        next = number + count
        order = one.order
        found.add(one)
      }
    }
    for (const one of this.given.values()) {
      const isLost = one.number !== undefined && one.drop === 'no' && !found.has(one)
      if (isLost) throw new Error(`frame ${one.number} is lost`)
    }
    expect(this.problems.filter(({ kind }) => kind === 'missing' || kind === 'head')).toEqual([])
    expect(this.disk.syncRetries).toBe(0)
  }
}

describe('segmented log: after any crash', () => {
  test(
    'what was confirmed is there in order, and nothing that was never appended (property)',
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), fc.array(step, { maxLength: 25, size: 'max' }), async (seed, steps) => {
          const trial = new Trial(seed)
          await trial.open()
          for (const one of steps) await trial.take(one)
          trial.disk.capacity = Infinity
          await trial.check()
          await trial.crash(true)
        }),
        { numRuns: 1500 },
      )
    },
  )
})
