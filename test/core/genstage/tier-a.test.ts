import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { bind } from '../../../src/core/spec.ts'
import type { Definition } from '../../../src/core/component.ts'
import batch from '../../../src/stages/batch.ts'
import { asking, batching, figures, Gate, kernel, range, Sink, Source, stage, stuck } from '../../support/kernel.ts'

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
    const source = new Source()
    const { env, graph } = kernel({
      source: { component: source.component },
      later: { component: later, from: [asking('source', 10, 8)] },
      sink: { component: gate.consumer, from: [asking('later', 10, 5)] },
    })
    env.advance(10_000)
    const made = source.made
    env.advance(10_000)
    expect(source.made).toBe(made)
    expect(gate.values).toEqual([0])
    // The window below and one call that is kept; a full window above, of which nothing is taken.
    expect(graph.node('later').outlet!.keptCount).toBeGreaterThan(0)
    expect(figures(graph.edge('source', 'later'))).toMatchObject({ queued: 10 })
    expect(seen.flat()).toEqual(range(made - 10))
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
      source: { component: source.component, settings: { dispatch: { partition: { by: ({ data }) => data, count: 2 } } } },
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
    expect(sinks[1]!.values.toSorted()).toEqual(['a', 'b', 'c', 'd'])
    expect(isFlushed).toBe(true)
  })

  test('25: two messages in a batch of four, stopped at once: both are acked', async () => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      batches: { component: batching(4), from: ['source'] },
      sink: { component: new Sink().component, from: ['batches'] },
    })
    source.push(1, 2)
    const stopped = graph.stop()
    env.run()
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', left: [] })
    expect(source.outcomes).toEqual(['1: acked', '2: acked'])
  })

  test('29: a batching stage that breaks at one message loses none of the others (D14)', () => {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      breaking: { component: breakingAt('KILL'), from: ['source'] },
      sink: { component: sink.component, from: ['breaking'] },
    })
    source.push(1, 2, 'KILL', 3, 4, 5, 6, 7)
    source.context.end()
    env.run()
    expect(sink.values.flat().toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7])
    expect(source.outcomes.toSorted()).toEqual(['"KILL": broken', ...range(7, 1).map((n) => `${n}: acked`)])
  })

  test('31: with a budget per batch, groups close by what they cost, the rest by time', () => {
    const batches: unknown[][] = []
    const sink = new Sink((data) => void batches.push(data as unknown[]))
    const source = new Source({ queue: {}, details: (n) => ({ wireBytes: (n as number) % 2 === 1 ? 4 : 8 }) })
    const component = bind(batch as unknown as Definition, batch.options.parse({ size: 100, bytes: '32B', timeout: '1s', by: 'data % 2' }))
    const { env } = kernel({
      source: { component: source.component },
      batches: { component, from: ['source'] },
      sink: { component: sink.component, from: ['batches'] },
    })
    source.push(...range(10, 1))
    env.run()
    expect(batches.toSorted()).toEqual([[1, 3, 5, 7], [2, 4], [6, 8]].toSorted())
    env.advance(1000)
    expect(batches.slice(3).toSorted()).toEqual([[10], [9]])
  })
})

/** Batches of two, and its last; breaks when it sees `value`. */
function breakingAt(value: unknown) {
  const { create, ...component } = batching(2)
  return {
    ...component,
    create: (context: Parameters<typeof create>[0]) => {
      const handlers = create(context) as { handle(messages: readonly Message[], call: never): readonly Message[] }
      return {
        ...handlers,
        handle: (messages: readonly Message[]) => {
          if (messages.some(({ data }) => data === value)) throw new Error('broken')
          return handlers.handle(messages, undefined as never)
        },
      }
    },
  } as typeof component & { create: typeof create }
}
