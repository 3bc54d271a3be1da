import { describe, expect, test } from 'vitest'
import type { Order } from '../../../src/core/spec.ts'
import { asking, discarding, figures, Gate, kernel, range, Source, stage } from '../../support/kernel.ts'

/** A consumer with `concurrency` calls, and everything that its window asks for. */
function gated(max: number, min: number, settings: { concurrency: number; order?: Order }) {
  const gate = new Gate()
  const source = new Source({ upTo: 1000 })
  const { graph, env } = kernel({
    source: { component: source.component },
    sink: { component: gate.consumer, from: [asking('source', max, min)], settings },
  })
  const settle = (...calls: readonly number[]): void => {
    for (const call of calls) gate.calls[call]!.resolve()
    env.run()
  }
  return { gate, source, edge: graph.edge('source', 'sink'), settle }
}

describe('D3: credit goes back when messages are handled', () => {
  test('D3: while nothing is handled, what has arrived gives no credit back', () => {
    const { edge, source } = gated(10, 5, { concurrency: 4 })
    expect(figures(edge)).toEqual({
      asked: 10,
      dispatched: 10,
      credit: 0,
      queued: 6,
      underWay: 4,
      returning: 0,
      surplus: 0,
    })
    expect(source.asks).toEqual([10])
  })

  test('D3: an asynchronous node gives it back in steps of maxDemand − minDemand', () => {
    const { edge, source, settle } = gated(10, 6, { concurrency: 10 })
    settle(0, 1, 2)
    expect(figures(edge)).toMatchObject({ asked: 10, underWay: 7, returning: 3 })
    settle(3)
    expect(figures(edge)).toMatchObject({ asked: 14, dispatched: 14, returning: 0 })
    settle(4, 5, 6, 7, 8)
    expect(source.asks).toEqual([10, 4, 4])
    expect(figures(edge)).toMatchObject({ asked: 18, returning: 1 })
  })

  test('D3: results that wait for their place in the order still have their credit', () => {
    const { edge, settle } = gated(4, 3, { concurrency: 4, order: 'input' })
    settle(1, 2, 3)
    expect(figures(edge)).toMatchObject({ asked: 4, underWay: 4, returning: 0 })
    settle(0)
    expect(figures(edge)).toMatchObject({ asked: 8, dispatched: 8, underWay: 4 })
  })

  test('D3: without an order each gives its credit back by itself', () => {
    const { edge, settle } = gated(4, 3, { concurrency: 4, order: 'none' })
    settle(2)
    expect(figures(edge)).toMatchObject({ asked: 5, dispatched: 5, underWay: 4 })
  })

  test('D3: a synchronous node gives back all that it has handled, at once', () => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: discarding, from: [asking('source', 10, 0)] },
    })
    source.push(1, 2, 3)
    env.run()
    expect(figures(graph.edge('source', 'sink'))).toMatchObject({ asked: 13, dispatched: 3, credit: 10, returning: 0 })
  })

  test('D3: a message that fails is handled as well', () => {
    const { edge, gate, settle } = gated(2, 0, { concurrency: 2 })
    gate.calls[0]!.reject(new Error('no'))
    settle(1)
    expect(figures(edge)).toMatchObject({ asked: 4, dispatched: 4, underWay: 2 })
  })

  test('D3: the sum of a window holds after every turn, whatever is dropped, failed, or comes back in any order', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 200, give: (count) => Math.min(count, 7) })
    const odd = stage(() => ({ filter: (n: number) => n % 2 === 1 }))
    const throwing = stage(() => ({
      map: (n: number) => {
        if (n % 5 === 0) throw new Error('fives')
        return n
      },
    }))
    const { graph, env } = kernel({
      source: { component: source.component },
      odd: { component: odd, from: [asking('source', 9)] },
      throwing: { component: throwing, from: [asking('odd', 5)] },
      sink: { component: gate.consumer, from: [asking('throwing', 6, 2)], settings: { concurrency: 3, order: 'none' } },
    })
    // `kernel` checks the sum after every turn; here, that there was something to check.
    for (let call = 0; call < gate.calls.length; call += 1) {
      gate.calls[call % 2 === 0 ? Math.min(call + 1, gate.calls.length - 1) : call - 1]!.resolve()
      env.run()
    }
    for (const { resolve } of gate.calls) resolve()
    env.run()
    expect(graph.state).toBe('finished')
    expect(source.outcomes.toSorted()).toEqual(
      range(200)
        .map((n) => `${n}: ${n % 2 === 1 && n % 5 === 0 ? 'fives' : 'acked'}`)
        .toSorted(),
    )
  })
})
