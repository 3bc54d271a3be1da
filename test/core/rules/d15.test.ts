import { describe, expect, test } from 'vitest'
import type { EdgeSpec } from '../../../src/core/spec.ts'
import { asking, figures, Gate, kernel, range, Sink, Source, stuck } from '../../support/kernel.ts'

type WhenFull = 'block' | 'drop-newest' | 'drop-oldest'

/** A slow branch with a queue of its own beside one that takes everything. */
function branches(whenFull: WhenFull, queue: NonNullable<EdgeSpec['queue']> = { messages: 3 }) {
  const gate = new Gate()
  const fast = new Sink()
  const source = new Source({ queue: {}, details: () => ({ wireBytes: 50 }) })
  const { graph, env } = kernel({
    source: { component: source.component },
    slow: { component: gate.consumer, from: [{ ...asking('source', 2, 1), whenFull, queue }] },
    fast: { component: fast.component, from: ['source'] },
  })
  const finish = (): unknown[] => {
    for (let call = 0; call < gate.calls.length; call++) {
      gate.calls[call]!.resolve()
      env.run()
    }
    return gate.values
  }
  const push = (...values: readonly unknown[]): void => {
    source.push(...values)
    env.run()
  }
  return {
    gate,
    fast,
    source,
    graph,
    push,
    finish,
    dropped: () => graph.node('source').counters.dropped.get('queue-full'),
  }
}

describe('D15: a bounded queue for each edge', () => {
  test('D15: `block`, the default: the slow branch holds the others up, and nothing is dropped', () => {
    const { push, fast, finish, dropped } = branches('block')
    push(...range(10))
    expect(fast.values).toEqual(range(2))
    expect(finish()).toEqual(range(10))
    expect(fast.values).toEqual(range(10))
    expect(dropped()).toBeUndefined()
  })

  test('D15: `drop-newest` keeps what came first: what was asked for, and the queue before the edge', () => {
    const { push, fast, finish, dropped } = branches('drop-newest')
    push(...range(10))
    expect(fast.values).toEqual(range(10))
    expect(dropped()).toBe(5)
    expect(finish()).toEqual([0, 1, 2, 3, 4])
  })

  test('D15: `drop-oldest` keeps what came last', () => {
    const { push, fast, finish, dropped } = branches('drop-oldest')
    push(...range(10))
    expect(fast.values).toEqual(range(10))
    expect(dropped()).toBe(5)
    expect(finish()).toEqual([0, 1, 7, 8, 9])
  })

  test('D15: the same, message by message', () => {
    const newest = branches('drop-newest')
    const oldest = branches('drop-oldest')
    for (const n of range(10)) {
      newest.push(n)
      oldest.push(n)
    }
    expect(newest.finish()).toEqual([0, 1, 2, 3, 4])
    expect(oldest.finish()).toEqual([0, 1, 7, 8, 9])
    expect([newest.dropped(), oldest.dropped()]).toEqual([5, 5])
  })

  test('D15: a drop by policy is an ack of that branch, counted by its reason', () => {
    const { push, source, finish } = branches('drop-newest')
    push(...range(10))
    finish()
    expect(source.outcomes.toSorted()).toEqual(range(10).map((n) => `${n}: acked`))
  })

  test('D15: with anything but `block` there are two queues: the one on the edge is what was asked for', () => {
    const { push, graph } = branches('drop-newest')
    push(...range(10))
    expect(figures(graph.edge('source', 'slow'))).toMatchObject({ asked: 2, dispatched: 2, queued: 1, underWay: 1 })
    expect(graph.node('source').outlet!.waitingCount).toBe(3)
  })

  test('D15: bytes bound the queue as well; one message always has room', () => {
    // 50 bytes on the wire are 100.
    const newest = branches('drop-newest', { messages: 100, bytes: 250 })
    newest.push(...range(10))
    expect(newest.finish()).toEqual([0, 1, 2, 3])
    const oldest = branches('drop-oldest', { messages: 100, bytes: 250 })
    oldest.push(...range(10))
    expect(oldest.finish()).toEqual([0, 1, 8, 9])
    const tiny = branches('drop-newest', { messages: 100, bytes: 10 })
    tiny.push(...range(10))
    expect(tiny.finish()).toEqual([0, 1, 2])
  })

  test('D15: where nothing is said the queue of a branch that drops is 1,000 messages', () => {
    const { push, dropped } = branches('drop-newest', {})
    push(...range(1100))
    expect(dropped()).toBe(1100 - 1002)
  })

  test('D15: a push producer drops, or says no, by the policy of its own queue', () => {
    const run = (whenFull: 'reject' | 'drop-newest' | 'drop-oldest') => {
      const source = new Source({ queue: { messages: 3, whenFull } })
      const { graph, env } = kernel({
        source: { component: source.component },
        sink: { component: stuck, from: [asking('source', 2)] },
      })
      const taken = [source.push(0, 1), source.push(2, 3, 4, 5)]
      env.run()
      const { counters } = graph.node('source')
      return {
        taken,
        outcomes: source.outcomes,
        dropped: counters.dropped.get('queue-full'),
        rejected: counters.own.get('rejected'),
      }
    }
    expect(run('reject')).toEqual({ taken: [2, 1], outcomes: [], dropped: undefined, rejected: 3 })
    expect(run('drop-newest')).toEqual({
      taken: [2, 4],
      outcomes: ['3: acked', '4: acked', '5: acked'],
      dropped: 3,
      rejected: undefined,
    })
    expect(run('drop-oldest')).toEqual({
      taken: [2, 4],
      outcomes: ['0: acked', '1: acked', '2: acked'],
      dropped: 3,
      rejected: undefined,
    })
  })
})
