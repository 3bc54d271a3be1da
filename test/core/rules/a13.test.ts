import { describe, expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { kernel, range, Sink, Source } from '../../support/kernel.ts'
import { SHAPES } from '../faults/shapes.ts'

describe('A13: a handler that hangs is contained by its timeout', () => {
  /** Six messages through a node whose first call of 2 never comes back; the others are waited for a little. */
  function hanging(shape: string, order: 'input' | 'key' | 'none') {
    const calls: number[] = []
    const source = new Source({ upTo: 6 })
    const component = SHAPES[shape]!((value) => {
      calls.push(value)
      const answer = new Deferred()
      const isStuck = value === 2 && calls.filter((called) => called === 2).length === 1
      if (!isStuck) answer.resolve(undefined)
      return answer
    })
    const sink = new Sink()
    const made = kernel({
      source: { component: source.component },
      node: {
        component,
        from: ['source'],
        settings: { order, key: ({ data }) => (data as number) % 3, concurrency: 3, callSize: 1, timeoutMs: 1000 },
      },
      ...(component.kind === 'stage' ? { sink: { component: sink.component, from: ['node'] } } : {}),
    })
    return { ...made, source, calls }
  }

  test.each(Object.keys(SHAPES))('A13: `%s`: others go on, and its message comes again', (shape) => {
    const { source, env, graph, calls } = hanging(shape, 'none')
    const others = range(6).filter((n) => n !== 2)
    expect(source.outcomes.toSorted()).toEqual(others.map((n) => `${n}: acked`))
    env.advance(60_000)
    expect(source.outcomes.toSorted()).toEqual(range(6).map((n) => `${n}: acked`))
    expect(calls.filter((value) => value === 2)).toHaveLength(2)
    expect(graph.state).toBe('finished')
  })

  test('A13: with order by key only its key waits, and with the order of the input all do', () => {
    const byKey = hanging('map', 'key')
    expect(byKey.source.outcomes.toSorted()).toEqual([0, 1, 3, 4].map((n) => `${n}: acked`))
    const inOrder = hanging('map', 'input')
    expect(inOrder.source.outcomes).toEqual([0, 1].map((n) => `${n}: acked`))
    for (const { env, source, graph } of [byKey, inOrder]) {
      env.advance(120_000)
      expect(source.outcomes.toSorted()).toEqual(range(6).map((n) => `${n}: acked`))
      expect(graph.state).toBe('finished')
    }
  })
})
