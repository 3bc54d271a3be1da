import { describe, expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import {
  asking,
  batching,
  consumer,
  discarding,
  Gate,
  kernel,
  range,
  Sink,
  Source,
  stage,
} from '../../support/kernel.ts'

const noTwo = ({ data }: { data: unknown }): unknown => {
  if (data === 2) throw new Error('no two')
  return data
}

describe('A10: users’ code outside of handlers', () => {
  test('A10: a `key` of a producer that throws fails one message', () => {
    const source = new Source({ upTo: 4 })
    const { graph } = kernel({
      source: { component: source.component, settings: { key: noTwo } },
      sink: { component: discarding, from: ['source'] },
    })
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: acked', '2: no two', '3: acked'])
    expect(graph.state).toBe('finished')
  })

  test('A10: a `key` of a worker that throws fails one message, and its credit goes back', () => {
    const source = new Source({ upTo: 40 })
    const { graph } = kernel({
      source: { component: source.component },
      sink: {
        component: discarding,
        from: [asking('source', 3)],
        settings: { key: ({ data }) => ((data as number) % 2 === 0 ? {} : data) },
      },
    })
    expect(source.outcomes.filter((outcome) => outcome.endsWith('SLUICE_KEY_INVALID'))).toHaveLength(20)
    expect(graph.stats().nodes[1]).toMatchObject({ restarts: 0, failed: 20 })
    expect(graph.state).toBe('finished')
  })

  test('A10: a `by` that throws fails one message, and the node that dispatches goes on', () => {
    const source = new Source({ upTo: 4 })
    const sinks = [new Sink(), new Sink()]
    const { graph } = kernel({
      source: { component: source.component, settings: { dispatch: { partition: { by: noTwo, count: 2 } } } },
      one: { component: sinks[0]!.component, from: ['source'] },
      two: { component: sinks[1]!.component, from: ['source'] },
    })
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: acked', '2: no two', '3: acked'])
    expect(new Set(sinks.flatMap(({ values }) => values))).toEqual(new Set([0, 1, 3]))
    expect(graph.state).toBe('finished')
  })

  test('A10: a splitter that throws midway fails its message, whose children that exist go on', () => {
    const source = new Source({ upTo: 2 })
    const sink = new Sink()
    const breaking = function* (n: number): Generator<string> {
      yield `${n}a`
      if (n === 0) throw new Error('broken')
      yield `${n}b`
    }
    const { graph } = kernel({
      source: { component: source.component },
      breaking: { component: stage(() => ({ flatMap: breaking })), from: ['source'] },
      sink: { component: sink.component, from: ['breaking'] },
    })
    expect(sink.values).toEqual(['0a', '1a', '1b'])
    expect(source.outcomes).toEqual(['0: broken', '1: acked'])
    expect(graph.state).toBe('finished')
  })
})

describe('A11: what others see of a message', () => {
  test('A11: data is replaced only after the handler has returned: a call that comes again sees what came in', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 1 })
    const { graph, env } = kernel({
      source: { component: source.component },
      once: { component: stage(() => ({ map: (n: number) => `${n} once` })), from: ['source'] },
      slow: { component: gate.stage, from: ['once'] },
      sink: { component: discarding, from: ['slow'] },
    })
    graph.restart('slow')
    env.run()
    expect(gate.values).toEqual(['0 once', '0 once'])
  })

  test('A11: changed messages of a call that throws keep what came in', () => {
    let tries = 0
    const seen: unknown[] = []
    const changing = stage(
      () => ({
        handle: (messages) => {
          seen.push(messages.map(({ data }) => data))
          const changed = messages.map((message) => message.with('changed'))
          if (++tries === 1) throw new Error('not yet')
          return changed
        },
      }),
      { holds: true },
    )
    const sink = new Sink()
    kernel({
      source: { component: new Source({ upTo: 2 }).component },
      changing: { component: changing, from: ['source'] },
      sink: { component: sink.component, from: ['changing'] },
    })
    expect(seen).toEqual([[0, 1], [0], [1]])
    expect(sink.values).toEqual(['changed', 'changed'])
  })

  test('A11: a message that fails is told with what the node was given', () => {
    const source = new Source({ upTo: 1 })
    kernel({
      source: { component: source.component },
      changing: {
        component: stage(() => ({
          handle: ([message]) => {
            message!.with('changed')
            throw new Error('no')
          },
        })),
        from: ['source'],
      },
      sink: { component: discarding, from: ['changing'] },
    })
    expect(source.receipts.map(({ message }) => message.data)).toEqual([0])
  })
})

