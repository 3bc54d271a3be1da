import { describe, expect, test } from 'vitest'
import { asking, figures, Gate, kernel, passing, range, Sink, Source, stage, stuck } from '../../support/kernel.ts'

describe('D4: a stage asks only for what it can pass on', () => {
  test('D4: behind a consumer that never asks again, a stage takes what fills the window below, and its own', () => {
    const source = new Source({ upTo: 100 })
    const { graph } = kernel({
      source: { component: source.component },
      stage: { component: passing, from: [asking('source', 8)] },
      sink: { component: stuck, from: [asking('stage', 5)] },
    })
    expect(source.made).toBe(13)
    expect(figures(graph.edge('stage', 'sink'))).toMatchObject({ dispatched: 5 })
    expect(figures(graph.edge('source', 'stage'))).toMatchObject({ asked: 13, dispatched: 13, queued: 8 })
  })

  test('D4: while output is kept, a stage takes nothing, however much credit it has above', () => {
    const source = new Source({ upTo: 100 })
    const { graph } = kernel({
      source: { component: source.component },
      twice: { component: stage(() => ({ flatMap: (n: number) => [n, n] })), from: [asking('source', 8)] },
      sink: { component: stuck, from: [asking('twice', 5)] },
    })
    expect(graph.node('twice').outlet!.keptCount).toBe(1)
    expect(graph.node('twice').counters.in).toBe(3)
    expect(source.made).toBe(11)
  })

  test('D4: slots reserve the credit below for what they may give', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 100 })
    kernel({
      source: { component: source.component },
      slow: { component: gate.stage, from: [asking('source', 20)], settings: { concurrency: 10 } },
      sink: { component: stuck, from: [asking('slow', 3)] },
    })
    expect(gate.calls).toHaveLength(3)
  })

  test('D4: an iterable is pulled by credit, and no further', () => {
    const gate = new Gate()
    let pulled = 0
    const thousand = function* (): Generator<number> {
      while (pulled < 1000) yield pulled++
    }
    const source = new Source({ upTo: 1 })
    const { env } = kernel({
      source: { component: source.component },
      thousand: { component: stage(() => ({ flatMap: thousand })), from: ['source'] },
      sink: { component: gate.consumer, from: [asking('thousand', 6, 4)], settings: { concurrency: 6 } },
    })
    expect(pulled).toBe(6)
    gate.calls[0]!.resolve()
    env.run()
    expect(pulled).toBe(6)
    gate.calls[1]!.resolve()
    env.run()
    expect(pulled).toBe(8)
  })

  test('D4: the message of an iterable is handled when it is exhausted; the next one waits until then', () => {
    const source = new Source({ upTo: 3 })
    const counting = function* (n: number): Generator<string> {
      for (const letter of 'abc') yield `${n}${letter}`
    }
    const gate = new Gate()
    const { graph, env } = kernel({
      source: { component: source.component },
      counting: { component: stage(() => ({ flatMap: counting })), from: ['source'] },
      sink: { component: gate.consumer, from: [asking('counting', 2, 1)] },
    })
    const edge = graph.edge('source', 'counting')
    expect(figures(edge)).toMatchObject({ queued: 2, underWay: 1 })
    for (let call = 0; call < 9; call++) {
      gate.calls[call]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual(['0a', '0b', '0c', '1a', '1b', '1c', '2a', '2b', '2c'])
    expect(source.outcomes).toEqual(['0: acked', '1: acked', '2: acked'])
  })

  test('D4: an iterable that is abandoned is told so', () => {
    let isClosed = false
    const thousand = function* (): Generator<number> {
      try {
        yield* range(1000)
      } finally {
        isClosed = true
      }
    }
    const { graph } = kernel({
      source: { component: new Source({ upTo: 1 }).component },
      thousand: { component: stage(() => ({ flatMap: thousand })), from: ['source'] },
      sink: { component: stuck, from: [asking('thousand', 2)] },
    })
    expect(isClosed).toBe(false)
    graph.restart('thousand')
    expect(isClosed).toBe(true)
  })

  test('D4: an array longer than maxExpansion fails its message, one of that length does not', () => {
    const source = new Source({ upTo: 5 })
    const sink = new Sink()
    kernel({
      source: { component: source.component },
      many: {
        component: stage(() => ({ flatMap: (n: number) => range(n) })),
        from: ['source'],
        settings: { maxExpansion: 3 },
      },
      sink: { component: sink.component, from: ['many'] },
    })
    expect(source.outcomes.toSorted()).toEqual([
      '0: acked',
      '1: acked',
      '2: acked',
      '3: acked',
      '4: SLUICE_EXPANSION_TOO_LARGE',
    ])
    expect(sink.values).toEqual([0, 0, 1, 0, 1, 2])
  })

  test('D4: where nothing is said, an array may have 10,000 values', () => {
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      many: { component: stage(() => ({ flatMap: (n: number) => range(n) })), from: ['source'] },
      sink: { component: new Sink().component, from: ['many'] },
    })
    source.push(10_000, 10_001)
    env.run()
    expect(source.outcomes.toSorted()).toEqual(['10000: acked', '10001: SLUICE_EXPANSION_TOO_LARGE'])
  })

  test('D4: holding counts as passing on: a stage that holds takes more than there is credit for below', () => {
    const source: Source = new Source({ give: (count) => Math.min(count, 100 - source.made) })
    const { graph } = kernel({
      source: { component: source.component },
      keeping: {
        component: stage(({ hold }) => ({ handle: (messages) => hold(messages) }), { holds: true }),
        from: [asking('source', 10)],
      },
      sink: { component: stuck, from: [asking('keeping', 2)] },
    })
    expect(source.made).toBe(100)
    expect(graph.stats().nodes.find(({ name }) => name === 'keeping')!.held).toBe(100)
  })
})
