import { describe, expect, test } from 'vitest'
import { consumer, discarding, Gate, kernel, Sink, Source, stage } from '../../support/kernel.ts'

/** Two gated branches of one producer. */
function twoBranches() {
  const gates = [new Gate(), new Gate()] as const
  const source = new Source({ queue: {} })
  const { env } = kernel({
    source: { component: source.component },
    one: { component: gates[0].consumer, from: ['source'], settings: { concurrency: 5 } },
    two: { component: gates[1].consumer, from: ['source'], settings: { concurrency: 5 } },
  })
  return { gates, source, env }
}

describe('A2: what is an ack', () => {
  test('A2: dropped by a filter, split into nothing, or dropped with a reason: acked, and counted by reason', () => {
    const source = new Source({ upTo: 3 })
    const dropping = stage(({ drop }) => ({
      handle: (messages) => {
        for (const message of messages) drop(message, 'stale')
      },
    }))
    const { graph } = kernel({
      source: { component: source.component },
      noZero: { component: stage(() => ({ filter: (n: number) => n > 0 })), from: ['source'] },
      noOne: { component: stage(() => ({ flatMap: (n: number) => (n === 1 ? [] : [n]) })), from: ['noZero'] },
      dropping: { component: dropping, from: ['noOne'] },
      sink: { component: discarding, from: ['dropping'] },
    })
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: acked', '2: acked'])
    const dropped = (name: string) => graph.stats().nodes.find((node) => node.name === name)!.dropped
    expect([dropped('noZero'), dropped('noOne'), dropped('dropping')]).toEqual([
      { filtered: 1 },
      { filtered: 1 },
      { stale: 1 },
    ])
  })

  test('A2: a broadcast message is settled when all branches have settled', () => {
    const { gates, source, env } = twoBranches()
    source.push('a')
    env.run()
    gates[0].calls[0]!.resolve()
    env.run()
    expect(source.outcomes).toEqual([])
    gates[1].calls[0]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['"a": acked'])
  })

  test('A2: it failed if any branch failed, whichever was first', () => {
    const { gates, source, env } = twoBranches()
    source.push('a', 'b')
    env.run()
    gates[0].calls[0]!.reject(new Error('first'))
    gates[1].calls[0]!.resolve()
    gates[0].calls[1]!.resolve()
    gates[1].calls[1]!.reject(new Error('last'))
    env.run()
    expect(source.outcomes.toSorted()).toEqual(['"a": first', '"b": last'])
  })

  test('A2: a parent waits for all of its children, and fails if one does', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      letters: { component: stage(() => ({ flatMap: (word: string) => word.split('') })), from: ['source'] },
      sink: { component: gate.consumer, from: ['letters'], settings: { concurrency: 9 } },
    })
    source.push('ab', 'cd')
    env.run()
    gate.calls[0]!.resolve()
    gate.calls[2]!.reject(new Error('no c'))
    env.run()
    expect(source.outcomes).toEqual([])
    gate.calls[1]!.resolve()
    gate.calls[3]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['"ab": acked', '"cd": no c'])
  })

  test('A2: children of children, over branches', () => {
    const source = new Source({ upTo: 1 })
    const gate = new Gate()
    const sink = new Sink()
    const { env } = kernel({
      source: { component: source.component },
      two: { component: stage(() => ({ flatMap: () => [1, 2] })), from: ['source'] },
      four: { component: stage(() => ({ flatMap: () => new Set([1, 2]) })), from: ['two'] },
      sink: { component: sink.component, from: ['four'] },
      gate: { component: gate.consumer, from: ['four'], settings: { concurrency: 4 } },
    })
    expect(sink.values).toHaveLength(4)
    for (const call of [0, 1, 2]) gate.calls[call]!.resolve()
    env.run()
    expect(source.outcomes).toEqual([])
    gate.calls[3]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['0: acked'])
  })

  test('A2: a message made of several ends them as it ends', () => {
    const source = new Source({ upTo: 4 })
    const pairs = stage(
      ({ hold, derive }) => ({
        handle: (messages) => {
          hold(messages)
          return [derive('early', messages.slice(0, 2)), derive('late', messages.slice(2))]
        },
      }),
      { holds: true },
    )
    const picky = consumer(() => ({
      each: (data: string) => {
        if (data === 'late') throw new Error('too late')
      },
    }))
    kernel({
      source: { component: source.component },
      pairs: { component: pairs, from: ['source'] },
      sink: { component: picky, from: ['pairs'] },
    })
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: acked', '2: too late', '3: too late'])
  })
})
