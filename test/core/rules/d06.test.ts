import { describe, expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import type { Message } from '../../../src/core/message.ts'
import { asking, discarding, figures, Gate, kernel, range, Sink, Source, stuck } from '../../support/kernel.ts'

/** Has so many messages at its first ask, and none after. */
function givingOnce(count: number): Source {
  let left = count
  return new Source({
    give: () => {
      const given = left
      left = 0
      return given
    },
  })
}

describe('D6: a producer may give less than asked', () => {
  test('D6: after a non-empty answer it is asked for the whole debt again', () => {
    const source = new Source({ give: (count) => Math.min(count, 4) })
    kernel({ source: { component: source.component }, sink: { component: stuck, from: [asking('source', 10)] } })
    expect(source.asks).toEqual([10, 6, 2])
  })

  test('D6: after an empty answer it is left alone until something wakes it', () => {
    const source = new Source({ give: () => 0 })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: stuck, from: [asking('source', 10)] },
    })
    env.advance(60_000)
    expect(source.asks).toEqual([10])
    expect(figures(graph.edge('source', 'sink'))).toMatchObject({ credit: 10 })
  })

  test('D6: an ask wakes it, for the whole debt', () => {
    const gate = new Gate()
    const source = givingOnce(6)
    const { env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [asking('source', 10, 9)] },
    })
    expect(source.asks).toEqual([10, 4])
    gate.calls[0]!.resolve()
    env.run()
    expect(source.asks.slice(0, 3)).toEqual([10, 4, 5])
  })

  test('D6: an outcome wakes it, also where no credit comes back by it', () => {
    const gate = new Gate()
    const source = givingOnce(3)
    const { env } = kernel({
      source: { component: source.component },
      // One settled call is less than a step of credit.
      sink: { component: gate.consumer, from: [asking('source', 10, 0)], settings: { concurrency: 3 } },
    })
    expect(source.asks).toEqual([10, 7])
    gate.calls[0]!.resolve()
    env.run()
    expect(source.asks.slice(0, 3)).toEqual([10, 7, 7])
  })

  test('D6: an `emit` wakes it', () => {
    const source = new Source({ give: () => 0 })
    const { env } = kernel({
      source: { component: source.component },
      sink: { component: stuck, from: [asking('source', 10)] },
    })
    source.push('by itself')
    env.run()
    expect(source.asks).toEqual([10, 9])
  })

  test('D6: while a `handleDemand` is under way it is not called again; then for what is owed by then', () => {
    const asks: number[] = []
    const answers: Deferred[] = []
    const source = new Source()
    const component = {
      ...source.component,
      create: (context: typeof source.context) => ({
        handleDemand: (count: number) => {
          source.context = context
          asks.push(count)
          answers.push(new Deferred())
          return answers.at(-1) as unknown as PromiseLike<readonly Message[]>
        },
      }),
    }
    const sink = new Sink()
    const { env } = kernel({
      source: { component: { ...component, outcomes: false } },
      sink: { component: sink.component, from: [asking('source', 10)] },
    })
    env.advance(1000)
    expect(asks).toEqual([10])
    answers[0]!.resolve(source.messages([1, 2, 3]))
    env.run()
    expect(sink.values).toEqual([1, 2, 3])
    expect(asks).toEqual([10, 10])
  })

  test('D6: `end` says that nothing more comes: it is not asked again, and the graph finishes', () => {
    const source = new Source({ upTo: 25 })
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: discarding, from: [asking('source', 10)] },
    })
    expect(source.asks).toEqual([10, 10, 10])
    expect(source.outcomes).toEqual(range(25).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
  })

  test('D6: what was emitted before `end` still goes out, what is emitted after it is not taken', () => {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: sink.component, from: ['source'] },
    })
    expect(source.push(1, 2)).toBe(2)
    source.context.end()
    expect(source.push(3)).toBe(0)
    env.run()
    expect(sink.values).toEqual([1, 2])
    expect(graph.state).toBe('finished')
  })
})