describe('A12: a batch is a message with parts', () => {
  test('A12: `fail(batch, error, index)` settles one part, the others follow the batch', () => {
    const source = new Source({ upTo: 4 })
    const partly = consumer(({ fail }) => ({ each: (_data: unknown, batch) => fail(batch, new Error('part'), 1) }))
    const { graph } = kernel({
      source: { component: source.component },
      batches: { component: batching(2), from: ['source'] },
      sink: { component: partly, from: ['batches'] },
    })
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: part', '2: acked', '3: part'])
    expect(graph.stats().nodes[2]!.failed).toBe(2)
  })

  test('A12: when the batch fails, all its parts do; a part keeps its own error', () => {
    const source = new Source({ upTo: 2 })
    const failing = consumer(({ fail }) => ({
      each: (_data: unknown, batch) => {
        fail(batch, new Error('part'), 0)
        throw new Error('batch')
      },
    }))
    kernel({
      source: { component: source.component },
      batches: { component: batching(2), from: ['source'] },
      sink: { component: failing, from: ['batches'] },
    })
    expect(source.outcomes).toEqual(['0: part', '1: batch'])
  })

  test('A12: in a broadcast a part fails if any branch failed it', () => {
    const source = new Source({ upTo: 3 })
    const failing = (part: number) =>
      consumer(({ fail }) => ({ each: (_data: unknown, batch) => fail(batch, new Error(`part ${part}`), part) }))
    kernel({
      source: { component: source.component },
      batches: { component: batching(3), from: ['source'] },
      one: { component: failing(0), from: ['batches'] },
      two: { component: failing(2), from: ['batches'] },
    })
    expect(source.outcomes.toSorted()).toEqual(['0: part 0', '1: acked', '2: part 2'])
  })

  test('A12: credit counts messages, a batch is one; outcomes, `maxUnacked` and held count parts', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 100 })
    const { graph } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 35 } } },
      batches: { component: batching(10), from: ['source'] },
      sink: { component: gate.consumer, from: [asking('batches', 3)], settings: { concurrency: 3 } },
    })
    expect(graph.edge('batches', 'sink').credit).toBe(0)
    expect(graph.stats()).toMatchObject({ unacked: 35 })
    expect(graph.stats().nodes[1]!.held).toBe(5)
  })

  test('A12: a batch has its `by` as key, an id of its first part, and its parts', () => {
    const batches: { key: string | undefined; id: string; parts: number | undefined }[] = []
    const keyed = stage(
      ({ hold, join }) => ({
        handle: (messages) => {
          hold(messages)
          return [join(messages, 'k')]
        },
      }),
      { holds: true },
    )
    const noting = consumer(() => ({
      each: (_data: unknown, { key, id, parts }) => void batches.push({ key, id, parts: parts?.length }),
    }))
    kernel({
      source: { component: new Source({ upTo: 3, details: (value) => ({ position: `p${String(value)}` }) }).component },
      keyed: { component: keyed, from: ['source'] },
      sink: { component: noting, from: ['keyed'] },
    })
    expect(batches).toEqual([{ key: 'k', id: 'source:p0+2', parts: 3 }])
  })

  test('A12: a part that has an outcome already is not part of a batch', () => {
    const sink = new Sink()
    const source = new Source({ upTo: 3 })
    const acking = stage(
      ({ hold, join, ack }) => ({
        handle: (messages) => {
          hold(messages)
          ack(messages[1]!)
          return [join(messages)]
        },
      }),
      { holds: true },
    )
    kernel({
      source: { component: source.component },
      acking: { component: acking, from: ['source'] },
      sink: { component: sink.component, from: ['acking'] },
    })
    expect(sink.values).toEqual([[0, 2]])
    expect(source.outcomes.toSorted()).toEqual(range(3).map((n) => `${n}: acked`))
  })
})

describe('A13: a handler that hangs', () => {
  test('A13: asynchronously, it is contained by its timeout: the message fails and the others go on', () => {
    const source = new Source({ upTo: 4 })
    const hanging = consumer(() => ({ each: (n: number) => (n === 1 ? new Deferred() : undefined) }))
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: hanging, from: ['source'], settings: { timeoutMs: 1000, concurrency: 2, giveUpAfterMs: 0 } },
    })
    env.advance(1000)
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: SLUICE_CALL_TIMEOUT', '2: acked', '3: acked'])
    expect(graph.state).toBe('finished')
  })
})
