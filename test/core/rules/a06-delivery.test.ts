import { describe, expect, test } from 'vitest'
import { batching, consumer, Gate, kernel, range, Sink, Source } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'
import { done, spilling } from '../overflow/spilling.ts'

describe('A6, overflow: a message that comes out of the store', () => {
  test('is what went in: id, key, headers, time, priority, deadline and attempt', () => {
    const details = { key: 'k', headers: { a: 'b' }, time: 5, priority: 7, deadline: 1_900_000_000_000, position: 'p' }
    const source = new Source({ queue: {}, details: (n) => ({ ...details, position: `p${String(n)}` }) })
    const gate = new Gate()
    const held = new HeldStore()
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: {
        component: gate.consumer,
        from: [{ from: 'source', demand: { max: 1 }, overflow: held.overflow({ memory: { parts: 10 } }) }],
      },
    })
    source.push(...range(40))
    env.run()
    for (let at = 0; at < 40; at++) {
      gate.calls[at]!.resolve()
      env.run()
    }
    expect(gate.calls.map(({ message }) => message.id)).toEqual(range(40).map((n) => `source:p${n}`))
    const { key, headers, time, priority, deadline, attempt } = gate.calls[39]!.message
    const { position: _position, ...expected } = details
    expect({ key, headers, time, priority, deadline }).toEqual(expected)
    expect(attempt).toBe(1)
    expect(graph.overflows[0]!.counters.own.get('stored')).toBeGreaterThan(20)
  })

  test('is a batch with its parts, if it was one', () => {
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const held = new HeldStore()
    const { env } = kernel({
      source: { component: source.component },
      batches: { component: batching(2), from: ['source'] },
      sink: {
        component: gate.consumer,
        from: [{ from: 'batches', demand: { max: 1 }, overflow: held.overflow({ memory: { parts: 8 } }) }],
      },
    })
    const ids = source.messages(range(20))
    source.context.emit(ids)
    env.run()
    for (let at = 0; at < 10; at++) {
      gate.calls[at]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual(range(10).map((n) => [2 * n, 2 * n + 1]))
    const last = gate.calls[9]!.message
    expect(last.parts!.map(({ id }) => id)).toEqual(ids.slice(18).map(({ id }) => id))
  })

  test('that fails back is delivered again, after a pause; it was acknowledged, and is never lost', () => {
    const { push, handle, gate, env, source } = spilling()
    push(...range(12))
    handle(2)
    gate.calls[2]!.reject(new Error('no'))
    done.add(gate.calls[2]!)
    env.run()
    handle(20)
    expect(gate.values).toEqual(range(12))
    expect(source.outcomes).toHaveLength(12)
    env.advance(200)
    expect(gate.values.slice(12)).toEqual([2])
    expect(gate.calls[12]!.message.attempt).toBe(2)
  })
})

describe('A6, overflow: commits', () => {
  test('what is settled out of order is written down as such, and does not come again', () => {
    const held = new HeldStore()
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const { env } = kernel({
      source: { component: source.component },
      sink: {
        component: gate.consumer,
        settings: { concurrency: 4, order: 'none' },
        from: [{ from: 'source', demand: { max: 4 }, overflow: held.overflow({ memory: { parts: 10 } }) }],
      },
    })
    source.push(...range(14))
    env.run()
    for (const call of gate.calls.slice(0, 4)) call.resolve()
    env.run()
    gate.calls[5]!.resolve()
    gate.calls[7]!.resolve()
    env.advance(60)
    expect(held.disk.settled).toEqual({
      below: 1,
      above: [
        { from: 2, to: 3 },
        { from: 4, to: 5 },
      ],
      parts: 2,
    })
    const sink = new Sink()
    const again = new Source({ queue: {} })
    kernel({
      source: { component: again.component },
      sink: { component: sink.component, from: [{ from: 'source', overflow: new HeldStore(held.disk).overflow() }] },
    })
    expect(sink.values).toEqual([4, 6, 8, 9, 10, 11, 12, 13])
  })

  test('a commit that fails is made again, and nothing else waits for it', () => {
    const held = new HeldStore()
    held.holds.add('commit')
    const { push, handle, env, gate } = spilling({}, held)
    push(...range(12))
    handle(12)
    env.advance(60)
    held.held.shift()!.reject(new Error('disk'))
    env.advance(900)
    expect(held.held).toEqual([])
    env.advance(200)
    held.take()
    expect(held.disk.settled.below).toBe(11)
    expect(gate.values).toEqual(range(12))
  })
})

describe('A6, overflow: several branches', () => {
  test('a broadcast message is acked when each branch has it, handled or stored', () => {
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const sink = new Sink()
    const held = new HeldStore()
    const { env } = kernel({
      source: { component: source.component },
      slow: {
        component: gate.consumer,
        from: [{ from: 'source', demand: { max: 1 }, overflow: held.overflow({ memory: { parts: 10 } }) }],
      },
      fast: { component: sink.component, from: ['source'] },
    })
    source.push(...range(30))
    env.run()
    expect(sink.values).toEqual(range(30))
    expect(source.outcomes).toEqual(range(29, 1).map((n) => `${n}: acked`))
  })
})

describe('A6, overflow: a consumer that is started again', () => {
  test('D14: gets what it had once more, and the store hears one outcome each', () => {
    const held = new HeldStore()
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const slow = consumer(() => ({ each: gate.wait }))
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: {
        component: slow,
        from: [{ from: 'source', demand: { max: 2 }, overflow: held.overflow({ memory: { parts: 10 } }) }],
      },
    })
    source.push(...range(12))
    env.run()
    gate.calls[0]!.resolve()
    env.run()
    gate.calls[1]!.resolve()
    env.run()
    graph.restart('sink')
    env.run()
    for (let at = 3; at < gate.calls.length; at++) {
      gate.calls[at]!.resolve()
      env.run()
    }
    env.advance(60)
    expect(gate.values).toEqual([0, 1, 2, ...range(10, 2)])
    expect(held.disk.settled).toEqual({ below: 11, above: [], parts: 10 })
  })
})
