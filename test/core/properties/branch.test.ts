import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Branch, type WhenFull } from '../../../src/core/branch.ts'
import { Edge } from '../../../src/core/edge.ts'
import type { Message } from '../../../src/core/message.ts'
import { messagesOf } from '../../support/loose.ts'

interface Limits {
  readonly messages: number
  readonly bytes: number
}

const nobody = { name: 'n', wake: (): void => {}, credited: (): void => {} }

/** A branch, and an edge from which everything is taken at once; credit comes when a test gives it. */
class Subject {
  readonly out: (number | string)[] = []
  readonly dropped: number[] = []
  readonly #edge = new Edge(nobody, nobody, { max: 1_000_000, min: 0, bytes: undefined })
  readonly branch: Branch
  #marks = 0

  constructor(whenFull: WhenFull, queue: Limits) {
    const drop = (messages: readonly Message[]): void => void this.dropped.push(...numbersOf(messages))
    this.branch = new Branch(this.#edge, { whenFull, queue }, { drop, waits: () => {} })
  }

  offer(items: readonly Item[]): void {
    this.branch.offer(items.flatMap(({ value, sizeBytes }) => messagesOf([value], { sizeBytes })))
    this.#take()
  }

  ask(count: number): void {
    this.#edge.credit += count
    this.#edge.asked += count
    this.branch.place()
    this.#take()
  }

  mark(): void {
    this.branch.mark({ kind: 'flush', number: ++this.#marks })
    this.#take()
  }

  #take(): void {
    const edge = this.#edge
    expect(edge.credit).toBeGreaterThanOrEqual(0)
    while (edge.available > 0 || edge.marker !== undefined) {
      if (edge.available > 0) this.out.push(...numbersOf(edge.take(edge.available)))
      else {
        this.out.push(`mark ${edge.marker!.number}`)
        edge.passMarker()
      }
    }
  }
}

interface Item {
  readonly value: number
  readonly sizeBytes: number
}

/** What a branch should do, written with arrays. */
class Model {
  readonly out: number[] = []
  readonly dropped: number[] = []
  waiting: Item[] = []
  /** For each marker, the messages that were offered and not dropped when it came. */
  readonly before: number[][] = []
  #credit = 0
  readonly #whenFull: WhenFull
  readonly #limits: Limits

  constructor(whenFull: WhenFull, limits: Limits) {
    this.#whenFull = whenFull
    this.#limits = limits
  }

  offer(items: readonly Item[]): void {
    const fitting = this.waiting.length === 0 ? Math.min(items.length, this.#credit) : 0
    this.#credit -= fitting
    this.out.push(...items.slice(0, fitting).map(({ value }) => value))
    this.waiting.push(...items.slice(fitting))
    if (this.#whenFull === 'drop-newest') this.#cut(items.length - fitting)
    else if (this.#whenFull === 'drop-oldest')
      while (!this.#fits(this.waiting)) this.dropped.push(this.waiting.shift()!.value)
  }

  ask(count: number): void {
    this.#credit += count
    const moved = this.waiting.splice(0, this.#credit)
    this.#credit -= moved.length
    this.out.push(...moved.map(({ value }) => value))
  }

  mark(): void {
    this.before.push([...this.out, ...this.waiting.map(({ value }) => value)])
  }

  /** Of the last `count`, those stay, from the first on, that have room. */
  #cut(count: number): void {
    const added = this.waiting.splice(this.waiting.length - count)
    while (added.length > 0 && this.#fits([...this.waiting, added[0]!])) this.waiting.push(added.shift()!)
    this.dropped.push(...added.map(({ value }) => value))
  }

  /** One message always has room. */
  #fits(items: readonly Item[]): boolean {
    const bytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return items.length <= 1 || (items.length <= this.#limits.messages && bytes <= this.#limits.bytes)
  }
}

function numbersOf(messages: readonly Message[]): number[] {
  return messages.map(({ data }) => data as number)
}

/** A marker has come when all that was offered before it has, or was dropped; until then something of it is missing. */
function checkMarkers({ out }: Subject, model: Model): void {
  for (const [index, before] of model.before.entries()) {
    const awaited = before.filter((value) => !model.dropped.includes(value))
    const at = out.indexOf(`mark ${index + 1}`)
    if (at < 0) expect(awaited.some((value) => !model.out.includes(value))).toBe(true)
    else expect(out.slice(0, at)).toEqual(expect.arrayContaining(awaited))
  }
}

const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('offer' as const),
      sizes: fc.array(fc.constantFrom(10, 60, 100, 500), { minLength: 1, maxLength: 12 }),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('ask' as const), count: fc.integer({ min: 1, max: 8 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mark' as const) }) },
)
const limits = fc.record({ messages: fc.integer({ min: 1, max: 10 }), bytes: fc.constantFrom(100, 300, Infinity) })

describe('a branch', () => {
  test.prop(
    [fc.constantFrom<WhenFull>('block', 'drop-newest', 'drop-oldest'), limits, fc.array(step, { maxLength: 50 })],
    { numRuns: 400 },
  )(
    'D15: gives, keeps and drops exactly what its policy says, in order; a marker overtakes nothing',
    (whenFull, queue, steps) => {
      const subject = new Subject(whenFull, queue)
      const model = new Model(whenFull, queue)
      let made = 0
      for (const given of steps) {
        if (given.kind === 'offer') {
          const items = given.sizes.map((sizeBytes) => ({ value: made++, sizeBytes }))
          subject.offer(items)
          model.offer(items)
        } else if (given.kind === 'ask') {
          subject.ask(given.count)
          model.ask(given.count)
        } else {
          subject.mark()
          model.mark()
        }
        const messages = subject.out.filter((item) => typeof item === 'number')
        expect(messages).toEqual(model.out)
        expect(subject.dropped.toSorted((a, b) => a - b)).toEqual(model.dropped.toSorted((a, b) => a - b))
        expect(subject.branch.waiting.length).toBe(model.waiting.length)
        checkMarkers(subject, model)
      }
    },
  )
})
