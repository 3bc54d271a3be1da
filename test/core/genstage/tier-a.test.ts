import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { asking, figures, Gate, kernel, range, Sink, Source, stage, stuck } from '../../support/kernel.ts'

/** Numbers below stand for GenStage's own cases; what differs from its figures is the kernel's rule, which is named. */
describe('GenStage, cases that naive code fails', () => {
  test('1: a stage that gives its results later stops when its consumer hangs (D4, D10)', () => {
    const seen: unknown[] = []
    const later = stage(
      ({ hold, emit, clock }) => ({
        handle: (messages) => {
          seen.push(messages.map(({ data }) => data))
          hold(messages)
          clock.after(0, () => emit(messages))
        },
      }),
      { holds: true },
    )
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { env, graph } = kernel({
      source: { component: source.component },
      later: { component: later, from: [asking('source', 10, 8)] },
      sink: { component: gate.consumer, from: [asking('later', 10, 5)] },
    })
    for (const round of range(20)) {
      source.push(...range(10, 10 * round))
      env.advance(1)
    }
    // The window below is full, one call more is kept; a full window above, of which nothing is taken.
    expect(seen).toEqual([range(10), range(10, 10)])
    expect(gate.values).toEqual([0])
    expect(graph.node('later').outlet!.keptCount).toBe(10)
    expect(figures(graph.edge('source', 'later'))).toMatchObject({ queued: 10, credit: 0 })
  })

  test('5: a stage without subscribers takes nothing; who comes late gets everything, and then the end', () => {
    const gate = new Gate()
    const handled: unknown[] = []
    const source = new Source({ upTo: 100 })
    const doubling = stage(() => ({
      map: (n: number) => {
        handled.push(n)
        return 2 * n
      },
    }))
    const sink = new Sink()
    const { graph, env } = kernel({
      source: { component: source.component },
      doubling: { component: doubling, from: [asking('source', 100, 50)] },
      keeping: { component: gate.consumer, from: ['source'] },
    })
    expect(handled).toEqual([])
    expect(graph.edge('source', 'doubling').queue.length).toBe(100)
    void graph.add({ name: 'sink', component: sink.component, from: [asking('doubling', 100, 50)], settings: {} })
    env.run()
    expect(sink.values).toEqual(range(100).map((n) => 2 * n))
    expect(graph.node('sink').isFinished).toBe(true)
  })

  test('7: of two subscriptions one is cancelled: the other gets what it asked for, the rest is kept for its next ask', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component, settings: { dispatch: 'demand' } },
      one: { component: stuck, from: [asking('source', 3)] },
      two: { component: gate.consumer, from: [asking('source', 3, 2)] },
    })
    graph.cancel('source', 'one')
    source.push(...range(5))
    env.run()
    expect(figures(graph.edge('source', 'two'))).toMatchObject({ dispatched: 3, credit: 0 })
    for (const call of range(5)) {
      gate.calls[call]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual(range(5))
  })

  test('9: two subscribers of a broadcast ask for 10 and 20: upstream is asked for 10, once', () => {
    const source = new Source({ give: () => 0 })
    const { env } = kernel({
      source: { component: source.component },
      ten: { component: stuck, from: [asking('source', 10, 0)] },
      twenty: { component: stuck, from: [asking('source', 20, 0)] },
    })
    env.advance(60_000)
    expect(source.asks).toEqual([10])
  })

  test('11: what one who has left had asked for is not owed to the next: it is asked for what that one asks', () => {
    const source = new Source({ give: () => 0 })
    const { graph, env } = kernel({
      source: { component: source.component },
      one: { component: stuck, from: [asking('source', 10)] },
      two: { component: stuck, from: [asking('source', 10)] },
    })
    graph.cancel('source', 'one')
    graph.cancel('source', 'two')
    graph.subscribe('two', asking('source', 5))
    source.push(...range(8))
    env.run()
    expect(figures(graph.edge('source', 'two'))).toMatchObject({ asked: 5, dispatched: 5, credit: 0 })
    expect(graph.stats().nodes[0]!.queued).toBe(3)
  })

  test('15: paused, its consumers gone, it keeps what is emitted; two new ones get it in order when it is resumed', () => {
    const source = new Source({ queue: {} })
    const sinks = [new Sink(), new Sink()]
    const { graph, env } = kernel({
      source: { component: source.component },
      one: { component: sinks[0]!.component, from: ['source'] },
      two: { component: sinks[1]!.component, from: ['source'] },
    })
    graph.pause('source')
    graph.cancel('source', 'one')
    graph.cancel('source', 'two')
    for (const n of [1, 2, 3, 4]) {
      source.push(n)
      env.run()
    }
    graph.subscribe('one', { from: 'source' })
    graph.subscribe('two', { from: 'source' })
    env.run()
    expect(sinks.map(({ values }) => values)).toEqual([[], []])
    graph.resume('source')
    env.run()
    expect(sinks.map(({ values }) => values)).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ])
    expect(graph.stats().queued).toBe(0)
  })

  test('21: a partition whose subscriber has no credit keeps its messages, and holds the others up (D7)', () => {
    const gates = [new Gate(), new Gate()]
    const source = new Source({ upTo: 20, give: () => 1 })
    const to = (message: Message): string => ((message.data as number) < 5 ? 'a' : 'b')
    const { env } = kernel({
      source: { component: source.component, settings: { dispatch: { partition: { by: to, count: 2 } } } },
      one: { component: gates[0]!.consumer, from: [asking('source', 2, 1)] },
      two: { component: gates[1]!.consumer, from: [asking('source', 2, 1)] },
    })
    const slow = gates.find(({ calls }) => calls.length > 0)!
    expect(source.made).toBe(3)
    for (const call of range(5)) {
      slow.calls[call]!.resolve()
      env.run()
    }
    expect(slow.values).toEqual(range(5))
    expect(gates.find((gate) => gate !== slow)!.values[0]).toBe(5)
  })

  test('23: a partition leaves with messages and a marker behind them: the others get the messages, the marker is passed', () => {
    const sinks = [new Sink(), new Sink()]
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: {
        component: source.component,
        settings: { dispatch: { partition: { by: ({ data }) => data, count: 2 } } },
      },
      one: { component: sinks[0]!.component, from: ['source'] },
      two: { component: sinks[1]!.component, from: ['source'] },
    })
    graph.pause('one')
    graph.pause('two')
    source.push('a', 'b', 'c', 'd')
    env.run()
    let isFlushed = false
    graph.whenFlushed(() => (isFlushed = true))
    env.run()
    expect(graph.edge('source', 'one').queue.length).toBeGreaterThan(0)
    graph.cancel('source', 'one')
    graph.resume('two')
    env.run()
    expect(new Set(sinks[1]!.values)).toEqual(new Set(['a', 'b', 'c', 'd']))
    expect(isFlushed).toBe(true)
  })
})
