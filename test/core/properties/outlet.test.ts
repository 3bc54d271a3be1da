import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { WhenFull } from '../../../src/core/branch.ts'
import { Edge } from '../../../src/core/edge.ts'
import type { Message } from '../../../src/core/message.ts'
import { Outlet, type Dispatch } from '../../../src/core/outlet.ts'
import { ackAll } from '../../../src/core/settle.ts'
import { messagesOf, NotingOrigin } from '../../support/loose.ts'
import { range } from '../../support/kernel.ts'

const nobody = { name: 'n', wake: (): void => {}, credited: (): void => {} }

const dispatches: Record<string, Dispatch> = {
  broadcast: 'broadcast',
  demand: 'demand',
  partition: { partition: { by: ({ data }: Message) => (data as number) % 5, count: 3 } },
}

/** An outlet, its subscribers, and what each of them was given. */
class Subject {
  readonly origin = new NotingOrigin()
  readonly edges: Edge[] = []
  readonly taken = new Map<Edge, number[]>()
  made = 0
  readonly #outlet: Outlet

  constructor(dispatch: Dispatch) {
    const drop = (messages: readonly Message[]): void => ackAll(messages)
    this.#outlet = new Outlet({ drop, fail: () => {}, wake: () => {} }, dispatch)
  }

  get room(): number {
    return this.#outlet.room
  }
  get keptCount(): number {
    return this.#outlet.keptCount
  }

  subscribe(max: number, whenFull: WhenFull): void {
    if (this.edges.length >= 4) return
    const edge = new Edge(nobody, nobody, { max, min: 0, bytes: undefined })
    this.edges.push(edge)
    this.taken.set(edge, [])
    this.#outlet.subscribe(edge, { whenFull, queue: { messages: 3, bytes: Infinity } })
    edge.subscribe()
    this.#outlet.place()
  }

  cancel(index: number): void {
    const [edge] = this.edges.splice(index % Math.max(1, this.edges.length), 1)
    if (edge === undefined) return
    this.#outlet.cancel(edge)
    this.#outlet.place()
  }

  dispatch(count: number): void {
    const { origin, made } = this
    this.made += count
    this.#outlet.dispatch(messagesOf(range(count, made), { origin }))
  }

  /** A subscriber takes up to `limit`, and they are acked. */
  take(index: number, limit: number): void {
    const edge = this.edges[index % Math.max(1, this.edges.length)]
    if (edge === undefined || edge.available === 0) return
    const messages = edge.take(Math.min(limit, edge.available))
    this.taken.get(edge)!.push(...messages.map(({ data }) => data as number))
    ackAll(messages)
    edge.handled(messages.length)
    this.#outlet.place()
  }

  finish(): void {
    if (this.edges.length === 0) this.subscribe(10, 'block')
    for (let more = true; more;) {
      const { length } = [...this.taken.values()].flat()
      for (const index of this.edges.keys()) this.take(index, Infinity)
      more = [...this.taken.values()].flat().length > length
    }
  }
}

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('dispatch' as const), count: fc.integer({ min: 1, max: 9 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('take' as const),
      index: fc.nat({ max: 9 }),
      limit: fc.integer({ min: 1, max: 6 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('subscribe' as const),
      max: fc.integer({ min: 1, max: 9 }),
      isDropping: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), index: fc.nat({ max: 9 }) }) },
)
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function act(subject: Subject, given: Step, canDrop: boolean): void {
  if (given.kind === 'dispatch') subject.dispatch(given.count)
  else if (given.kind === 'take') subject.take(given.index, given.limit)
  else if (given.kind === 'subscribe')
    subject.subscribe(given.max, canDrop && given.isDropping ? 'drop-oldest' : 'block')
  else subject.cancel(given.index)
}

const steps = fc.array(step, { maxLength: 60 })

describe('an outlet, whatever its subscribers do', () => {
  test.prop([fc.constantFrom(...Object.keys(dispatches)), steps], { numRuns: 300 })(
    'A1: each message has one outcome in the end, none is lost and none is doubled',
    (dispatch, given) => {
      const subject = new Subject(dispatches[dispatch]!)
      subject.subscribe(5, 'block')
      for (const each of given) act(subject, each, true)
      subject.finish()
      const acked = subject.origin.ackedMessages.map(({ data }) => data as number)
      expect(acked.toSorted((one, other) => one - other)).toEqual(range(subject.made))
    },
  )

  test.prop([fc.constantFrom('demand', 'partition'), steps], { numRuns: 200 })(
    'D16: to share means that each message is given to one subscriber',
    (dispatch, given) => {
      const subject = new Subject(dispatches[dispatch]!)
      subject.subscribe(5, 'block')
      for (const each of given) act(subject, each, false)
      subject.finish()
      const all = [...subject.taken.values()].flat()
      expect(all.toSorted((one, other) => one - other)).toEqual(range(subject.made))
    },
  )

  test.prop([fc.constantFrom(...Object.keys(dispatches)), steps], { numRuns: 200 })(
    'D7 D12: while nobody leaves, each subscriber gets what it gets in order, and there is no room while anything is kept',
    (dispatch, given) => {
      const subject = new Subject(dispatches[dispatch]!)
      subject.subscribe(5, 'block')
      subject.subscribe(3, 'block')
      for (const each of given) {
        if (each.kind !== 'cancel') act(subject, each, false)
        if (subject.keptCount > 0) expect(subject.room).toBe(0)
      }
      for (const values of subject.taken.values()) expect(values).toEqual(values.toSorted((one, other) => one - other))
    },
  )

  test.prop([steps], { numRuns: 200 })(
    'D16: subscribers of a broadcast that are there from the beginning get everything',
    (given) => {
      const subject = new Subject('broadcast')
      subject.subscribe(5, 'block')
      subject.subscribe(3, 'block')
      const first = [...subject.edges]
      for (const each of given) if (each.kind === 'dispatch' || each.kind === 'take') act(subject, each, false)
      subject.finish()
      for (const edge of first) expect(subject.taken.get(edge)).toEqual(range(subject.made))
    },
  )
})
