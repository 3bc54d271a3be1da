import { describe, expect, test } from 'vitest'
import { partitionOf } from '../../../src/core/dispatch.ts'
import type { Dispatch } from '../../../src/core/outlet.ts'
import type { NodeSettings } from '../../../src/core/spec.ts'
import { asking, Gate, kernel, passing, range, Sink, Source, stuck } from '../../support/kernel.ts'

/** Several consumers of one push producer. */
function shared(settings: NodeSettings, sinks: readonly Sink[], max = 1000) {
  const source = new Source({ queue: {} })
  const consumers = sinks.map(({ component }, index) => [`sink${index}`, { component, from: [asking('source', max)] }])
  const { graph, env } = kernel({ source: { component: source.component, settings }, ...Object.fromEntries(consumers) })
  const push = (...values: readonly unknown[]): void => {
    source.push(...values)
    env.run()
  }
  return { source, graph, env, push }
}

const byData = (count: number): Dispatch => ({ partition: { by: ({ data }) => data, count } })

describe('D16: several subscribers', () => {
  test('D16: two nodes that read from the same one both get everything', () => {
    const sinks = [new Sink(), new Sink()]
    const { push, source } = shared({}, sinks)
    push(1, 2, 3)
    expect(sinks.map(({ values }) => values)).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ])
    expect(source.outcomes).toEqual(['1: acked', '2: acked', '3: acked'])
  })

  test('D16: the slowest branch decides what a broadcast can give', () => {
    const source = new Source({ upTo: 100 })
    kernel({
      source: { component: source.component },
      narrow: { component: stuck, from: [asking('source', 2)] },
      wide: { component: stuck, from: [asking('source', 9)] },
    })
    expect(source.asks).toEqual([2])
  })

  test('D16: `data` is shared by reference, the messages around it are not', () => {
    const sinks = [new Sink(), new Sink()]
    const { push } = shared({}, sinks)
    const data = { n: 1 }
    push(data)
    const [one, other] = sinks.map(({ messages }) => messages[0]!)
    expect(one!.data).toBe(data)
    expect(other!.data).toBe(data)
    expect(one).not.toBe(other)
    expect(one!.id).toBe(other!.id)
  })

  test('D16: what one branch makes of a message, the other does not see', () => {
    const changed = new Sink()
    const plain = new Sink()
    const source = new Source({ upTo: 2 })
    kernel({
      source: { component: source.component },
      one: {
        component: { ...passing, create: () => ({ map: (n: number) => `changed ${n}` }) },
        from: ['source'],
        settings: { key: () => 'k' },
      },
      changed: { component: changed.component, from: ['one'] },
      plain: { component: plain.component, from: ['source'] },
    })
    expect(changed.values).toEqual(['changed 0', 'changed 1'])
    expect(plain.values).toEqual([0, 1])
    expect(plain.messages.map(({ key }) => key)).toEqual([undefined, undefined])
  })

  test('D16: with `demand` each message goes to one of them: to who has asked for most', () => {
    const gates = [new Gate(), new Gate()]
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component, settings: { dispatch: 'demand' } },
      narrow: { component: gates[0]!.consumer, from: [asking('source', 2)], settings: { concurrency: 9 } },
      wide: { component: gates[1]!.consumer, from: [asking('source', 5)], settings: { concurrency: 9 } },
    })
    source.push(...range(6))
    env.run()
    expect(gates.map(({ values }) => values)).toEqual([[5], [0, 1, 2, 3, 4]])
  })

  test('D16: partitions go to the subscribers in turn, as declared', () => {
    const sinks = [new Sink(), new Sink(), new Sink()]
    const { push } = shared({ dispatch: byData(7) }, sinks)
    const keys = range(100).map((n) => `key ${n}`)
    push(...keys)
    sinks.forEach(({ values }, index) => {
      expect(values).toEqual(keys.filter((key) => partitionOf(key, 7) % 3 === index))
      expect(values).not.toEqual([])
    })
  })

  test('D16: a key always goes to the same subscriber, in order', () => {
    const sinks = [new Sink(), new Sink()]
    const { push } = shared({ dispatch: { partition: { by: ({ data }) => (data as string)[0], count: 64 } } }, sinks)
    for (const round of range(5)) push(...['a', 'b', 'c', 'd'].map((key) => `${key}${round}`))
    for (const key of ['a', 'b', 'c', 'd']) {
      const seen = sinks.map(({ values }) => values.filter((value) => (value as string)[0] === key))
      expect(seen.toSorted((one, other) => one.length - other.length)).toEqual([
        [],
        range(5).map((round) => `${key}${round}`),
      ])
    }
  })

  test('D16: messages without a key take the partitions in turn', () => {
    const sinks = [new Sink(), new Sink()]
    const { push } = shared({ dispatch: { partition: { by: () => undefined, count: 2 } } }, sinks)
    push(...range(6))
    expect(sinks.map(({ values }) => values)).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ])
  })

  test('D16: a stage divides its output as a producer does', () => {
    const sinks = [new Sink(), new Sink()]
    const source = new Source({ upTo: 4 })
    kernel({
      source: { component: source.component },
      stage: {
        component: passing,
        from: ['source'],
        settings: { dispatch: { partition: { by: () => null, count: 2 } } },
      },
      one: { component: sinks[0]!.component, from: ['stage'] },
      two: { component: sinks[1]!.component, from: ['stage'] },
    })
    expect(sinks.map(({ values }) => values)).toEqual([
      [0, 2],
      [1, 3],
    ])
  })
})
