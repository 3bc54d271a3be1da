import { describe, expect, test } from 'vitest'
import { asking, figures, Gate, kernel, passing, range, Sink, Source } from '../../support/kernel.ts'

/** A line of three in which something is paused. */
function line() {
  const sink = new Sink()
  const source = new Source({ queue: {} })
  const { graph, env } = kernel({
    source: { component: source.component },
    stage: { component: passing, from: [asking('source', 4)] },
    sink: { component: sink.component, from: [asking('stage', 3)] },
  })
  const push = (...values: readonly unknown[]): void => {
    source.push(...values)
    env.run()
  }
  return { sink, source, graph, env, push }
}

describe('D20: pause', () => {
  test('D20: a node that is paused takes nothing more; what is above it fills its window and waits', () => {
    const { graph, push, sink } = line()
    graph.pause('stage')
    push(...range(10))
    expect(sink.values).toEqual([])
    expect(figures(graph.edge('source', 'stage'))).toMatchObject({ dispatched: 4, queued: 4, credit: 0 })
    expect(graph.stats().nodes[0]!.queued).toBe(6)
  })

  test('D20: resume releases it, in order', () => {
    const { graph, env, push, sink } = line()
    graph.pause('stage')
    push(...range(10))
    graph.resume('stage')
    env.run()
    expect(sink.values).toEqual(range(10))
  })

  test('D20: a paused edge holds up that edge only', () => {
    const one = new Sink()
    const two = new Sink()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component, settings: { dispatch: 'demand' } },
      one: { component: one.component, from: [asking('source', 2)] },
      two: { component: two.component, from: [asking('source', 2)] },
    })
    graph.pauseEdge('source', 'one')
    source.push(...range(10))
    env.run()
    expect(one.values).toEqual([])
    expect(two.values).toHaveLength(8)
    graph.resumeEdge('source', 'one')
    env.run()
    expect([...one.values, ...two.values].toSorted((a, b) => (a as number) - (b as number))).toEqual(range(10))
  })

  test('D20: credit of calls that end meanwhile is withheld, and released by resume', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 100 })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [asking('source', 4, 3)], settings: { concurrency: 4 } },
    })
    const edge = graph.edge('source', 'sink')
    graph.pause('sink')
    for (const { resolve } of gate.calls) resolve()
    env.run()
    expect(figures(edge)).toMatchObject({ asked: 4, credit: 0, returning: 4, underWay: 0 })
    expect(source.made).toBe(4)
    graph.resume('sink')
    env.run()
    expect(figures(edge)).toMatchObject({ asked: 8, dispatched: 8, underWay: 4 })
  })

  test('D20: a paused producer is not asked, and gives nothing out of its queue', () => {
    const { graph, env, push, sink, source } = line()
    graph.pause('source')
    push(1, 2)
    expect(sink.values).toEqual([])
    expect(figures(graph.edge('source', 'stage'))).toMatchObject({ credit: 4, dispatched: 0 })
    expect(source.push(3)).toBe(1)
    graph.resume('source')
    env.run()
    expect(sink.values).toEqual([1, 2, 3])
  })

  test('D20: pause is no marker: messages that are there already wait, calls under way end', () => {
    const gate = new Gate()
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      slow: { component: gate.stage, from: ['source'] },
      sink: { component: sink.component, from: ['slow'] },
    })
    source.push(1, 2)
    env.run()
    graph.pause('slow')
    gate.calls[0]!.resolve()
    env.run()
    expect(sink.values).toEqual([1])
    expect(gate.calls).toHaveLength(1)
  })

  test('D20: two pauses of one edge, by node and by edge, need both to be lifted', () => {
    const { graph, env, push, sink } = line()
    graph.pause('stage')
    graph.pauseEdge('source', 'stage')
    push(1)
    graph.resume('stage')
    env.run()
    expect(sink.values).toEqual([])
    graph.resumeEdge('source', 'stage')
    env.run()
    expect(sink.values).toEqual([1])
  })

  test('D20: stopping lifts every pause, so that what was admitted comes to its end', async () => {
    const { graph, env, push, sink } = line()
    graph.pause('sink')
    push(...range(6))
    const stopped = graph.stop()
    env.run()
    expect(sink.values).toEqual(range(6))
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', left: [] })
  })
})
