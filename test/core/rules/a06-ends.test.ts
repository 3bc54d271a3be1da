import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { StageComponent } from '../../../src/core/spec.ts'
import { batching, Gate, kernel, range, Source, stage } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'
import { spilling } from '../overflow/spilling.ts'

/**
 * Three messages through an overflow that stores all, and a stage that makes pairs of them: the first pair has failed back, a
 * second one is delivered, and the stage holds what is left when the source has ended.
 */
function heldAtTheEnd(batches: StageComponent) {
  const held = new HeldStore()
  const source = new Source({ queue: {} })
  const gate = new Gate()
  const { env, graph } = kernel({
    source: { component: source.component },
    batches: { component: batches, from: [{ from: 'source', overflow: held.overflow({ mode: 'always' }) }] },
    sink: { component: gate.consumer, from: ['batches'] },
  })
  source.push(0, 1)
  env.run()
  gate.calls[0]!.reject(new Error('not yet'))
  source.push(2)
  source.context.end()
  env.advance(1000)
  gate.calls[1]!.resolve()
  return { env, graph, gate, held }
}

describe('A6, overflow: the end', () => {
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

  test('D19, D21: what has failed back and is held now is asked for: the end that would give it waits for it', () => {
    const { env, graph, gate, held } = heldAtTheEnd(batching(2))
    env.run()
    gate.calls[2]!.resolve()
    env.run()
    expect(graph.state).toBe('finished')
    expect(gate.values[2]).toHaveLength(1)
    expect(new Set(gate.values.slice(1).flat())).toEqual(new Set(range(3)))
    expect(held.disk.settled).toEqual({ below: 4, above: [], parts: 3 })
  })

  test('D19, D21: whoever holds it and gives nothing is not asked without end', () => {
    let flushes = 0
    const mean = stage(
      ({ hold, join }) => {
        const open: Message[] = []
        return {
          handle: (messages) => {
            hold(messages)
            open.push(...messages)
            return open.length >= 2 ? [join(open.splice(0, 2))] : []
          },
          flush: () => {
            flushes++
            if (flushes > 100) throw new Error('it is asked without end')
            return []
          },
        }
      },
      { holds: true, parts: 2 },
    )
    const { env, graph } = heldAtTheEnd(mean)
    env.advance(1000)
    expect(flushes).toBeGreaterThan(0)
    expect(flushes).toBeLessThan(10)
    expect(graph.state).toBe('running')
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

describe('A6, overflow: the flush marker', () => {
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

describe('A6, overflow: another owner', () => {
  test('has taken the store: nothing more is delivered or committed, and it is opened again', () => {
    const { push, handle, held, gate, env, source, graph } = spilling()
    push(...range(30))
    held.holds.add('open')
    held.holds.add('append')
    held.store.lose(new Error('lease'))
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
