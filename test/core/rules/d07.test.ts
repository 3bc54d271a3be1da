import { describe, expect, test } from 'vitest'
import { asking, figures, Gate, kernel, range, Source, stage } from '../../support/kernel.ts'

/** A stage that makes `size` messages of each, in front of a consumer that goes on when a test says so. */
function expanding(size: number, max: number) {
  const gate = new Gate()
  const source = new Source({ upTo: 50, give: () => 1 })
  const { graph, env } = kernel({
    source: { component: source.component },
    many: { component: stage(() => ({ flatMap: (n: number) => range(size).map((index) => `${n}.${index}`) })), from: [asking('source', 1)] },
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

  test('D7: under `demand` dispatch, what is kept for nobody goes before new messages', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 20, give: () => 9 })
    const { graph, env } = kernel({
      source: { component: source.component, settings: { dispatch: 'demand' } },
      one: { component: gate.consumer, from: [asking('source', 2, 1)] },
      two: { component: gate.consumer, from: [asking('source', 2, 1)] },
    })
    expect(graph.node('source').outlet!.keptCount).toBe(5)
    for (let call = 0; call < gate.calls.length; call++) {
      gate.calls[call]!.resolve()
      env.run()
    }
    // Two consumers, one call each: what is dispatched later is never called before what was kept.
    expect(gate.values.slice(4).map((n, index) => Math.abs((n as number) - (index + 4)) <= 2)).not.toContain(false)
    expect(gate.values.toSorted((a, b) => (a as number) - (b as number))).toEqual(range(20))
  })
})
