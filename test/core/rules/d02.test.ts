import { describe, expect, test } from 'vitest'
import { asking, figures, Gate, kernel, range, Source, stage, stuck } from '../../support/kernel.ts'

describe('D2: nothing beyond credit', () => {
  test('D2: of an answer that is larger than asked for, only what there is credit for is dispatched', () => {
    const source = new Source({ upTo: 25, give: () => 25 })
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: stuck, from: [asking('source', 10)] },
    })
    expect(source.asks).toEqual([10])
    expect(figures(graph.edge('source', 'sink'))).toMatchObject({ dispatched: 10, credit: 0 })
    expect(graph.producers[0]!.outlet.keptCount).toBe(15)
  })

  test('D2: what a stage gives beyond credit is kept, and dispatched in order as credit comes', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      triples: { component: stage(() => ({ flatMap: (n: number) => [n, n, n] })), from: ['source'] },
      sink: { component: gate.consumer, from: [asking('triples', 4, 3)] },
    })
    source.push(1, 2)
    env.run()
    const edge = graph.edge('triples', 'sink')
    expect(figures(edge)).toMatchObject({ dispatched: 4, credit: 0 })
    expect(graph.node('triples').outlet!.keptCount).toBe(2)
    for (let call = 0; call < 6; call++) {
      gate.calls[call]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual([1, 1, 1, 2, 2, 2])
  })

  test('D2: what a push producer emits beyond credit waits in its own queue, and `emit` says how much was taken', () => {
    const source = new Source({ queue: { messages: 7 } })
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: stuck, from: [asking('source', 5)] },
    })
    expect(source.push(...range(4))).toBe(4)
    expect(source.push(...range(6, 4))).toBe(3)
    expect(source.push(99)).toBe(0)
    expect(graph.producers[0]!.counters.own.get('rejected')).toBe(4)
  })

  test('D2: the queue of a push producer has room again once messages have been dispatched', () => {
    const source = new Source({ queue: { messages: 7 } })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: stuck, from: [asking('source', 5)] },
    })
    source.push(...range(7))
    env.run()
    expect(figures(graph.edge('source', 'sink'))).toMatchObject({ dispatched: 5, credit: 0 })
    expect(source.push(...range(10))).toBe(5)
  })

  test('D2: with `whole` an emission is taken as a whole or not at all', () => {
    const source = new Source({ queue: { messages: 7 } })
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: stuck, from: [asking('source', 5)] },
    })
    const emit = (count: number): number => source.context.emit(source.messages(range(count)), { whole: true })
    expect(emit(8)).toBe(0)
    expect(emit(6)).toBe(6)
    expect(emit(2)).toBe(0)
    expect(emit(1)).toBe(1)
    expect(graph.stats().unacked).toBe(7)
  })

  test('D2: the queue is bounded in bytes as well', () => {
    const source = new Source({ queue: { bytes: 1000 }, details: () => ({ wireBytes: 200 }) })
    kernel({ source: { component: source.component }, sink: { component: stuck, from: ['source'] } })
    expect(source.push(1, 2, 3)).toBe(2)
  })
})
