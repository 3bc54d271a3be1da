import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { batching, consumer, Gate, kernel, range, Source } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'
import { spilling } from '../overflow/spilling.ts'

/** Messages that an earlier process has stored; the consumer fails those that `isBad` says, again and again. */
function stored(count: number, isBad: (value: number) => boolean, held = new HeldStore(filledTo(count))) {
  const values: number[] = []
  const sink = consumer(() => ({
    each: (data) => {
      values.push(data)
      if (isBad(data)) throw new Error('no')
    },
  }))
  const source = new Source({ queue: {} })
  const made = kernel({
    source: { component: source.component },
    sink: {
      component: sink,
      from: [{ from: 'source', demand: { max: 10 }, overflow: held.overflow({ memory: { parts: 400 } }) }],
    },
  })
  return { ...made, held, values, node: made.graph.overflows[0]! }
}

function filledTo(count: number): HeldStore['disk'] {
  const { push, held } = spilling({ memory: { parts: 10 }, mode: 'always' })
  for (let at = 0; at < count; at += 5) push(...range(5, at))
  held.disk.settled = { below: 1, above: [], parts: 0 }
  return held.disk
}

describe('A6, overflow: what fails back again and again', () => {
  test('takes turns with what is new, and does not hold it up, however long a read takes', () => {
    const held = new HeldStore(filledTo(1600))
    held.holds.add('read')
    const { env, values } = stored(1600, (value) => value < 1500, held)
    for (let read = 0; read < 100; read++) {
      env.advance(11_000) // All that has failed is due by now, which is more than one read gives.
      held.held.shift()?.take()
      env.run()
    }
    expect(values).toContain(1599)
    expect(values.filter((value) => value === 0).length).toBeGreaterThan(3)
  })

  test('is read together with what is near to it', () => {
    const { env, held, values } = stored(500, (value) => value < 200 && values.length <= 500)
    env.advance(10_000)
    expect(values.length).toBe(700)
    expect(held.disk.settled.below).toBe(501)
    expect(held.calls.filter((call) => call === 'read').length).toBeLessThan(120)
  })

  test('has one timer, however many there are', () => {
    const { env, node } = stored(1000, () => true)
    env.advance(3000)
    expect(node.counters.own.get('redelivered')).toBeGreaterThan(1000)
    expect(env.timers).toBeLessThan(10)
  })

  test('is, of a batch, those parts alone that have failed; all of it is settled in the end', () => {
    const source = new Source({ queue: {} })
    const held = new HeldStore()
    const calls: Message[] = []
    const values: unknown[] = []
    const failures = [[1, 3], [1], []]
    const sink = consumer(({ fail }) => ({
      each: (data, message) => {
        for (const place of failures[calls.length]!) fail(message, new Error('no'), place)
        calls.push(message)
        values.push(data)
      },
    }))
    const { env } = kernel({
      source: { component: source.component },
      batches: { component: batching(4), from: ['source'] },
      sink: { component: sink, from: [{ from: 'batches', overflow: held.overflow({ mode: 'always' }) }] },
    })
    source.push(...range(4))
    env.advance(30_000)
    expect(values).toEqual([[0, 1, 2, 3], [1, 3], [3]])
    const ids = calls.map(({ parts }) => parts!.map(({ id }) => id))
    expect(ids).toEqual([ids[0], [ids[0]![1], ids[0]![3]], [ids[0]![3]]])
    expect(held.disk.settled).toEqual({ below: 2, above: [], parts: 4 })
  })
})

describe('A6, overflow: the age of the oldest', () => {
  const later = 20_000 // Less than the timeout of a call.

  test('is that of what is at the consumer', () => {
    const { push, env, graph } = spilling({ mode: 'always' })
    push(1)
    env.advance(later)
    push(2)
    expect(graph.stats().overflows[0]!.oldestStoredMs).toBe(later)
  })

  test('is that of what waits to be delivered again', () => {
    const { push, env, gate, graph } = spilling({ mode: 'always' })
    push(1)
    env.advance(later)
    gate.calls[0]!.reject(new Error('no'))
    env.run()
    expect(graph.stats().overflows[0]!.oldestStoredMs).toBe(later)
  })

  test('is known after a start, though nobody asks for it; and there is none when all is settled', () => {
    const disk = filledTo(20)
    const at = disk.entries[0]!.storedAt
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: {
        component: gate.consumer,
        from: [{ from: 'source', demand: { max: 1 }, overflow: new HeldStore(disk).overflow() }],
      },
    })
    graph.pause('sink')
    env.advance(later)
    expect(graph.stats().overflows[0]!.oldestStoredMs).toBe(env.date() - at)
    graph.resume('sink')
    for (let call = 0; call < 20; call++) {
      env.run()
      gate.calls[call]!.resolve()
    }
    env.advance(100)
    expect(gate.values).toEqual(range(20))
    expect(graph.stats().overflows[0]).toMatchObject({ stored: 0, oldestStoredMs: undefined, out: 0 })
  })
})
