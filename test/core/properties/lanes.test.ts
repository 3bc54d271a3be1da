import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { Edge } from '../../../src/core/edge.ts'
import { Lanes, type LaneCall } from '../../../src/core/lanes.ts'
import type { Message } from '../../../src/core/message.ts'
import { messagesOf } from '../../support/loose.ts'

const nobody = { name: 'n', wake: (): void => {}, credited: (): void => {} }
const window = { max: 10, min: 5, bytes: undefined }
const edges = [new Edge(nobody, nobody, window), new Edge(nobody, nobody, window)] as const

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('add' as const),
      key: fc.constantFrom('a', 'b', 'c', undefined),
      edge: fc.nat({ max: 1 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('take' as const), size: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('release' as const), call: fc.nat({ max: 5 }) }) },
)

const keysOf = (messages: readonly Message[]): Set<string> =>
  new Set(messages.flatMap(({ key }) => (key === undefined ? [] : [key])))

/** Lanes, and what a plain list of arrivals says of them. */
class Subject {
  readonly lanes = new Lanes()
  readonly added: Message[] = []
  readonly started: Message[] = []
  readonly calls: LaneCall[] = []

  add(key: string | undefined, edge: number): void {
    const [message] = messagesOf([this.added.length])
    message!.key = key
    this.added.push(message!)
    this.lanes.add(message!, edges[edge]!)
  }

  take(size: number): void {
    if (!this.lanes.hasReady) return
    const call: LaneCall = { messages: [], edge: undefined, hasCredit: true, lane: undefined, moreLanes: undefined }
    this.lanes.board(call, size)
    const { messages } = call
    expect(messages.length).toBeGreaterThan(0)
    expect(messages.length).toBeLessThanOrEqual(size)
    const busy = this.busy
    for (const key of keysOf(messages)) expect(busy).not.toContain(key)
    this.calls.push(call)
    this.started.push(...messages)
  }

  release(call: number): void {
    const [ended] = this.calls.splice(call % Math.max(1, this.calls.length), 1)
    if (ended !== undefined) this.lanes.release(ended)
  }

  get busy(): Set<string> {
    return new Set(this.calls.flatMap(({ messages }) => [...keysOf(messages)]))
  }

  check(): void {
    const { lanes, added, started, busy } = this
    expect(lanes.waiting).toBe(added.length - started.length)
    const waiting = added.filter((message) => !started.includes(message))
    expect(lanes.hasReady).toBe(waiting.some(({ key }) => key === undefined || !busy.has(key)))
  }

  ofKey(messages: readonly Message[], key: string): unknown[] {
    return messages.filter((message) => message.key === key).map(({ data }) => data)
  }
}

describe('D12: lanes of keys', () => {
  test.prop([fc.array(step, { maxLength: 80 })], { numRuns: 300 })(
    'no two calls have the same key, no message of a key overtakes another, and whatever can go is ready',
    (steps) => {
      const subject = new Subject()
      for (const given of steps) {
        if (given.kind === 'add') subject.add(given.key, given.edge)
        else if (given.kind === 'take') subject.take(given.size)
        else subject.release(given.call)
        subject.check()
      }
      for (const key of ['a', 'b', 'c']) {
        const started = subject.ofKey(subject.started, key)
        expect(started).toEqual(subject.ofKey(subject.added, key).slice(0, started.length))
      }
    },
  )

  test.prop([fc.array(step, { maxLength: 60 })], { numRuns: 200 })(
    'what is drained is what waits, each key in its order',
    (steps) => {
      const subject = new Subject()
      for (const given of steps) {
        if (given.kind === 'add') subject.add(given.key, 0)
        else if (given.kind === 'take') subject.take(given.size)
        else subject.release(given.call)
      }
      const waiting = subject.added.filter((message) => !subject.started.includes(message))
      const drained = subject.lanes.drain().map(({ message }) => message)
      expect(new Set(drained)).toEqual(new Set(waiting))
      expect(drained).toHaveLength(waiting.length)
      for (const key of ['a', 'b', 'c']) expect(subject.ofKey(drained, key)).toEqual(subject.ofKey(waiting, key))
      expect(subject.lanes.waiting).toBe(0)
    },
  )
})
