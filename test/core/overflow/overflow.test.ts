import { describe, expect, test } from 'vitest'
import type { OverflowSpec } from '../../../src/core/overflow-plan.ts'
import { batching, consumer, Gate, kernel, range, Sink, Source } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'

/** A producer that emits by itself, an edge with an overflow of ten messages, and a consumer whose calls a test ends. */
function spilling(settings: Omit<OverflowSpec, 'createStore'> = {}, held = new HeldStore(), window = 2) {
  const source = new Source({ queue: {} })
  const gate = new Gate()
  const overflow = held.overflow({ memory: { parts: 10 }, ...settings })
  const made = kernel({
    source: { component: source.component },
    sink: { component: gate.consumer, from: [{ from: 'source', demand: { max: window }, overflow }] },
  })
  const [node] = made.graph.overflows
  return {
    ...made,
    source,
    gate,
    held,
    node: node!,
    push: (...values: readonly unknown[]) => {
      const taken = source.push(...values)
      made.env.run()
      return taken
    },
    /** The consumer is done with so many, in their order. */
    handle: (count: number) => {
      let left = count
      for (; left > 0; left--) {
        const call = gate.calls.find((each) => !done.has(each))
        if (call === undefined) break
        done.add(call)
        call.resolve()
        made.env.run()
      }
      return count - left
    },
  }
}

const done = new WeakSet<object>()

describe('overflow: as long as the subscriber asks for what comes', () => {
  test('messages pass by memory: the store is opened and not used, and the producer waits for the consumer', () => {
    const { push, handle, held, node, source } = spilling()
    push(...range(7))
    expect(held.calls).toEqual(['open'])
    expect(node.state).toBe('direct')
    expect(source.outcomes).toEqual([])
    expect(handle(20)).toBe(7)
    expect(source.outcomes).toEqual(range(7).map((n) => `${n}: acked`))
    expect(held.disk.entries).toEqual([])
  })

  test('nothing passes before the store is open', () => {
    const held = new HeldStore()
    held.holds.add('open')
    const { gate, env, graph, push } = spilling({}, held)
    expect(graph.state).toBe('starting')
    held.take()
    env.run()
    expect(graph.state).toBe('running')
    push(1)
    expect(gate.values).toEqual([1])
  })
})

describe('overflow: when memory is full to the high mark', () => {
  test('what waits is stored, oldest first, and its producer is told when the store has confirmed it', () => {
    const held = new HeldStore()
    held.holds.add('append')
    const { push, source, node, env } = spilling({}, held)
    push(...range(9))
    expect(node.state).toBe('direct') // Two are with the consumer, seven wait.
    push(9)
    expect(node.state).toBe('opening')
    expect(source.outcomes).toEqual([])
    held.take()
    env.run()
    expect(source.outcomes).toEqual(range(8, 2).map((n) => `${n}: acked`))
    expect(held.disk.entries.map(({ number, data }) => [number, data])).toEqual(range(8).map((n) => [n + 1, n + 2]))
  })

  test('what has passed before settles with its producer, what is stored with the store', () => {
    const { push, handle, source, env, held } = spilling()
    push(...range(12))
    expect(source.outcomes).toHaveLength(10)
    handle(2)
    expect(source.outcomes.slice(10)).toEqual(['0: acked', '1: acked'])
    handle(10)
    env.advance(100)
    expect(held.disk.settled).toEqual({ below: 11, above: [], parts: 10 })
    expect(held.disk.entries).toEqual([])
  })

  test('one append is under way at a time, and the next takes all that has come meanwhile', () => {
    const held = new HeldStore()
    held.holds.add('append')
    const { push, env } = spilling({}, held)
    push(...range(10))
    push(10)
    push(11)
    expect(held.held).toHaveLength(1)
    held.take()
    env.run()
    expect(held.disk.entries).toHaveLength(8)
    expect(held.held).toHaveLength(1)
    held.take()
    expect(held.disk.entries.map(({ data }) => data)).toEqual(range(10, 2))
  })

  test('a store that does not confirm holds up what is above, and nothing is acked', () => {
    const held = new HeldStore()
    held.holds.add('append')
    const { push, source, graph, env } = spilling({}, held)
    push(...range(100))
    env.advance(60_000)
    expect(source.outcomes).toEqual([])
    expect(graph.stats().queued).toBe(91)
  })

  test('a message that cannot be written fails alone', () => {
    const { push, source, failures } = spilling()
    const unwritable = (): void => {}
    push(0, 1, 2, unwritable, ...range(8, 3))
    expect(failures).toEqual(['source→sink: SLUICE_MESSAGE_INVALID'])
    expect(source.outcomes.filter((text) => text.endsWith('acked'))).toHaveLength(9)
  })
})

describe('overflow: order', () => {
  test('is kept from memory to the store and back', () => {
    const { push, handle, gate, node, env } = spilling()
    let next = 0
    for (let round = 0; round < 50; round++) {
      push(...range(round % 7, next))
      next += round % 7
      handle(round % 5)
    }
    handle(1000)
    expect(gate.values).toEqual(range(next))
    env.advance(1000)
    expect(node.state).toBe('direct')
    push(next)
    expect(gate.values.at(-1)).toBe(next)
  })

  test('closes under a steady load, as soon as the consumer keeps up', () => {
    const { push, handle, gate, node, held } = spilling()
    push(...range(30))
    expect(node.state).not.toBe('direct')
    let next = 30
    for (let round = 0; round < 100 && node.state !== 'direct'; round++) {
      push(next++)
      handle(2)
    }
    expect(node.state).toBe('direct')
    const stored = held.disk.next
    push(next++)
    handle(100)
    expect(held.disk.next).toBe(stored)
    expect(gate.values).toEqual(range(next))
  })

  test('what is stored is read when there is credit for it, and no sooner', () => {
    const held = new HeldStore()
    const { push, handle } = spilling({}, held)
    for (let at = 0; at < 100; at += 10) push(...range(10, at))
    expect(held.calls.filter((call) => call === 'read')).toEqual([])
    handle(10)
    expect(held.calls).toContain('read')
  })
})

