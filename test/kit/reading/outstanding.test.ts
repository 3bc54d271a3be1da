import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { Outstanding } from '../../../src/kit/reading/outstanding.ts'
import { entryOf } from '../../../src/kit/reading/records.ts'

/** So many records of ten bytes, each with a message. */
function given(count: number) {
  const outstanding = new Outstanding(0)
  const messages = Array.from({ length: count }, (_, nth) => {
    const entry = entryOf(10 * nth, 10 * nth + 10, { data: nth, sizeBytes: 1 })
    entry.message = { nth } as unknown as Message
    outstanding.given(entry)
    return entry.message
  })
  const settle = (nth: number): void => {
    const message = messages[nth]!
    if (!outstanding.settleFirst(message)) outstanding.settle(message, 10 * nth)
  }
  return { outstanding, messages, settle }
}

describe('outstanding', () => {
  test('the prefix ends at the first one without an outcome, in whatever order they come (property)', () => {
    const orders = fc
      .integer({ min: 1, max: 60 })
      .chain((count) =>
        fc.tuple(fc.constant(count), fc.shuffledSubarray(Array.from({ length: count }, (_, nth) => nth))),
      )
    fc.assert(
      fc.property(orders, ([count, order]) => {
        const { outstanding, settle } = given(count)
        const open = new Set(Array.from({ length: count }, (_, nth) => nth))
        for (const nth of order) {
          settle(nth)
          open.delete(nth)
          const first = Math.min(...open, count)
          expect(outstanding.prefix).toBe(10 * first)
          expect(outstanding.count).toBe(open.size)
          const above = outstanding.above()
          for (let other = 0; other < count; other++) {
            const isAbove = above.some(([from, to]) => from <= 10 * other && 10 * other < to)
            expect(isAbove || other < first).toBe(!open.has(other))
          }
        }
      }),
    )
  })

  test('many that are settled behind one that is not take no room, and are found all the same', () => {
    const { outstanding, messages, settle } = given(100_000)
    for (let nth = 1; nth < 99_999; nth++) settle(nth)
    expect(outstanding.count).toBe(2)
    expect(outstanding.prefix).toBe(0)
    expect(outstanding.above()).toEqual([[10, 999_990]])
    expect(outstanding.find(messages[99_999]!, 999_990)).toBeDefined()
    expect(outstanding.find(messages[5]!, 50)).toBeUndefined()
    settle(0)
    expect(outstanding.prefix).toBe(999_990)
    settle(99_999)
    expect(outstanding.prefix).toBe(1_000_000)
  })

  test('an outcome that comes twice, or of a message that was given again since, changes nothing', () => {
    const { outstanding, messages } = given(3)
    const entry = outstanding.find(messages[1]!, 10)!
    entry.message = undefined
    outstanding.settle(messages[1]!, 10)
    outstanding.settle(messages[0]!, 0)
    outstanding.settle(messages[0]!, 0)
    expect([outstanding.prefix, outstanding.count]).toEqual([10, 2])
  })

  test('what is passed over counts once all before it is settled', () => {
    const { outstanding, settle } = given(1)
    outstanding.pass(50)
    expect(outstanding.prefix).toBe(0)
    settle(0)
    expect(outstanding.prefix).toBe(50)
  })

  test('of very many stretches the first hundred are told', () => {
    const { outstanding, settle } = given(1_000)
    for (let nth = 1; nth < 1_000; nth += 2) settle(nth)
    expect(outstanding.above()).toHaveLength(100)
    expect(outstanding.above()[99]).toEqual([1_990, 2_000])
  })
})
