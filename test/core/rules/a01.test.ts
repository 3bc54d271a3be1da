import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { batching, consumer, discarding, Gate, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'

/** A producer that is told lists, with a hold on its `settle`. */
function telling(answers: readonly (Deferred | undefined)[], settleConcurrency?: number) {
  const told: { acked: unknown[]; failed: unknown[] }[] = []
  const source = new Source({ queue: {} })
  const component = {
    ...source.component,
    outcomes: false as const,
    settleConcurrency,
    create: (context: typeof source.context) => {
      source.context = context
      return {
        queue: { messages: 1000, bytes: 2 ** 30, whenFull: 'reject' as const },
        settle: (acked: readonly Message[], failed: readonly Message[]) => {
          const values = (messages: readonly Message[]): unknown[] => messages.map(({ data }) => data)
          told.push({ acked: values(acked), failed: values(failed) })
          return answers[told.length - 1] as PromiseLike<void> | undefined
        },
      }
    },
  }
  return { source, component, told }
}

describe('A1: every message has exactly one outcome', () => {
  test('A1: one for each, through fan-out, fan-in, splitting, batching and failures', () => {
    const source = new Source({ upTo: 200 })
    const sometimes = consumer(() => ({
      each: (batch: readonly number[]) => {
        if (batch.includes(55)) throw new Error('no 55')
      },
    }))
    const { graph } = kernel({
      source: { component: source.component },
      twice: { component: stage(() => ({ flatMap: (n: number) => [n, n + 1000] })), from: ['source'] },
      odd: { component: stage(() => ({ filter: (n: number) => n % 2 === 1 })), from: ['source'] },
      batches: { component: batching(7), from: ['twice', 'odd'] },
      sink: { component: sometimes, from: ['batches'] },
      other: { component: discarding, from: ['odd'] },
    })
    expect(graph.state).toBe('finished')
    expect(source.receipts).toHaveLength(200)
    expect(new Set(source.receipts.map(({ message }) => message.data)).size).toBe(200)
    expect(source.outcomes).toContain('55: no 55')
    const failed = source.receipts.filter(({ outcome }) => outcome === 'failed')
    expect(failed.length).toBeLessThanOrEqual(14)
  })

  test('A1: outcomes are told in bulk, partial groups included', () => {
    const gate = new Gate()
    const { source, component, told } = telling([])
    const { env } = kernel({
      source: { component },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 5, order: 'none' } },
    })
    source.push(...range(5))
    env.run()
    gate.calls[1]!.resolve()
    gate.calls[3]!.reject(new Error('no'))
    gate.calls[4]!.resolve()
    env.run()
    expect(told).toEqual([{ acked: [1, 4], failed: [3] }])
    gate.calls[0]!.resolve()
    gate.calls[2]!.resolve()
    env.run()
    expect(told[1]).toEqual({ acked: [0, 2], failed: [] })
  })

  test('A1: until `settle` resolves its messages count as unacked, and nothing more is told', () => {
    const answer = new Deferred()
    const { source, component, told } = telling([answer])
    const { env, graph } = kernel({ source: { component }, sink: { component: discarding, from: ['source'] } })
    source.push(1, 2)
    env.run()
    source.push(3)
    env.run()
    expect(told).toHaveLength(1)
    expect(graph.stats().unacked).toBe(3)
    answer.resolve(undefined)
    env.run()
    expect(told).toEqual([
      { acked: [1, 2], failed: [] },
      { acked: [3], failed: [] },
    ])
    expect(graph.stats().unacked).toBe(0)
  })

  test('A1: a component that takes several calls of `settle` at a time has as many, and no more', () => {
    const answers = [new Deferred(), new Deferred(), undefined]
    const { source, component, told } = telling(answers, 2)
    const { env, graph } = kernel({ source: { component }, sink: { component: discarding, from: ['source'] } })
    for (const values of [[1, 2], [3], [4], [5]]) {
      source.push(...values)
      env.run()
    }
    const first = [
      { acked: [1, 2], failed: [] },
      { acked: [3], failed: [] },
    ]
    expect(told).toEqual(first)
    expect(graph.stats().unacked).toBe(5)
    expect(graph.stats().admitted).toBe(5)
    answers[1]!.resolve(undefined)
    env.run()
    expect(told).toEqual([...first, { acked: [4, 5], failed: [] }])
    expect(graph.stats().unacked).toBe(2)
    const stopped = graph.stop()
    env.run()
    expect(graph.state).toBe('draining')
    answers[0]!.resolve(undefined)
    env.run()
    expect(graph.state).toBe('finished')
    return stopped
  })

  test('A1: `maxUnacked` comes back per message, not per emission', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 4 } } },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 4 } },
    })
    expect(source.push(1, 2, 3, 4)).toBe(4)
    env.run()
    expect(source.push(5)).toBe(0)
    gate.calls[2]!.resolve()
    env.run()
    expect(source.push(5, 6)).toBe(1)
  })

  test('A1: a receipt says what became of a message, why and where', () => {
    const source = new Source({ queue: {} })
    const picky = consumer(() => ({
      each: (n: number) => {
        if (n === 2) throw new Error('two')
      },
    }))
    const { env } = kernel({ source: { component: source.component }, sink: { component: picky, from: ['source'] } })
    source.push(1, 2)
    env.run()
    const byData = new Map(source.receipts.map((receipt) => [receipt.message.data, receipt]))
    expect(byData.get(1)).toMatchObject({ outcome: 'acked' })
    expect(byData.get(2)).toMatchObject({
      outcome: 'failed',
      node: 'sink',
      error: expect.objectContaining({ message: 'two' }),
    })
  })

  test('A1: a `settle` that throws is counted and logged; its outcomes stand, and the next ones are told', () => {
    const { source, component, told } = telling([])
    let isBroken = true
    const create = (context: typeof source.context) => {
      const handlers = component.create(context)
      return {
        ...handlers,
        settle: (acked: readonly Message[], failed: readonly Message[]) => {
          handlers.settle(acked, failed)
          if (isBroken) throw new Error('ack channel is gone')
        },
      }
    }
    const sink = new Sink()
    const { env, graph, log } = kernel({
      source: { component: { ...component, create } },
      sink: { component: sink.component, from: ['source'] },
    })
    source.push(1)
    env.run()
    isBroken = false
    source.push(2)
    env.run()
    expect(told.map(({ acked }) => acked)).toEqual([[1], [2]])
    expect(graph.stats().unacked).toBe(0)
    expect(graph.node('source').counters.own.get('settle_failures')).toBe(1)
    expect(log).toEqual(['settle failed: ack channel is gone'])
  })
})
