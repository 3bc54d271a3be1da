import { fc, test } from '@fast-check/vitest'
import { expect, test as plainTest } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { MessageQueue } from '../../../src/core/queue.ts'
import { dataOf, messagesOf } from '../../support/loose.ts'
import { range } from '../../support/kernel.ts'

/** What can be done to a queue; sizes on both sides of the ones at which it changes its ways. */
const operation = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('push' as const),
      count: fc.oneof(fc.nat({ max: 4 }), fc.constantFrom(31, 32, 33, 1100)),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('unshift' as const), count: fc.nat({ max: 40 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), count: fc.integer({ min: 1, max: 50 }) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('shift' as const), count: fc.integer({ min: 1, max: 40 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('drain' as const), count: fc.constant(0) }) },
)

/** A queue beside a plain array that does the same. */
class Twins {
  readonly queue = new MessageQueue()
  readonly model: unknown[] = []
  #made = 0

  make(count: number): Message[] {
    return messagesOf(range(count, (this.#made += count)))
  }

  take(limit: number): void {
    if (this.model.length === 0) return
    const taken = dataOf(this.queue.take(limit))
    expect(taken.length).toBeGreaterThan(0)
    expect(taken.length).toBeLessThanOrEqual(limit)
    expect(taken).toEqual(this.model.splice(0, taken.length))
  }

  shift(count: number): void {
    for (let left = Math.min(count, this.model.length); left > 0; left--) {
      expect(this.queue.peek().data).toBe(this.model[0])
      expect(this.queue.shift().data).toBe(this.model.shift())
    }
  }

  check(): void {
    expect(this.queue.length).toBe(this.model.length)
    const seen: unknown[] = []
    this.queue.forEach(({ data }) => seen.push(data))
    expect(seen).toEqual(this.model)
  }
}

test.prop([fc.array(operation, { maxLength: 60 })])(
  'a queue does what an array does, whatever is done to it',
  (operations) => {
    const twins = new Twins()
    for (const { kind, count } of operations) {
      if (kind === 'take') twins.take(count)
      else if (kind === 'shift') twins.shift(count)
      else if (kind === 'drain') expect(dataOf(twins.queue.drain())).toEqual(twins.model.splice(0))
      else {
        const messages = twins.make(count)
        const values = dataOf(messages)
        twins.queue[kind](messages)
        if (kind === 'push') twins.model.push(...values)
        else twins.model.unshift(...values)
      }
      twins.check()
    }
  },
)

plainTest('a queue that is never empty keeps its order over many arrays', () => {
  const queue = new MessageQueue()
  let next = 0
  for (const round of range(5000)) {
    queue.push(messagesOf(range(40, 40 * round)))
    for (let left = 39; left > 0; left--) expect(queue.shift().data).toBe(next++)
  }
  expect(queue.length).toBe(5000)
  while (queue.length > 0) expect(queue.shift().data).toBe(next++)
  expect(next).toBe(200_000)
})

plainTest('an array that is taken belongs to the taker: changing it changes nothing in the queue', () => {
  const queue = new MessageQueue()
  queue.push(messagesOf(range(100)))
  const part = queue.take(10)
  part.length = 0
  part.push(...messagesOf(['strange']))
  expect(dataOf(queue.drain())).toEqual(range(90, 10))
})
