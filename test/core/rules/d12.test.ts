import { describe, expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import type { NodeSettings } from '../../../src/core/spec.ts'
import { asking, consumer, Gate, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'

/** A gated consumer of messages whose key is the first letter of what they are. */
function keyed(values: readonly string[], settings: NodeSettings = { concurrency: 4 }) {
  const gate = new Gate()
  const source = new Source({ queue: {}, details: (value) => ({ key: (value as string)[0]! }) })
  const { graph, env } = kernel({
    source: { component: { ...source.component, keyed: true } },
    sink: { component: gate.consumer, from: ['source'], settings },
  })
  source.push(...values)
  env.run()
  const settle = (value: string): void => {
    gate.calls.find(({ data }) => data === value)!.resolve()
    env.run()
  }
  return { gate, source, graph, env, settle }
}

describe('D12: order', () => {
  test('D12: a stage keeps the order of its input, also with concurrency', () => {
    const gate = new Gate()
    const sink = new Sink()
    const { env } = kernel({
      source: { component: new Source({ upTo: 6 }).component },
      slow: { component: gate.stage, from: ['source'], settings: { concurrency: 6 } },
      sink: { component: sink.component, from: ['slow'] },
    })
    for (const call of [5, 2, 1, 4]) gate.calls[call]!.resolve()
    env.run()
    expect(sink.values).toEqual([])
    gate.calls[0]!.resolve()
    env.run()
    expect(sink.values).toEqual([0, 1, 2])
    gate.calls[3]!.resolve()
    env.run()
    expect(sink.values).toEqual(range(6))
  })

  test('D12: with `order: none` what is done goes on', () => {
    const gate = new Gate()
    const sink = new Sink()
    const { env } = kernel({
      source: { component: new Source({ upTo: 3 }).component },
      slow: { component: gate.stage, from: ['source'], settings: { concurrency: 3, order: 'none' } },
      sink: { component: sink.component, from: ['slow'] },
    })
    for (const call of [2, 0, 1]) {
      gate.calls[call]!.resolve()
      env.run()
    }
    expect(sink.values).toEqual([2, 0, 1])
  })

  test('D12: where keys are set upstream, a consumer with concurrency keeps the order of each key', () => {
    const { gate, settle } = keyed(['a1', 'a2', 'b1', 'a3', 'b2', 'c1'])
    expect(gate.values).toEqual(['a1', 'b1', 'c1'])
    settle('a1')
    expect(gate.values).toEqual(['a1', 'b1', 'c1', 'a2'])
    settle('b1')
    expect(gate.values).toEqual(['a1', 'b1', 'c1', 'a2', 'b2'])
    settle('a2')
    expect(gate.values.at(-1)).toBe('a3')
  })

  test('D12: without keys upstream, a consumer with concurrency promises nothing and waits for nothing', () => {
    const gate = new Gate()
    const source = new Source({ queue: {}, details: () => ({ key: 'same' }) })
    const { env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 3 } },
    })
    source.push(1, 2, 3)
    env.run()
    expect(gate.values).toEqual([1, 2, 3])
  })

  test('D12: a `key` setting upstream is enough for a consumer to keep the order of keys', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component, settings: { key: ({ data }) => (data as number) % 2 } },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 4 } },
    })
    source.push(1, 3, 2, 5)
    env.run()
    expect(gate.values).toEqual([1, 2])
  })

  test('D12: messages without a key are ordered with nothing', () => {
    const gate = new Gate()
    const source = new Source({ queue: {}, details: (value) => ({ key: value === 'free' ? undefined : 'a' }) })
    const { env } = kernel({
      source: { component: source.component },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 4, order: 'key' } },
    })
    source.push('a1', 'a2', 'free', 'free', 'free')
    env.run()
    expect(gate.values).toEqual(['a1', 'free', 'free', 'free'])
  })

  test('D12: numbers and booleans become strings, so that 7 and "7" are one key', () => {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component, settings: { key: ({ data }) => data } },
      sink: { component: sink.component, from: ['source'] },
    })
    source.push(7, '7', true, null)
    env.run()
    expect(sink.messages.map(({ key }) => key)).toEqual(['7', '7', 'true', undefined])
  })

  test('D12: any other value of `key` fails its message', () => {
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      sink: { component: new Sink().component, from: ['source'], settings: { key: ({ data }) => data } },
    })
    source.push('good', { id: 1 }, ['a'], 1n.toString())
    env.run()
    expect(source.outcomes.filter((outcome) => outcome.includes('KEY_INVALID'))).toHaveLength(2)
    expect(source.outcomes.filter((outcome) => outcome.endsWith('acked'))).toHaveLength(2)
  })

  test('D12: followers of a key that is in a call are under way: they have their credit, and other keys go on', () => {
    const { graph, gate } = keyed(['a1', 'a2', 'a3', 'b1'])
    const edge = graph.edge('source', 'sink')
    expect(edge.underWay).toBe(4)
    expect(edge.returning).toBe(0)
    expect(gate.values).toEqual(['a1', 'b1'])
  })

  test('D12: a key is free again after its call also where its message has gone on and got another key meanwhile', async () => {
    const calls: { data: unknown; end: () => void }[] = []
    const early = stage(
      ({ hold, emit, clock }) => ({
        handle: (messages) => {
          hold(messages)
          clock.after(1, () => emit(messages))
          return new Promise<void>((resolve) => calls.push({ data: messages[0]!.data, end: resolve }))
        },
      }),
      { holds: true },
    )
    const source = new Source({ upTo: 2, details: () => ({ key: 'same' }) })
    const sink = new Sink()
    const { env } = kernel({
      source: { component: { ...source.component, keyed: true } },
      early: { component: early, from: ['source'], settings: { order: 'key', concurrency: 2, callSize: 1 } },
      sink: { component: sink.component, from: ['early'], settings: { key: () => 'other' } },
    })
    await env.advanceAsync(1)
    expect(sink.values).toEqual([0])
    calls[0]!.end()
    await env.settle()
    expect(calls.map(({ data }) => data)).toEqual([0, 1])
  })

  test('D12: a call of several messages may have several of one key, in order, and no other call has that key', () => {
    const calls: { keys: string[]; answer: Deferred }[] = []
    const handling = consumer(() => ({
      handle: (messages) => {
        calls.push({ keys: messages.map(({ data }) => data as string), answer: new Deferred() })
        return calls.at(-1)!.answer
      },
    }))
    const source = new Source({ queue: {}, details: (value) => ({ key: (value as string)[0]! }) })
    const { env } = kernel({
      source: { component: source.component },
      sink: {
        component: handling,
        from: [asking('source', 100)],
        settings: { concurrency: 2, order: 'key', callSize: 3 },
      },
    })
    source.push('a1', 'a2', 'b1', 'a3', 'a4', 'b2', 'c1')
    env.run()
    const [one, other] = calls.map(({ keys }) => keys.map((value) => value[0]!))
    expect(one!.filter((key) => other!.includes(key))).toEqual([])
    calls.forEach(({ answer }) => answer.resolve(undefined))
    for (let call = 2; call < calls.length + 1; call++) {
      env.run()
      calls[call]?.answer.resolve(undefined)
    }
    const seen = calls.flatMap(({ keys }) => keys)
    expect(seen.filter((value) => value.startsWith('a'))).toEqual(['a1', 'a2', 'a3', 'a4'])
    expect(seen.filter((value) => value.startsWith('b'))).toEqual(['b1', 'b2'])
  })
})
