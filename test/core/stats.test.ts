import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { EdgeStats, NodeStats } from '../../src/core/stats.ts'
import { LoopEnv } from '../support/loop-env.ts'
import { discarding, Gate, kernel, range, Sink, Source, stage, stuck } from '../support/kernel.ts'

const sized = (value: unknown) => ({ sizeBytes: Number(value) })

function node(graph: ReturnType<typeof kernel>['graph'], name: string): NodeStats {
  return graph.stats().nodes.find((each) => each.name === name)!
}

describe('figures of a node', () => {
  test.prop([
    fc.array(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 40 }), { maxLength: 8 }),
    fc.integer({ min: 1, max: 20 }),
  ])('messages and bytes in and out are those that came and went, whatever the chunking (property)', (bursts, max) => {
    const source = new Source({ queue: {}, details: sized })
    const even = stage(() => ({ filter: (value: number) => value % 2 === 0 }))
    const { graph, env } = kernel({
      source: { component: source.component },
      even: { component: even, from: [{ from: 'source', demand: { max } }] },
      sink: { component: discarding, from: [{ from: 'even', demand: { max } }] },
    })
    for (const burst of bursts) {
      source.push(...burst)
      env.run()
    }
    const all = bursts.flat()
    const passed = all.filter((value) => value % 2 === 0)
    const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
    const every = { in: all.length, bytesIn: sum(all) }
    const some = { out: passed.length, bytesOut: sum(passed) }
    expect(node(graph, 'source')).toMatchObject({ ...every, out: all.length, bytesOut: sum(all), acked: all.length })
    expect(node(graph, 'even')).toMatchObject({ ...every, ...some, acked: 0 })
    expect(node(graph, 'sink')).toMatchObject({ in: some.out, bytesIn: some.bytesOut, acked: passed.length })
  })

  test('what waits at the door has come in, and has not gone out', () => {
    const source = new Source({ queue: {}, details: sized })
    const { graph, env } = kernel({
      source: { component: source.component },
      stuck: { component: stuck, from: [{ from: 'source', demand: { max: 1 } }] },
    })
    source.push(10, 20, 40)
    env.run()
    expect(node(graph, 'source')).toMatchObject({ in: 3, bytesIn: 70, out: 1, bytesOut: 10, queued: 2 })
  })

  test('a message that comes again after a restart has come in once', () => {
    const source = new Source({ upTo: 10, details: () => ({ sizeBytes: 7 }) })
    let isFirst = true
    const holder = stage(
      ({ hold, ack }) => ({
        handle: (messages) => {
          hold(messages)
          if (isFirst) {
            isFirst = false
            throw new Error('once')
          }
          ack(messages)
        },
      }),
      { holds: true },
    )
    const { graph } = kernel({
      source: { component: source.component },
      holder: { component: holder, from: ['source'] },
      sink: { component: discarding, from: ['holder'] },
    })
    expect(graph.stats()).toMatchObject({ admitted: 10, acked: 10, unacked: 0, unackedBytes: 0 })
    expect(node(graph, 'holder')).toMatchObject({ restarts: 1 })
  })

  test('time at work of an asynchronous node is that of its calls, also while they last', () => {
    const gate = new Gate()
    const { graph, env } = kernel({
      source: { component: new Source({ upTo: 3 }).component },
      gate: { component: gate.consumer, from: ['source'], settings: { concurrency: 2 } },
    })
    env.advance(100)
    expect(node(graph, 'gate').workMs).toBe(200)
    gate.calls[0]!.resolve()
    gate.calls[1]!.resolve()
    env.run()
    env.advance(50)
    expect(node(graph, 'gate').workMs).toBe(250)
    gate.calls[2]!.resolve()
    env.run()
    env.advance(1000)
    expect(node(graph, 'gate').workMs).toBe(250)
  })

  test('time at work of a synchronous node is that of its turns, of which some are measured for all', () => {
    const env = new LoopEnv()
    const source = new Source({ queue: {} })
    const slow = stage(() => ({
      map: (data: unknown) => {
        env.spend(0.1)
        return data
      },
    }))
    const nodes = {
      source: { component: source.component },
      slow: { component: slow, from: ['source'] },
      sink: { component: new Sink().component, from: ['slow'] },
    }
    const { graph } = kernel(nodes, { env })
    for (let round = 0; round < 10_000; round++) {
      source.push(round)
      env.run()
    }
    expect(Math.abs(node(graph, 'slow').workMs - 1000)).toBeLessThan(100)
    expect(node(graph, 'sink').workMs).toBe(0)
  })
})

describe('figures of an edge', () => {
  test('credit, what was asked for and waits, and what waits for credit', () => {
    const source = new Source({ upTo: 100, details: () => ({ sizeBytes: 5 }) })
    const triple = stage(() => ({ flatMap: (value: number) => [value, value, value] }))
    const { graph } = kernel({
      source: { component: source.component },
      triple: { component: triple, from: [{ from: 'source', demand: { max: 10 } }] },
      stuck: { component: stuck, from: [{ from: 'triple', demand: { max: 4 } }] },
    })
    const [first, second] = graph.stats().edges as [EdgeStats, EdgeStats]
    expect(first).toMatchObject({ from: 'source', to: 'triple', window: 10 })
    expect(first.credit + first.queued + node(graph, 'triple').inFlight).toBe(10)
    expect(second).toMatchObject({ from: 'triple', to: 'stuck', window: 4, credit: 0, queued: 3, queuedBytes: 6 })
    expect(second.waiting).toBe(node(graph, 'triple').queued - first.queued)
  })

  test('one that nothing is left on has its window as credit', () => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: discarding, from: ['source'] },
    })
    source.push(...range(3))
    env.run()
    expect(graph.stats().edges).toEqual([
      {
        from: 'source',
        to: 'sink',
        window: 1000,
        credit: 1000,
        queued: 0,
        queuedBytes: 0,
        waiting: 0,
        waitingBytes: 0,
      },
    ])
  })
})
