import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LetterStore } from '../../src/overflow/letters/letter-store.ts'
import { SimulatedDisk } from '../support/simulated-disk.ts'
import { letter, openStore } from './letters.ts'

const IDS = 30
const id = fc.nat(IDS - 1).map(String)
/** In a large one there is always room; a small one is full all the time, of letters that stay and of such that have gone. */
const storeLimit = fc.constantFrom(65_536, 24_576)
const size = fc.integer({ min: 1, max: 1500 })

type Step =
  | { readonly do: 'append'; readonly letters: readonly (readonly [string, number])[] }
  | { readonly do: 'remove'; readonly ids: readonly string[] }
  | { readonly do: 'retry'; readonly ids: readonly string[] }
  | { readonly do: 'edit'; readonly id: string; readonly size: number }
  | { readonly do: 'purge'; readonly node: string }
  | { readonly do: 'faults'; readonly write: number; readonly sync: number; readonly room: number }
  | { readonly do: 'close' | 'kill' | 'cut' }
  | { readonly do: 'crash in'; readonly calls: number; readonly isCut: boolean; readonly step: Step }

const change: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      letters: fc.uniqueArray(fc.tuple(id, size), { minLength: 1, maxLength: 6, selector: ([name]) => name }),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('remove' as const),
      ids: fc.uniqueArray(id, { minLength: 1, maxLength: 12 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('retry' as const),
      ids: fc.uniqueArray(id, { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('edit' as const), id, size }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), node: fc.constantFrom('n0', 'n1') }) },
)
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: change },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('faults' as const),
      write: fc.constantFrom(0, 0.1),
      sync: fc.constantFrom(0, 0.2, 0.6),
      room: fc.constantFrom(Infinity, 0, 500, 5000),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom('close' as const, 'kill' as const, 'cut' as const) }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('crash in' as const),
      calls: fc.nat(15),
      isCut: fc.boolean(),
      step: change,
    }),
  },
)

/** Each letter's versions that may be what is stored: the last confirmed one, and what was asked for since; '' is none. */
class Trial {
  readonly disk: SimulatedDisk
  readonly allowed = new Map<string, Set<string>>()
  store!: LetterStore
  #version = 0

  readonly #limit: number

  constructor(seed: number, limit: number) {
    this.disk = new SimulatedDisk(seed)
    this.#limit = limit
  }

  async open(): Promise<void> {
    this.disk.faults = { shortWrite: 0.1, failedWrite: 0, failedSync: 0 }
    this.disk.capacity = Infinity
    this.store = await openStore(this.disk, { limit: this.#limit })
    await this.check()
  }

  async check(): Promise<void> {
    let count = 0
    for (let number = 0; number < IDS; number++) {
      const name = String(number)
      const stored = await this.store.show(name)
      if (stored !== undefined) count++
      const version = stored === undefined ? '' : String((stored.letter.data as { version: number }).version)
      const allowed = this.allowed.get(name) ?? new Set([''])
      if (!allowed.has(version))
        throw new Error(`letter ${name} is "${version}", not one of "${[...allowed].join(' ')}"`)
      // What is seen after an opening is what counts from now on.
      this.allowed.set(name, new Set([version]))
    }
    expect(this.store.count).toBe(count)
    expect(this.disk.syncRetries).toBe(0)
  }

  /** Does something to letters, each of which is then as it is wanted; where it fails, it may be so, or not. */
  async attempt(wanted: ReadonlyMap<string, string>, action: () => Promise<unknown>): Promise<void> {
    for (const [name, version] of wanted)
      this.allowed.set(name, new Set([...(this.allowed.get(name) ?? ['']), version]))
    try {
      await action()
      for (const [name, version] of wanted) this.allowed.set(name, new Set([version]))
    } catch (error) {
      expect((error as { code?: string }).code).toMatch(/^SLUICE_/)
    }
  }

  async take(one: Step): Promise<void> {
    if (one.do === 'append') {
      const letters = one.letters.map(([name, length]) => {
        const data = { version: ++this.#version, text: 'x'.repeat(length) }
        return letter(name, { data, node: `n${Number(name) % 2}`, failedAt: this.#version })
      })
      const wanted = new Map(letters.map((given) => [given.id, String((given.data as { version: number }).version)]))
      await this.attempt(wanted, () => this.store.append(letters))
    } else if (one.do === 'remove') {
      await this.attempt(new Map(one.ids.map((name) => [name, ''])), () => this.store.remove(one.ids))
    } else if (one.do === 'retry') {
      await this.attempt(new Map(one.ids.map((name) => [name, ''])), async () => {
        const retries = await this.store.beginRetry(one.ids)
        expect(await this.store.beginRetry(one.ids)).toEqual([])
        try {
          await Promise.all(retries.map((retry) => retry.handled()))
        } finally {
          for (const retry of retries) retry.failed()
        }
      })
    } else if (one.do === 'purge') {
      const names = Array.from({ length: IDS }, (_, number) => String(number))
      const theirs = names.filter((name) => `n${Number(name) % 2}` === one.node)
      await this.attempt(new Map(theirs.map((name) => [name, ''])), () => this.store.purge({ node: one.node }))
    } else if (one.do === 'edit') {
      const data = { version: ++this.#version, text: 'x'.repeat(one.size) }
      const isThere = (await this.store.show(one.id).catch(() => undefined)) !== undefined
      const wanted = new Map(isThere ? [[one.id, String(this.#version)]] : [])
      await this.attempt(wanted, () => this.store.edit(one.id, data))
    } else await this.disturb(one)
  }

  async disturb(one: Exclude<Step, { do: 'append' | 'remove' | 'retry' | 'purge' | 'edit' }>): Promise<void> {
    if (one.do === 'faults') {
      this.disk.faults = { failedWrite: one.write, failedSync: one.sync, shortWrite: 0.3 }
      this.disk.capacity = this.disk.bytes + one.room
    } else if (one.do === 'crash in') {
      this.disk.callsLeft = one.calls
      void this.take(one.step)
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
}

describe('letter store: after any crash', () => {
  test(
    'a letter is as it was confirmed; none is lost, and none that was removed comes back (property)',
    { timeout: 60_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.integer(), storeLimit, fc.array(step, { maxLength: 60, size: 'max' }), async (...given) => {
          const [seed, most, steps] = given
          const trial = new Trial(seed, most)
          await trial.open()
          for (const one of steps) await trial.take(one)
          trial.disk.faults = { shortWrite: 0, failedWrite: 0, failedSync: 0 }
          await trial.check()
          await trial.crash(true)
        }),
        { numRuns: 300 },
      )
    },
  )

  test('letters that come and go take no more room than those that stay (property)', { timeout: 60_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 0, max: 3 }), async (seed, staying) => {
        const disk = new SimulatedDisk(seed)
        const store = await openStore(disk)
        const data = 'x'.repeat(1000)
        for (let number = 0; number < staying; number++) await store.append([letter(`stays ${number}`, { data })])
        for (let number = 0; number < 300; number++) {
          await store.append([letter(`goes ${number}`, { data })])
          await store.remove([`goes ${number}`])
        }
        expect(store.count).toBe(staying)
        // The segment with those that stay, the one that is written to, and what is given back last.
        expect(disk.bytes).toBeLessThan(4 * 8192 + 8192)
      }),
      { numRuns: 20 },
    )
  })
})
