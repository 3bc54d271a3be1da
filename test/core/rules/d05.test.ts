import { describe, expect, test } from 'vitest'
import type { StageComponent } from '../../../src/core/spec.ts'
import { asking, discarding, figures, Gate, kernel, range, Source, stage, stuck } from '../../support/kernel.ts'

/** Holds all that comes, and writes it down. */
function keeping(held: unknown[]): StageComponent {
  return stage(
    ({ hold }) => ({
      handle: (messages) => {
        hold(messages)
        held.push(...messages.map(({ data }) => data))
      },
    }),
    { holds: true },
  )
}

describe('D5: credit is conserved', () => {
  test('D5: asked = dispatched + outstanding while messages come in any portions', () => {
    let turn = 0
    const source = new Source({ upTo: 500, give: (count) => Math.min(count, [1, 3, 17, 2][turn++ % 4]!) })
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: discarding, from: [asking('source', 20)] },
    })
    const { asked, dispatched, credit } = figures(graph.edge('source', 'sink'))
    expect([asked, dispatched, credit]).toEqual([520, 500, 20])
  })

  test('D5: a cancelled edge owes nothing: what was asked and not dispatched is taken back', () => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: stuck, from: [asking('source', 10)] },
    })
    source.push(1, 2, 3)
    env.run()
    const edge = graph.edge('source', 'sink')
    expect(figures(edge)).toMatchObject({ asked: 10, dispatched: 3, credit: 7 })
    graph.cancel('source', 'sink')
    expect(figures(edge)).toMatchObject({ asked: 3, dispatched: 3, credit: 0, queued: 0 })
  })

  test('D5: a cancelled edge asks for nothing more when its calls come back', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [asking('source', 2, 1)], settings: { concurrency: 2 } },
    })
    source.push(1, 2)
    env.run()
    const edge = graph.edge('source', 'sink')
    graph.cancel('source', 'sink')
    for (const { resolve } of gate.calls) resolve()
    env.run()
    expect(figures(edge)).toMatchObject({ asked: 2, dispatched: 2, credit: 0 })
    expect(source.outcomes).toEqual(['1: acked', '2: acked'])
  })

  test('D5: messages that a restart puts back are surplus where their credit was returned, and credit is never negative', () => {
    const held: unknown[] = []
    const source: Source = new Source({ give: (count) => Math.min(count, 25 - source.made) })
    const { graph, env } = kernel({
      source: { component: source.component },
      keeping: { component: keeping(held), from: [asking('source', 10)] },
      sink: { component: stuck, from: ['keeping'] },
    })
    const edge = graph.edge('source', 'keeping')
    expect(figures(edge)).toMatchObject({ dispatched: 25, queued: 0, underWay: 0, credit: 10 })
    expect(held).toEqual(range(25))
    held.length = 0
    graph.scheduler.onTurn = undefined // Looked at between turns here.
    graph.restart('keeping')
    expect(figures(edge)).toMatchObject({ queued: 25, surplus: 25, credit: 10, asked: 35, dispatched: 25 })
    env.run()
    expect(held).toEqual(range(25))
    expect(figures(edge)).toMatchObject({ surplus: 0, credit: 10, queued: 0, asked: 35, dispatched: 25 })
  })

  test('D5: what an answer has beyond what was asked for is accepted, and goes before anything new', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 8, give: (count) => count + 3 })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [asking('source', 4, 3)] },
    })
    const edge = graph.edge('source', 'sink')
    expect(figures(edge)).toMatchObject({ asked: 4, dispatched: 4, credit: 0 })
    for (let call = 0; call < 8; call++) {
      gate.calls[call]!.resolve()
      env.run()
      expect(edge.credit).toBeGreaterThanOrEqual(0)
    }
    expect(gate.values).toEqual(range(8))
    expect(source.outcomes).toHaveLength(8)
  })
})
