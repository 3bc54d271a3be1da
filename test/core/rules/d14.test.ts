import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import type { StageComponent } from '../../../src/core/spec.ts'
import { asking, batching, figures, Gate, kernel, range, Sink, Source, stage, stuck } from '../../support/kernel.ts'

describe('D14: edges outlive their nodes', () => {
  test('D14: undelivered messages of a cancelled edge go to the other subscribers', () => {
    const source = new Source({ queue: {} })
    const sink = new Sink()
    const { graph, env } = kernel({
      source: { component: source.component, settings: { dispatch: 'demand' } },
      slow: { component: stuck, from: [asking('source', 8)] },
      sink: { component: sink.component, from: [asking('source', 4)] },
    })
    source.push(...range(8))
    env.run()
    expect(graph.edge('source', 'slow').queue.length).toBe(7)
    graph.cancel('source', 'slow')
    env.run()
    expect(sink.values).toEqual(range(7, 1))
  })

  test('D14: with nobody else they wait for the next subscriber, in order', () => {
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [asking('source', 5)], settings: { concurrency: 1 } },
    })
    source.push(...range(5))
    env.run()
    graph.cancel('source', 'sink')
    graph.subscribe('sink', asking('source', 5))
    source.push(5)
    for (const call of range(6)) {
      env.run()
      gate.calls[call]!.resolve()
    }
    env.run()
    expect(gate.values).toEqual(range(6))
    expect(source.outcomes).toEqual(range(6).map((n) => `${n}: acked`))
  })

  test('D14: demand of a cancelled edge goes to the others', () => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      narrow: { component: stuck, from: [asking('source', 2)] },
      wide: { component: stuck, from: [asking('source', 9)] },
    })
    source.push(...range(20))
    env.run()
    expect(figures(graph.edge('source', 'wide'))).toMatchObject({ dispatched: 2 })
    graph.cancel('source', 'narrow')
    env.run()
    expect(figures(graph.edge('source', 'wide'))).toMatchObject({ dispatched: 9, credit: 0 })
  })

  test('D14: queues survive a restart: what had arrived is handled by the new instance', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 6 })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [asking('source', 6)] },
    })
    const edge = graph.edge('source', 'sink')
    graph.restart('sink')
    env.run()
    expect(graph.edge('source', 'sink')).toBe(edge)
    for (const call of range(6, 1)) {
      gate.calls[call]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual([0, 0, 1, 2, 3, 4, 5])
    expect(source.outcomes).toEqual(range(6).map((n) => `${n}: acked`))
  })

  test('D14: calls under way go back in order with their attempt counted; what waited has the same attempt', () => {
    const gate = new Gate()
    const { graph, env } = kernel({
      source: { component: new Source({ upTo: 5 }).component },
      slow: { component: gate.stage, from: ['source'], settings: { concurrency: 3 } },
      sink: { component: new Sink().component, from: ['slow'] },
    })
    gate.calls[1]!.resolve() // Settled behind 0, so it has not gone on.
    env.run()
    graph.restart('slow')
    env.run()
    for (const call of range(5, 4)) {
      gate.calls[call]?.resolve()
      env.run()
    }
    const again = gate.calls.slice(4)
    expect(again.map(({ data }) => data)).toEqual([0, 1, 2, 3, 4])
    expect(again.map(({ call }) => call.attempt)).toEqual([2, 1, 2, 2, 1])
  })

  test('D14: what comes back from a call of the old instance is ignored', () => {
    const gate = new Gate()
    const sink = new Sink()
    const source = new Source({ upTo: 1 })
    const { graph, env } = kernel({
      source: { component: source.component },
      slow: { component: gate.stage, from: ['source'] },
      sink: { component: sink.component, from: ['slow'] },
    })
    const { signal } = gate.calls[0]!.call
    graph.restart('slow')
    env.run()
    expect(signal.aborted).toBe(true)
    gate.calls[0]!.resolve('old')
    env.run()
    expect(sink.values).toEqual([])
    gate.calls[1]!.resolve('new')
    env.run()
    expect(sink.values).toEqual(['new'])
    expect(source.outcomes).toHaveLength(1)
  })

  test('D14: what a node held goes back in order as surplus, and credit of settled calls is returned', () => {
    const source = new Source({ queue: {} })
    const sink = new Sink()
    const { graph, env } = kernel({
      source: { component: source.component },
      batches: { component: batching(5), from: [asking('source', 10)] },
      sink: { component: sink.component, from: ['batches'] },
    })
    source.push(...range(8))
    env.run()
    graph.scheduler.onTurn = undefined
    const edge = graph.edge('source', 'batches')
    expect(figures(edge)).toMatchObject({ credit: 10, queued: 0 })
    graph.restart('batches')
    expect(figures(edge)).toMatchObject({ credit: 10, queued: 3, surplus: 3 })
    env.run()
    source.push(8, 9)
    env.run()
    expect(sink.values).toEqual([range(5), range(5, 5)])
    expect(figures(edge)).toMatchObject({ credit: 10, surplus: 0 })
    expect(source.outcomes).toHaveLength(10)
  })

  test('D14: children of a call under way are void: they come once, from the new call', () => {
    const made: Message[][] = []
    const gate = new Gate()
    const sink = new Sink()
    const source = new Source({ upTo: 1 })
    const splitting: StageComponent = stage(({ child }) => ({
      handle: (messages) => {
        made.push(messages.flatMap((message) => ['x', 'y'].map((letter) => child(message, letter))))
        return gate.wait(messages[0]!.data, messages[0]!, undefined as never) as PromiseLike<Message[]>
      },
    }))
    const { graph, env } = kernel({
      source: { component: source.component },
      splitting: { component: splitting, from: ['source'] },
      sink: { component: sink.component, from: ['splitting'] },
    })
    graph.restart('splitting')
    env.run()
    expect(gate.calls).toHaveLength(2)
    gate.calls[0]!.resolve(made[0])
    env.run()
    expect(sink.values).toEqual([])
    expect(source.outcomes).toEqual([])
    gate.calls[1]!.resolve(made[1])
    env.run()
    expect(sink.values).toEqual(['x', 'y'])
    expect(source.outcomes).toEqual(['0: acked'])
  })
})

