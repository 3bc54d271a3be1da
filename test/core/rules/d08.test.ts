import { describe, expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { LoopEnv } from '../../support/loop-env.ts'
import {
  asking,
  consumer,
  figures,
  Gate,
  kernel,
  passing,
  range,
  Sink,
  Source,
  stage,
  stuck,
} from '../../support/kernel.ts'

describe('D8: what answers at once is handled at once', () => {
  test('D8: a line of synchronous nodes is one task of the loop, with no promise or microtask for a message', () => {
    const env = new LoopEnv()
    const sink = new Sink()
    const source = new Source({ queue: {} })
    kernel(
      {
        source: { component: source.component },
        one: { component: passing, from: ['source'] },
        two: { component: stage(() => ({ flatMap: (n: number) => [n] })), from: ['one'] },
        three: { component: stage(() => ({ handle: (messages) => messages })), from: ['two'] },
        sink: { component: sink.component, from: ['three'] },
      },
      { env },
    )
    env.microtasks = 0
    source.push(...range(500))
    env.run()
    expect(sink.values).toEqual(range(500))
    expect(env.microtasks).toBe(1)
  })

  test('D8: up to `concurrency` calls are in flight', () => {
    const gate = new Gate()
    const { env } = kernel({
      source: { component: new Source({ upTo: 20 }).component },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 3 } },
    })
    expect(gate.values).toEqual([0, 1, 2])
    gate.calls[1]!.resolve()
    env.run()
    expect(gate.values).toEqual([0, 1, 2, 3])
  })

  test('D8: the first thenable moves a node to slots for good: credit goes back in steps from then on', () => {
    let isSlow = false
    const component = consumer(() => ({ each: () => (isSlow ? new Deferred() : undefined) }))
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component, from: [asking('source', 10, 5)], settings: { concurrency: 2 } },
    })
    const edge = graph.edge('source', 'sink')
    source.push(1, 2)
    env.run()
    expect(figures(edge)).toMatchObject({ asked: 12, returning: 0 })
    isSlow = true
    source.push(3)
    env.run()
    isSlow = false
    source.push(4, 5)
    env.run()
    // Plain values now, but in slots: two handled are less than a step of five.
    expect(figures(edge)).toMatchObject({ asked: 12, underWay: 1, returning: 2 })
  })

  test('D8: a plain value in a slot settles at once and keeps its place', () => {
    const pending: Deferred[] = []
    const mixed = stage(() => ({
      map: (n: number) => {
        if (n % 3 !== 0) return n
        const answer = new Deferred()
        pending.push(answer)
        return answer
      },
    }))
    const sink = new Sink()
    const source = new Source({ upTo: 6 })
    const { env } = kernel({
      source: { component: source.component },
      mixed: { component: mixed, from: ['source'], settings: { concurrency: 2 } },
      sink: { component: sink.component, from: ['mixed'] },
    })
    expect(sink.values).toEqual([])
    // 1 and 2 have settled behind 0, so that 3 got a slot.
    expect(pending).toHaveLength(2)
    pending[0]!.resolve(0)
    env.run()
    expect(sink.values).toEqual([0, 1, 2])
    pending[1]!.resolve(3)
    env.run()
    expect(sink.values).toEqual([0, 1, 2, 3, 4, 5])
  })

  test('D8: what was handled before the first thenable has gone on, what is behind it waits', () => {
    const answer = new Deferred()
    const third = stage(() => ({ map: (n: number) => (n === 2 ? answer : n) }))
    const sink = new Sink()
    const source = new Source({ upTo: 5 })
    const { env } = kernel({
      source: { component: source.component },
      third: { component: third, from: ['source'] },
      sink: { component: sink.component, from: ['third'] },
    })
    expect(sink.values).toEqual([0, 1])
    answer.resolve('two')
    env.run()
    expect(sink.values).toEqual([0, 1, 'two', 3, 4])
  })

  test('D8: completions come back by microtask while the slice lasts, by immediate after it', () => {
    const env = new LoopEnv()
    const gate = new Gate()
    kernel(
      {
        source: { component: new Source({ upTo: 20 }).component },
        sink: { component: gate.consumer, from: ['source'] },
      },
      { env },
    )
    env.run()
    gate.calls[0]!.resolve()
    env.runMicrotasks()
    expect(gate.calls).toHaveLength(2)
    env.spend(6)
    gate.calls[1]!.resolve()
    env.runMicrotasks()
    expect(gate.calls).toHaveLength(2)
    env.round()
    expect(gate.calls).toHaveLength(3)
  })

  test('D8: an async function is known for one before it is called, so nothing of it runs twice', async () => {
    const seen: unknown[] = []
    const component = consumer(() => ({ each: async (n: number) => void seen.push(n) }))
    const { env, graph } = kernel({
      source: { component: new Source({ upTo: 10 }).component },
      sink: { component, from: [asking('source', 4)] },
      other: { component: stuck, from: ['source'] },
    })
    expect(graph.edge('source', 'sink').step).toBe(2)
    await env.settle()
    expect(seen).toEqual(range(10))
  })
})
