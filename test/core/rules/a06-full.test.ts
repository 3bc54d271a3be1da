import { describe, expect, test } from 'vitest'
import type { OverflowSpec } from '../../../src/core/overflow-plan.ts'
import { range } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'
import { spilling } from '../overflow/spilling.ts'

const LIMIT = { limit: { bytes: 1000 } } // Ten messages of the model.

/** Ten times ten messages for a consumer that stands still, then what it has got when it has gone on to the end. */
function flooded(settings: Omit<OverflowSpec, 'createStore'>, held = new HeldStore()) {
  const made = spilling({ ...LIMIT, ...settings }, held)
  for (let at = 0; at < 100; at += 10) {
    made.push(...range(10, at))
    made.env.advance(60)
  }
  return {
    ...made,
    dropped: () => made.node.counters.dropped.get('overflow-full') ?? 0,
    drained: () => {
      for (let round = 0; round < 60; round++) {
        made.handle(2)
        made.env.advance(60)
      }
      return made.gate.values as number[]
    },
  }
}

const outcomesOf = (outcomes: readonly string[], word: string): number[] =>
  outcomes.filter((text) => text.includes(word)).map((text) => Number.parseInt(text, 10))

describe('A6, overflow: a store that has all that it may have, and memory is full', () => {
  test('`drop-newest` drops what has come last, counted, and keeps what waits', () => {
    const { source, dropped, drained, gate } = flooded({ whenFull: 'drop-newest' })
    expect(dropped()).toBeGreaterThan(50)
    expect(gate.values).toEqual([0])
    expect(drained()).toEqual(range(100 - dropped()))
    expect(source.outcomes).toHaveLength(100)
  })

  test('`drop-oldest` drops what was stored first and nobody has yet, counted, and takes what comes', () => {
    const { source, dropped, drained, held } = flooded({ whenFull: 'drop-oldest' })
    expect(dropped()).toBeGreaterThan(50)
    expect(source.outcomes.every((text) => text.endsWith('acked'))).toBe(true)
    const values = drained()
    // Two were with the consumer.
    expect(values).toEqual([0, 1, ...range(98 - dropped(), 2 + dropped())])
    expect(held.disk.settled.below).toBe(held.disk.next)
  })

  test('`drop-oldest` drops no more than what comes needs, and never what somebody has', () => {
    const { push, dropped, node, env } = flooded({ whenFull: 'drop-oldest' })
    const before = dropped()
    push(...range(4, 100))
    env.advance(60)
    expect(dropped() - before).toBeLessThanOrEqual(10)
    expect(node.reader!.out).toBe(0)
    expect(node.store.depth.messages).toBeGreaterThan(0)
  })

  test('`drop-oldest` drops a piece, and the next when it is known how much room that made', () => {
    const held = new HeldStore()
    held.holds.add('commit')
    const { dropped, env, held: store } = flooded({ whenFull: 'drop-oldest' }, held)
    const first = dropped()
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThanOrEqual(10)
    store.take()
    env.advance(60)
    expect(dropped()).toBeLessThanOrEqual(first + 20)
  })

  test('`reject` gives what comes back to its producer, as of a place that is full', () => {
    const { source, drained, dropped } = flooded({ whenFull: 'reject' })
    const rejected = outcomesOf(source.outcomes, 'SLUICE_OVERFLOW_FULL')
    expect(rejected.length).toBeGreaterThan(50)
    expect(drained()).toEqual(range(100).filter((value) => !rejected.includes(value)))
    expect(dropped()).toBe(0)
    expect(source.outcomes).toHaveLength(100)
  })

  test('and in front of `always` nothing waits in vain: it is rejected at once', () => {
    const { push, source, env } = spilling({ ...LIMIT, mode: 'always', whenFull: 'reject' })
    push(...range(10))
    push(10)
    env.run()
    expect(outcomesOf(source.outcomes, 'acked')).toEqual(range(10))
    expect(outcomesOf(source.outcomes, 'SLUICE_OVERFLOW_FULL')).toEqual([10])
  })

  test('`block` in front of `always` goes on when room is given back, though nothing else happens', () => {
    const { push, source, env, handle } = spilling({ ...LIMIT, mode: 'always' }, new HeldStore(), 20)
    push(...range(10))
    push(10)
    handle(10)
    expect(outcomesOf(source.outcomes, 'acked')).toEqual(range(10))
    env.advance(60) // The commit.
    expect(outcomesOf(source.outcomes, 'acked')).toEqual(range(11))
  })
})

describe('A6, overflow: a store that is out of reach, and memory is full', () => {
  const stuck = (whenFull: OverflowSpec['whenFull']) => {
    const held = new HeldStore()
    held.holds.add('append')
    const made = spilling({ whenFull: whenFull! }, held)
    made.push(...range(10))
    held.store.trouble(new Error('out of reach'))
    for (const at of range(20, 10)) made.push(at)
    const heal = (): number[] => {
      held.holds.clear()
      held.take()
      made.env.run()
      for (let round = 0; round < 40; round++) {
        made.handle(2)
        made.env.advance(60)
      }
      return made.gate.values as number[]
    }
    return { ...made, heal, dropped: () => made.node.counters.dropped.get('overflow-full') ?? 0 }
  }

  test('`block` drops nothing: what comes waits, and the producer too', () => {
    const { dropped, heal } = stuck('block')
    expect(dropped()).toBe(0)
    expect(heal()).toEqual(range(30))
  })

  test.each(['drop-newest', 'drop-oldest'] as const)(
    '`%s` makes room in memory, and nothing of the append',
    (which) => {
      const { dropped, heal, source } = stuck(which)
      expect(dropped()).toBeGreaterThan(10)
      const values = heal()
      expect(values.slice(0, 10)).toEqual(range(10))
      expect(values).toHaveLength(30 - dropped())
      expect(values).toEqual([...values].toSorted((a, b) => a - b))
      expect(source.outcomes).toHaveLength(30)
    },
  )

  test('`reject` says so to whoever sends', () => {
    const { heal, source } = stuck('reject')
    const rejected = outcomesOf(source.outcomes, 'SLUICE_OVERFLOW_FULL')
    expect(rejected.length).toBeGreaterThan(10)
    expect(heal()).toEqual(range(30).filter((value) => !rejected.includes(value)))
  })
})
