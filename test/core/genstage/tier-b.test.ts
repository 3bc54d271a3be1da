import { describe, expect, test } from 'vitest'
import type { WhenFull } from '../../../src/core/branch.ts'
import { broadcastRoom, shareByDemand } from '../../../src/core/dispatch.ts'
import type { Message } from '../../../src/core/message.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { asking, batching, consumer, Gate, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'

/** What a consumer that handles one call after the other, of up to `callSize`, makes its producer be asked for. */
function asksOf({ max, min, callSize }: { max: number; min: number; callSize: number }): {
  asks: number[]
  calls: unknown[][]
} {
  const calls: unknown[][] = []
  let answer = new Deferred()
  const handling = consumer(() => ({
    handle: (messages) => {
      calls.push(messages.map(({ data }) => data))
      answer = new Deferred()
      return answer
    },
  }))
  const source = new Source({ give: (count) => count })
  const { env } = kernel({
    source: { component: source.component },
    sink: { component: handling, from: [asking('source', max, min)], settings: { callSize } },
  })
  for (let call = 0; call < 4; call++) {
    answer.resolve(undefined)
    env.run()
  }
  return { asks: source.asks, calls }
}

describe('GenStage, cases that are likely to fail', () => {
  test('33: by default 1,000 are asked for first, and then each half when it has been handled (D3)', () => {
    const { asks, calls } = asksOf({ max: 1000, min: 500, callSize: 500 })
    expect(asks.slice(0, 3)).toEqual([1000, 500, 500])
    expect(calls.slice(0, 2)).toEqual([range(500), range(500, 500)])
  })

  test('35: with 100/80, credit comes back in steps of exactly 20', () => {
    const { asks, calls } = asksOf({ max: 100, min: 80, callSize: 20 })
    expect(asks).toEqual([100, 20, 20, 20, 20])
    expect(calls.map((call) => call.length)).toEqual([20, 20, 20, 20, 20])
  })

  test('37: who has asked for most is served first, equals in the order in which they came', () => {
    const order = (room: readonly number[]): number[] => shareByDemand(100, room).map(({ subscriber }) => subscriber)
    expect(order([4, 2, 3])).toEqual([0, 2, 1])
    expect(order([4, 2, 5])).toEqual([2, 0, 1])
    expect(order([4, 6, 5])).toEqual([1, 2, 0])
    expect(order([4, 4, 4])).toEqual([0, 1, 2])
  })

  test('39: asked for 5, given 7: 5 are delivered and 2 stay; given 2 more, all stay', () => {
    expect(shareByDemand(7, [5])).toEqual([{ subscriber: 0, count: 5 }])
    expect(shareByDemand(2, [0])).toEqual([])
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const { graph, env } = kernel({
      source: { component: source.component, settings: { dispatch: 'demand' } },
      sink: { component: gate.consumer, from: [asking('source', 5, 4)] },
    })
    source.push(...range(7))
    env.run()
    expect(graph.stats().nodes[0]!.queued).toBe(2)
    source.push(7, 8)
    env.run()
    expect(graph.stats().nodes[0]!.queued).toBe(4)
  })

  test('41: a broadcast gives what the slowest can take; a third subscriber without credit stops it', () => {
    expect(broadcastRoom([3, 2])).toBe(2)
    expect(broadcastRoom([1, 2])).toBe(1)
    expect(broadcastRoom([1, 2, 0])).toBe(0)
    expect(broadcastRoom([])).toBe(0)
  })

  test.each<[WhenFull, string[]]>([
    ['drop-newest', ['a', 'b', 'c', 'd', 'e']],
    ['drop-oldest', ['d', 'e', 'f', 'g', 'h']],
  ])('43: a queue of five and eight messages, %s: three are dropped, counted once', (whenFull, expected) => {
    const source = new Source({ queue: {} })
    const gate = new Gate()
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: [{ ...asking('source', 1), whenFull, queue: { messages: 5 } }] },
    })
    source.push('first')
    env.run()
    source.push(...'abcdefgh'.split(''))
    env.run()
    expect(graph.node('source').counters.dropped).toEqual(new Map([['queue-full', 3]]))
    for (let call = 0; call < gate.calls.length; call++) {
      gate.calls[call]!.resolve()
      env.run()
    }
    expect(gate.values).toEqual(['first', ...expected])
  })

  test('47: by key, with calls that end in any order, what is odd and what is even each keep their order', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 8 })
    const { env } = kernel({
      source: { component: source.component, settings: { key: ({ data }) => (data as number) % 2 } },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 2 } },
    })
    for (const pick of [1, 0, 2, 3, 5, 4, 6, 7]) {
      gate.calls[Math.min(pick, gate.calls.length - 1)]!.resolve()
      env.run()
    }
    for (let call = 0; call < gate.calls.length; call++) {
      gate.calls[call]!.resolve()
      env.run()
    }
    expect(gate.values.filter((n) => (n as number) % 2 === 0)).toEqual([0, 2, 4, 6])
    expect(gate.values.filter((n) => (n as number) % 2 === 1)).toEqual([1, 3, 5, 7])
  })

  test('47: partitions of batches keep their keys apart: odd ones at one consumer, even ones at the other', () => {
    const sinks = [new Sink(), new Sink()]
    const source = new Source({ upTo: 12 })
    const odd = ({ data }: Message): number | undefined => ((data as number) % 2 === 1 ? 1 : undefined)
    kernel({
      source: { component: source.component, settings: { dispatch: { partition: { by: odd, count: 1 } } } },
      batches: { component: batching(2), from: ['source'] },
      sink: { component: sinks[0]!.component, from: ['batches'] },
    })
    expect(sinks[0]!.values.flat()).toEqual(range(12))
    const apart = new Source({ upTo: 12 })
    kernel({
      source: { component: apart.component, settings: { dispatch: { partition: { by: () => undefined, count: 2 } } } },
      even: { component: batching(2), from: ['source'] },
      odd: { component: batching(2), from: ['source'] },
      one: { component: sinks[0]!.component, from: ['even'] },
      two: { component: sinks[1]!.component, from: ['odd'] },
    })
    expect(sinks[1]!.values).toEqual([
      [1, 3],
      [5, 7],
      [9, 11],
    ])
  })

  test('49: five messages in batches of two: two full ones, and the last when it is time', () => {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { env, graph } = kernel({
      source: { component: source.component },
      batches: { component: batching(2), from: ['source'] },
      sink: { component: sink.component, from: ['batches'] },
    })
    source.push(...range(5, 1))
    env.run()
    expect(sink.values).toEqual([
      [1, 2],
      [3, 4],
    ])
    graph.whenFlushed(() => {})
    env.run()
    expect(sink.values.at(-1)).toEqual([5])
  })

  test('53: a call that throws or returns junk is halved, until those messages are alone that fail, and nothing else (A3)', () => {
    for (const [answer, code] of [
      [() => 'junk', 'SLUICE_HANDLER_BAD_RETURN'],
      [() => ['junk'], 'SLUICE_HANDLER_BAD_RETURN'],
      [
        () => {
          throw new Error('raised')
        },
        'raised',
      ],
    ] as const) {
      const source = new Source({ upTo: 4 })
      let calls = 0
      const broken = stage(() => ({
        handle: (messages) => (calls++ < 2 ? (answer() as never) : messages),
      }))
      const { graph } = kernel({
        source: { component: source.component },
        broken: { component: broken, from: [asking('source', 2)] },
        sink: { component: new Sink().component, from: ['broken'] },
      })
      expect(source.outcomes.toSorted()).toEqual([`0: ${code}`, '1: acked', '2: acked', '3: acked'])
      expect(graph.state).toBe('finished')
    }
  })

  test('53: a call that returns fewer than it was given: the missing ones fail, they are not left open (A9)', () => {
    const source = new Source({ upTo: 4 })
    const { graph } = kernel({
      source: { component: source.component },
      fewer: { component: stage(() => ({ handle: (messages) => messages.slice(1) })), from: ['source'] },
      sink: { component: new Sink().component, from: ['fewer'] },
    })
    expect(source.outcomes.toSorted()).toEqual(['0: SLUICE_HANDLER_LOST_MESSAGE', '1: acked', '2: acked', '3: acked'])
    expect(graph.stats().unacked).toBe(0)
  })

  test('55: who acks a held message early has acked it once; what follows changes nothing', () => {
    const source = new Source({ upTo: 3 })
    const early = stage(
      ({ hold, ack, fail }) => ({
        handle: (messages) => {
          hold(messages)
          ack(messages[0]!)
          ack(messages[0]!)
          fail(messages[0]!, new Error('too late'))
          return messages
        },
      }),
      { holds: true },
    )
    const sink = new Sink()
    kernel({
      source: { component: source.component },
      early: { component: early, from: ['source'] },
      sink: { component: sink.component, from: ['early'] },
    })
    expect(source.outcomes).toEqual(['0: acked', '1: acked', '2: acked'])
    expect(sink.values).toEqual([1, 2])
  })
})
