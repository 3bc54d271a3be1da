import { describe, expect, test } from 'vitest'
import { Gate, kernel, range, Sink, Source } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'
import { spilling } from '../overflow/spilling.ts'

describe('A6, overflow: its limits', () => {
  test('a store that has all that it may have takes nothing more, and what is above waits', () => {
    const { push, source, held, handle, gate, env } = spilling({ limit: { bytes: 1000 } })
    for (let at = 0; at < 100; at += 10) push(...range(10, at))
    expect(held.disk.entries.length).toBeLessThanOrEqual(20)
    expect(source.outcomes.length).toBe(held.disk.entries.length)
    for (let round = 0; round < 60; round++) {
      handle(2)
      env.advance(60)
    }
    expect(gate.values).toEqual(range(100))
  })

  test('what has been stored for too long is dropped, counted', () => {
    const { push, node, handle, gate, env } = spilling({ limit: { ageMs: 1000 } })
    for (let at = 0; at < 30; at += 10) push(...range(10, at))
    env.advance(2000)
    push(...range(10, 30))
    handle(100)
    const dropped = node.counters.dropped.get('overflow-age')!
    expect(dropped).toBeGreaterThan(5)
    expect(gate.values).toHaveLength(40 - dropped)
  })
})

describe('A6, overflow: mode always', () => {
  test('everything is stored before it goes on, and goes on from memory', () => {
    const { push, handle, held, gate, source, env } = spilling({ mode: 'always' })
    push(...range(3))
    expect(source.outcomes).toHaveLength(3)
    expect(handle(10)).toBe(3)
    env.advance(100)
    expect(held.calls).not.toContain('read')
    expect(held.disk.settled.below).toBe(4)
    expect(gate.values).toEqual(range(3))
  })

  test('a durable producer is told when the store has confirmed; its subscribers share what it gives', () => {
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const sink = new Sink()
    const held = new HeldStore()
    const { env } = kernel({
      source: { component: source.component, settings: { durable: held.overflow({ mode: 'always' }) } },
      slow: { component: gate.consumer, from: [{ from: 'source', demand: { max: 1 } }] },
      fast: { component: sink.component, from: ['source'] },
    })
    source.push(...range(3))
    env.run()
    expect(source.outcomes).toHaveLength(3)
    expect(gate.values).toEqual([0])
    for (const at of range(3)) {
      gate.calls[at]!.resolve()
      env.run()
    }
    expect(sink.values).toEqual(range(3))
    env.advance(60)
    expect(held.disk.settled.below).toBe(4)
  })
})