describe('overflow: a message that comes out of the store', () => {
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

describe('overflow: commits', () => {
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

describe('overflow: the end', () => {
  test('D19: an end waits until all has been delivered', async () => {
    const held = new HeldStore()
    const source = new Source({ upTo: 50 })
    const gate = new Gate()
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: {
        component: gate.consumer,
        from: [{ from: 'source', demand: { max: 1 }, overflow: held.overflow({ memory: { parts: 10 } }) }],
      },
    })
    for (let at = 0; at < 50; at++) {
      expect(graph.state).toBe('running')
      gate.calls[at]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual(range(50))
    await expect(graph.finishedReport).resolves.toMatchObject({ outcome: 'finished', left: [] })
    expect(held.disk.settled).toEqual({ below: held.disk.next, above: [], parts: held.disk.next - 1 })
    expect(held.calls.at(-1)).toBe('close')
  })

  test('D19: a drain stores what waits, leaves the store for the next start, and acks what is stored', async () => {
    const { push, graph, env, gate, source, held, handle } = spilling()
    push(...range(6))
    const stopped = graph.stop()
    env.run()
    expect(source.outcomes).toEqual(range(4, 2).map((n) => `${n}: acked`))
    handle(2)
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', left: [] })
    expect(gate.values).toEqual([0, 1])
    const next = spilling({}, new HeldStore(held.disk), 100)
    next.push(6, 7)
    next.handle(100)
    expect(next.gate.values).toEqual([2, 3, 4, 5, 6, 7])
  })

  test('A7: at the deadline of a drain, what the store has not confirmed is failed back, and counted', async () => {
    const held = new HeldStore()
    held.holds.add('append')
    const { push, graph, env, source } = spilling({}, held)
    push(...range(12))
    const stopped = graph.stop()
    env.advance(10_000)
    await expect(stopped).resolves.toMatchObject({
      outcome: 'deadline',
      left: [
        { node: 'source→sink', messages: 10 },
        { node: 'sink', messages: 2 },
      ],
    })
    expect(source.outcomes).toHaveLength(12)
    expect(source.outcomes.filter((outcome) => outcome.endsWith('acked'))).toEqual([])
  })

  test('what was stored and not settled when the process was killed comes first after it, in order', () => {
    const first = spilling()
    first.push(...range(30))
    first.handle(12)
    first.env.advance(60)
    const settled = first.held.disk.settled.below
    const next = spilling({}, new HeldStore(first.held.disk), 1)
    next.push(100)
    next.handle(1000)
    expect(next.gate.values).toEqual([...range(30 - (settled + 1), settled + 1), 100])
  })
})

describe('overflow: the flush marker', () => {
  test('D18: goes on behind what was before it, and does not wait for what is stored', async () => {
    const { push, graph, env, handle } = spilling()
    push(...range(20))
    let isFlushed = false
    graph.whenFlushed(() => (isFlushed = true))
    env.run()
    expect(isFlushed).toBe(false)
    handle(2)
    env.run()
    expect(isFlushed).toBe(true)
  })
})

describe('overflow: several branches', () => {
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

describe('overflow: its limits', () => {
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

  test('or drops what is newest, counted, where that is the policy', () => {
    const { push, source, node, handle, gate, env } = spilling({ limit: { bytes: 1000 }, whenFull: 'drop-newest' })
    for (let at = 0; at < 100; at += 10) push(...range(10, at))
    const dropped = node.counters.dropped.get('overflow-full')!
    expect(dropped).toBeGreaterThan(50)
    for (let round = 0; round < 60; round++) {
      handle(2)
      env.advance(60)
    }
    expect(gate.values).toHaveLength(100 - dropped)
    expect(gate.values).toEqual([...(gate.values as number[])].toSorted((a, b) => a - b))
    expect(source.outcomes).toHaveLength(100)
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

describe('overflow: another owner', () => {
  test('has taken the store: nothing more is delivered or committed, and it is opened again', () => {
    const { push, handle, held, gate, env, source, graph } = spilling()
    push(...range(30))
    held.holds.add('open')
    held.holds.add('append')
    held.store.events!.onOwnerLost(new Error('lease'))
    env.run()
    push(...range(10, 30))
    handle(10)
    env.advance(500)
    expect(gate.values).toEqual([0, 1]) // Both were on the edge.
    expect(held.disk.settled.below).toBe(1)
    held.holds.clear()
    held.take()
    env.run()
    for (let round = 0; round < 60; round++) {
      handle(2)
      env.advance(60)
    }
    expect(graph.state).toBe('running')
    expect(new Set(gate.values)).toEqual(new Set(range(40)))
    expect(source.outcomes).toHaveLength(40)
  })
})

describe('overflow: mode always', () => {
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

describe('overflow: a consumer that is started again', () => {
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
