import { describe, expect, test } from 'vitest'
import { Envelope, Group, kinOf, Message } from '../../../src/core/message.ts'
import type { StoredMessage } from '../../../src/core/overflow-store.ts'
import { storedFrom, storedOf } from '../../../src/core/stored.ts'

const group = (name: string): Group => new Group({ name, idPrefix: '', acked() {}, ended() {} }, 0)
const ABOVE = group('above')
const OVERFLOW = group('overflow')

const carried = ({ headers, time, priority, deadline, attempt, sizeBytes }: Message) => {
  return { headers, time, priority, deadline, attempt, sizeBytes }
}

describe('A12, overflow: parts of a batch', () => {
  const one = { headers: { from: 'a' }, time: 5, priority: 7, deadline: 9, attempt: 3, sizeBytes: 200 }

  test("keep what they carry where the batch goes on from memory, and are the overflow's", () => {
    const first = new Envelope(ABOVE, one.time, one)
    const second = new Envelope(ABOVE, 6)
    const sizes = [200, 100, 400]
    const parts = [first, first, second].map(
      (envelope, index) => new Message(index, undefined, index, envelope, sizes[index]),
    )
    const batch = new Message([0, 1, 2], undefined, 0, new Envelope(ABOVE, 5), 700)
    kinOf(batch).parts = parts
    const stored = storedOf(batch, 11, new Envelope(OVERFLOW, 5))
    expect(stored.parts!.map(carried)).toEqual(parts.map(carried))
    expect(stored.parts!.map(({ envelope }) => envelope.group)).toEqual([OVERFLOW, OVERFLOW, OVERFLOW])
    expect(stored.parts![1]!.envelope).toBe(stored.parts![0]!.envelope)
  })

  test('that are batches have parts of their own, from memory and read', () => {
    const [leaf, pair, four] = [0, 1, 2].map((at) => new Message(at, undefined, at, new Envelope(ABOVE, 5)))
    kinOf(pair!).parts = [leaf!]
    kinOf(four!).parts = [pair!]
    const [kept] = storedOf(four!, 11, new Envelope(OVERFLOW, 5)).parts!
    expect(kept!.parts!.map(({ id, data, envelope }) => [id, data, envelope.group])).toEqual([[leaf!.id, 0, OVERFLOW]])
    const parts = [{ id: 'pair', parts: [{ id: 'leaf' }] }]
    const read = { ...carried(four!), number: 1, id: 'four', data: [[7]], key: undefined, parts, storedAt: 0 }
    const [again] = storedFrom(read, new Envelope(OVERFLOW, 5)).parts!
    expect(again!.parts!.map(({ id, data }) => [id, data])).toEqual([['leaf', 7]])
  })

  test('keep it where the batch is read, and have been tried oftener when it is delivered again', () => {
    const { attempt, ...rest } = one
    const details = { ...rest, attemptsAhead: attempt - 1 }
    const parts = [{ id: 'a', details }, { id: 'b', key: 'k', details }, { id: 'c' }]
    const { headers, time, priority, deadline } = carried(new Message(0, undefined, 0, new Envelope(ABOVE, 6)))
    const common = { headers, time, priority, deadline, attempt: 1, sizeBytes: 800 }
    const read: StoredMessage = { number: 1, id: 'a+2', data: [0, 1, 2], key: undefined, parts, storedAt: 0, ...common }
    const made = (times: number) => {
      const { parts: theirs } = storedFrom(read, new Envelope(OVERFLOW, 6, { attempt: 1 + times }))
      return theirs!
    }
    expect(made(0).map(carried)).toEqual([one, one, common])
    expect(made(2).map((part) => part.attempt)).toEqual([5, 5, 3])
    const [first, second] = made(0)
    expect(second!.envelope).toBe(first!.envelope)
    expect(first!.envelope.group).toBe(OVERFLOW)
  })
})
