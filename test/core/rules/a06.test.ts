import { describe, expect, test } from 'vitest'
import { range } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'
import { spilling } from '../overflow/spilling.ts'

describe('A6, overflow: as long as the subscriber asks for what comes', () => {
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

describe('A6, overflow: when memory is full to the high mark', () => {
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

  describe('of what comes during an append, what is enough for frames of its own', () => {
    const busy = () => {
      const held = new HeldStore()
      held.holds.add('append')
      const made = spilling({ memory: { parts: 8000 } }, held)
      made.push(...range(6500))
      made.push(...range(1200, 6500))
      made.push(...range(200, 7700)) // Not enough.
      return { ...made, held }
    }

    test('is given to the store in advance, and stored behind it', () => {
      const { held, node, env, source } = busy()
      expect(node.writer.pending).toBe(7698)
      expect(held.held).toHaveLength(1)
      held.holds.clear()
      held.take()
      env.run()
      expect(held.disk.entries.map(({ data }) => data)).toEqual(range(7898, 2))
      expect(source.outcomes).toHaveLength(7898)
    })

    test('goes back in order with it, where the store is lost', () => {
      const { held, env, source } = busy()
      held.holds.clear()
      held.store.lose(new Error('lease'))
      env.run()
      expect(held.disk.entries.map(({ data }) => data)).toEqual(range(7898, 2))
      expect(source.outcomes).toHaveLength(7898)
    })

    test('is found to be stored or not, each for itself, where the store is lost', () => {
      const { held, env, source, node } = busy()
      const pending = node.writer.pending
      const append = held.held.shift()!
      held.holds.add('open')
      held.store.lose(new Error('lease'))
      env.run()
      append.take()
      const first = held.disk.entries.length
      expect(first).toBeLessThan(pending)
      held.holds.clear()
      held.take()
      env.run()
      expect(held.disk.entries.map(({ data }) => data)).toEqual(range(7898, 2))
      expect(source.outcomes).toHaveLength(7898)
    })
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

describe('A6, overflow: order', () => {
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
