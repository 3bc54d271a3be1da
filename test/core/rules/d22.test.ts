import { describe, expect, test } from 'vitest'
import type { MessageDetails } from '../../../src/core/component.ts'
import type { EdgeSpec, StageComponent } from '../../../src/core/spec.ts'
import { batching, Gate, kernel, passing, Sink, Source, stage } from '../../support/kernel.ts'

/** The sizes that come out of a stage. */
function sizes(
  middle: StageComponent,
  values: readonly unknown[],
  details?: (value: unknown) => MessageDetails,
): number[] {
  const sink = new Sink()
  const source = new Source({ queue: {}, ...(details === undefined ? {} : { details }) })
  const { env } = kernel({
    source: { component: source.component },
    middle: { component: middle, from: ['source'] },
    sink: { component: sink.component, from: ['middle'] },
  })
  source.push(...values)
  env.run()
  return sink.messages.map(({ sizeBytes }) => sizeBytes)
}

const wire = (wireBytes: number) => (): MessageDetails => ({ wireBytes })

describe('D22: the size of a message', () => {
  test('D22: twice what came over the wire, 256 bytes where there is no wire', () => {
    expect(sizes(passing, [1, 2], (value) => (value === 1 ? { wireBytes: 100 } : {}))).toEqual([200, 256])
    expect(sizes(passing, [1])).toEqual([256])
  })

  test('D22: inherited, whatever the data becomes', () => {
    expect(
      sizes(
        stage(() => ({ map: () => 'x'.repeat(1000) })),
        [1],
        wire(50),
      ),
    ).toEqual([100])
  })

  test('D22: divided among the children of an array', () => {
    expect(
      sizes(
        stage(() => ({ flatMap: () => [1, 2, 3] })),
        [1],
        wire(150),
      ),
    ).toEqual([100, 100, 100])
    expect(
      sizes(
        stage(() => ({ flatMap: () => ['only'] })),
        [1],
        wire(150),
      ),
    ).toEqual([300])
  })

  test('D22: inherited whole by each child of an iterable', () => {
    expect(
      sizes(
        stage(() => ({ flatMap: () => new Set([1, 2, 3]) })),
        [1],
        wire(150),
      ),
    ).toEqual([300, 300, 300])
  })

  test('D22: summed by a batch', () => {
    expect(sizes(batching(3), [1, 2, 3], (value) => ({ wireBytes: 10 * (value as number) }))).toEqual([120])
  })
})

describe('D22: what is charged', () => {
  test('D22: it is charged once, at admission, and returned at the outcome', () => {
    const gate = new Gate()
    const source = new Source({ queue: {}, details: wire(100) })
    const { graph, env } = kernel({
      source: { component: source.component },
      many: {
        component: stage(() => ({ flatMap: (n: number) => [n, n, n].values() as Iterable<number> })),
        from: ['source'],
      },
      sink: { component: gate.consumer, from: ['many'], settings: { concurrency: 10 } },
    })
    const { ledger } = graph.producers[0]!
    source.push(1, 2)
    expect(ledger.unackedBytes).toBe(400)
    env.run()
    expect(ledger.unackedBytes).toBe(400)
    for (const call of [0, 1, 2]) gate.calls[call]!.resolve()
    env.run()
    expect(ledger.unackedBytes).toBe(200)
    for (const call of [3, 4, 5]) gate.calls[call]!.reject(new Error('no'))
    env.run()
    expect(ledger.unackedBytes).toBe(0)
  })

  test('D22: inside nothing is refused for bytes: an expander goes on', () => {
    const source = new Source({ upTo: 5, details: wire(400) })
    const sink = new Sink()
    const many = stage(() => ({
      flatMap: (n: number) => Array.from({ length: 50 }, () => n).values() as Iterable<number>,
    }))
    kernel(
      {
        source: { component: source.component },
        many: { component: many, from: ['source'] },
        sink: { component: sink.component, from: ['many'] },
      },
      { memoryBytes: 3000 },
    )
    expect(sink.values).toHaveLength(250)
  })
})

describe('D22: an edge that bounds bytes', () => {
  function bounded(bytes: number, wireBytes: readonly number[]) {
    const gate = new Gate()
    const source = new Source({ queue: {}, details: (value) => ({ wireBytes: wireBytes[value as number]! }) })
    const from: EdgeSpec = { from: 'source', demand: { max: 100, min: 99, bytes } }
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [from], settings: { concurrency: 100 } },
    })
    source.push(...wireBytes.keys())
    env.run()
    return { gate, env, edge: graph.edge('source', 'sink') }
  }

  test('D22: it takes no more than its bytes, although it has credit', () => {
    const { gate, edge } = bounded(1000, [200, 200, 100, 200])
    expect(gate.values).toEqual([0, 1, 2])
    expect(edge.bytes).toBe(1000)
    expect(edge.credit).toBe(97)
  })

  test('D22: it goes on when messages have been handled', () => {
    const { gate, edge, env } = bounded(1000, [200, 200, 100, 200])
    gate.calls[0]!.resolve()
    env.run()
    expect(gate.values).toEqual([0, 1, 2, 3])
    expect(edge.bytes).toBe(1000)
  })

  test('D22: one message always passes, alone', () => {
    const { gate, env } = bounded(1000, [5000, 10, 10])
    expect(gate.values).toEqual([0])
    gate.calls[0]!.resolve()
    env.run()
    expect(gate.values).toEqual([0, 1, 2])
  })

  test('D22: without `bytes` an edge counts none', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 5, details: wire(1e9) })
    const { graph } = kernel({
      source: { component: source.component, settings: { maxUnacked: { bytes: 1e12 } } },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 5 } },
    })
    expect(gate.calls).toHaveLength(5)
    expect(graph.edge('source', 'sink').bytes).toBe(0)
  })
})