/** A batching stage that throws at what `isBad`, and notes what each call had. */
function touchy(isBad: (value: unknown) => boolean, calls: unknown[][]): StageComponent {
  return stage(
    ({ hold }) => ({
      handle: (messages) => {
        calls.push(messages.map(({ data }) => data))
        for (const message of messages) {
          if (isBad(message.data)) throw new Error('bad')
        }
        hold(messages)
        return messages
      },
    }),
    { holds: true },
  )
}

describe('D14: a stage that holds is restarted when its call throws', () => {
  test('D14: its messages come again in halves; only the one that is alone when it throws fails', () => {
    const calls: unknown[][] = []
    const sink = new Sink()
    const source = new Source({ upTo: 8 })
    const { graph, failures } = kernel({
      source: { component: source.component },
      touchy: { component: touchy((n) => n === 5, calls), from: ['source'] },
      sink: { component: sink.component, from: ['touchy'] },
    })
    expect(calls.slice(0, 4)).toEqual([range(8), range(4), range(4, 4), range(2, 4)])
    expect(failures).toEqual(['touchy: bad'])
    expect(sink.values).toEqual([0, 1, 2, 3, 4, 6, 7])
    expect(sink.messages.every(({ attempt }) => attempt === 1)).toBe(true)
    expect(graph.node('touchy').counters.restarts).toBeGreaterThanOrEqual(2)
    expect(graph.state).toBe('finished')
  })

  test('D14: what it had held before comes again first', () => {
    const seen: unknown[] = []
    const source = new Source({ queue: {} })
    const keeping = stage(
      ({ hold }) => ({
        handle: (messages) => {
          seen.push(messages.map(({ data }) => data))
          if (messages.some(({ data }) => data === 'bad')) throw new Error('bad')
          hold(messages)
        },
      }),
      { holds: true },
    )
    const { env } = kernel({
      source: { component: source.component },
      keeping: { component: keeping, from: ['source'] },
      sink: { component: stuck, from: ['keeping'] },
    })
    source.push('a', 'b')
    env.run()
    source.push('bad', 'c')
    env.run()
    expect(seen).toEqual([['a', 'b'], ['bad', 'c'], ['a', 'b'], ['bad'], ['a', 'b'], ['c']])
    expect(source.outcomes).toEqual(['"bad": bad'])
  })

  test('D14: any other stage is not restarted by a throw: the messages of the call fail', () => {
    const source = new Source({ upTo: 4 })
    const throwing = stage(() => ({
      handle: () => {
        throw new Error('no')
      },
    }))
    const { graph } = kernel({
      source: { component: source.component },
      throwing: { component: throwing, from: ['source'] },
      sink: { component: new Sink().component, from: ['throwing'] },
    })
    expect(source.outcomes).toEqual(range(4).map((n) => `${n}: no`))
    expect(graph.node('throwing').counters.restarts).toBe(0)
  })
})
