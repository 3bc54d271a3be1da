import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { asking, consumer, figures, Gate, kernel, range, Source, stage, stuck } from '../../support/kernel.ts'

/** A stage that makes `size` messages of each, in front of a consumer that goes on when a test says so. */
function expanding(size: number, max: number) {
  const gate = new Gate()
  const source = new Source({ upTo: 50, give: () => 1 })
  const { graph, env } = kernel({
    source: { component: source.component },
    many: {
      component: stage(() => ({ flatMap: (n: number) => range(size).map((index) => `${n}.${index}`) })),
      from: [asking('source', 1)],
    },
    sink: { component: gate.consumer, from: [asking('many', max, max - 1)] },
  })
  let settled = 0
  const settle = (count: number): void => {
    for (let left = count; left > 0; left--) {
      gate.calls[settled++]!.resolve()
      env.run()
    }
  }
  return { gate, source, graph, settle, outlet: graph.node('many').outlet! }
}

describe('D7: kept before new', () => {
  test('D7: kept output uses up the credit that arrives; nothing new is made meanwhile', () => {
    const { graph, outlet, settle } = expanding(10, 4)
    const edge = graph.edge('many', 'sink')
    expect(outlet.keptCount).toBe(6)
    settle(5)
    expect(outlet.keptCount).toBe(1)
    expect(figures(edge)).toMatchObject({ dispatched: 9, credit: 0 })
    expect(graph.node('many').counters.in).toBe(1)
  })

  test('D7: while any output is kept, no credit counts as free', () => {
    const { outlet, settle, graph } = expanding(10, 4)
    settle(3)
    expect(outlet.room).toBe(0)
    settle(3)
    expect(outlet.keptCount).toBe(0)
    expect(graph.node('many').counters.in).toBe(1)
    settle(1)
    expect(graph.node('many').counters.in).toBe(2)
  })

  test('D7: what was made first is dispatched first', () => {
    const { gate, settle } = expanding(5, 3)
    settle(20)
    expect(gate.values.slice(0, 20)).toEqual(range(4).flatMap((n) => range(5).map((index) => `${n}.${index}`)))
  })

  test('D7: messages that nobody could be given are the first for a subscriber that comes', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [asking('source', 3, 2)] },
    })
    graph.cancel('source', 'sink')
    source.push(1, 2)
    env.run()
    graph.subscribe('sink', asking('source', 3, 2))
    source.push(3, 4)
    env.run()
    for (const call of range(3)) {
      gate.calls[call]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual([1, 2, 3, 4])
  })

  test('D7: what is kept for want of bytes counts as well: a producer is not asked while a message of it does not fit', () => {
    const source = new Source({ upTo: 50, give: () => 1, details: () => ({ wireBytes: 300 }) })
    const gate = new Gate()
    const { env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [{ from: 'source', demand: { max: 100, min: 99, bytes: 1000 } }] },
    })
    expect(source.made).toBe(2)
    gate.calls[0]!.resolve()
    env.run()
    expect(source.made).toBe(3)
  })

  test('D7: while one partition has kept output, no other one’s credit counts as free', () => {
    const source = new Source({ upTo: 50, give: () => 1 })
    kernel({
      source: { component: source.component, settings: { dispatch: { partition: { by: () => 'one key', count: 2 } } } },
      one: { component: stuck, from: [asking('source', 3)] },
      two: { component: stuck, from: [asking('source', 5)] },
    })
    const windows = [3, 5]
    expect(windows.map((window) => window + 1)).toContain(source.made)
  })

  test('D7: what is given while older output is kept waits behind it, although there is credit at that moment', () => {
    const gates = [new Gate(), new Gate()] as const
    let give = (_count: number): void => {}
    const giving = stage(
      ({ hold, emit }) => {
        const held: Message[] = []
        give = (count) => emit(held.splice(0, count))
        return {
          handle: (messages) => {
            hold(messages)
            held.push(...messages)
          },
        }
      },
      { holds: true },
    )
    // It gives one more when its second call begins: by then the other consumer has credit, and the stage had no turn.
    const nudging = consumer(() => ({
      each: (data: unknown, message: Message, call) => {
        if (gates[1].calls.length === 1) give(1)
        return gates[1].wait(data, message, call)
      },
    }))
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      giving: { component: giving, from: ['source'], settings: { dispatch: 'demand' } },
      one: { component: gates[0].consumer, from: [asking('giving', 1)] },
      two: { component: nudging, from: [asking('giving', 2, 1)] },
    })
    source.push(...range(7))
    env.run()
    give(6)
    env.run()
    expect(gates.map(({ values }) => values)).toEqual([[2], [0]])
    gates[0].calls[0]!.resolve()
    gates[1].calls[0]!.resolve()
    env.run()
    expect(gates.map(({ values }) => values)).toEqual([
      [2, 3],
      [0, 1],
    ])
  })
})
