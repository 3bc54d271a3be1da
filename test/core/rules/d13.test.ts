import { describe, expect, test } from 'vitest'
import type { NodeSettings } from '../../../src/core/spec.ts'
import { asking, figures, Gate, kernel, passing, Sink, Source, stage } from '../../support/kernel.ts'

function gated(settings: NodeSettings, { max = 20, min = 10, values = [] as readonly string[] } = {}) {
  const gate = new Gate()
  const source = new Source({ queue: {}, details: (value) => ({ key: (value as string)[0]! }) })
  const { graph, env, failures } = kernel({
    source: { component: source.component },
    sink: {
      component: gate.consumer,
      from: [asking('source', max, min)],
      settings: { timeoutMs: 1000, giveUpAfterMs: 0, ...settings },
    },
  })
  source.push(...values)
  env.run()
  return { gate, source, graph, env, failures, edge: graph.edge('source', 'sink') }
}

describe('D13: every asynchronous call has a timeout', () => {
  test('D13: it is 30 s where nothing is said', () => {
    const gate = new Gate()
    const { env, failures } = kernel({
      source: { component: new Source({ upTo: 1 }).component },
      sink: { component: gate.consumer, from: ['source'], settings: { giveUpAfterMs: 0 } },
    })
    env.advance(29_999)
    expect(failures).toEqual([])
    env.advance(1)
    expect(failures).toEqual(['sink: SLUICE_CALL_TIMEOUT'])
  })

  test('D13: when it passes, `signal` aborts, and the call is given up where nobody wants to wait', () => {
    const { gate, env, source, graph, edge } = gated({ concurrency: 2 }, { max: 2, min: 1, values: ['a', 'b', 'c'] })
    const { signal } = gate.calls[0]!.call
    gate.calls[1]!.resolve()
    env.run()
    expect(signal.aborted).toBe(false)
    env.advance(1000)
    expect(signal.aborted).toBe(true)
    expect(signal.reason).toMatchObject({ code: 'SLUICE_CALL_TIMEOUT' })
    expect(source.outcomes).toContain('"a": SLUICE_CALL_TIMEOUT')
    expect(edge.underWay + edge.queue.length + edge.credit).toBe(2)
    expect(graph.stats().nodes[1]!.timeouts).toBe(2)
  })

  test('D13: its place in the order of the input is released', () => {
    const gate = new Gate()
    const sink = new Sink()
    const { env } = kernel({
      source: { component: new Source({ upTo: 3 }).component },
      slow: {
        component: gate.stage,
        from: ['source'],
        settings: { concurrency: 3, timeoutMs: 1000, giveUpAfterMs: 0 },
      },
      sink: { component: sink.component, from: ['slow'] },
    })
    gate.calls[1]!.resolve()
    gate.calls[2]!.resolve()
    env.run()
    expect(sink.values).toEqual([])
    env.advance(1000)
    expect(sink.values).toEqual([1, 2])
  })

  test('D13: the abandoned call keeps its slot until it settles', () => {
    const { gate, env, source } = gated({ concurrency: 2 }, { values: ['a'] })
    env.advance(1000)
    source.push('b', 'c')
    env.run()
    expect(gate.values).toEqual(['a', 'b'])
    gate.calls[0]!.resolve()
    env.run()
    expect(gate.values).toEqual(['a', 'b', 'c'])
  })

  test('D13: the abandoned call keeps its key until it settles', () => {
    const { gate, env, source, edge } = gated({ concurrency: 3, order: 'key' }, { values: ['a1', 'a2'] })
    env.advance(500)
    source.push('b1')
    env.advance(500)
    expect(source.outcomes).toEqual(['"a1": SLUICE_CALL_TIMEOUT'])
    expect(gate.values).toEqual(['a1', 'b1'])
    gate.calls[0]!.reject(new Error('late'))
    env.run()
    expect(gate.values).toEqual(['a1', 'b1', 'a2'])
    expect(figures(edge)).toMatchObject({ underWay: 2, queued: 0 })
  })

  test('D13: what comes late is ignored: no second outcome, nothing passed on', () => {
    const gate = new Gate()
    const sink = new Sink()
    const source = new Source({ upTo: 2 })
    const { env } = kernel({
      source: { component: source.component },
      slow: {
        component: gate.stage,
        from: ['source'],
        settings: { concurrency: 3, timeoutMs: 1000, giveUpAfterMs: 0 },
      },
      sink: { component: sink.component, from: ['slow'] },
    })
    env.advance(1000)
    gate.calls[0]!.resolve('late')
    gate.calls[1]!.reject(new Error('late'))
    env.run()
    expect(sink.values).toEqual([])
    expect(source.outcomes).toEqual(['0: SLUICE_CALL_TIMEOUT', '1: SLUICE_CALL_TIMEOUT'])
  })

  test('D13: an abandoned call keeps nothing but that: markers pass, and the pipeline ends', () => {
    const { env, source, graph } = gated({ concurrency: 2 }, { values: ['a'] })
    env.advance(1000)
    source.context.end()
    env.run()
    expect(graph.state).toBe('finished')
  })

  test('D13: an abandoned call reserves no room below', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { env, graph } = kernel({
      source: { component: source.component },
      slow: {
        component: gate.stage,
        from: ['source'],
        settings: { concurrency: 2, timeoutMs: 1000, giveUpAfterMs: 0 },
      },
      sink: { component: new Gate().consumer, from: [asking('slow', 1)] },
    })
    source.push(1)
    env.advance(1000)
    source.push(2)
    env.run()
    expect(gate.values).toEqual([1, 2])
    expect(graph.node('slow').counters.restarts).toBe(0)
  })

  test('D13: a node all of whose slots are abandoned is restarted, once, and goes on', () => {
    const { gate, env, graph, source, edge } = gated({ concurrency: 2 }, { values: ['a', 'b', 'c'] })
    env.advance(1000)
    expect(graph.node('sink').counters.restarts).toBe(1)
    expect(gate.values).toEqual(['a', 'b', 'c'])
    expect(figures(edge)).toMatchObject({ surplus: 0, underWay: 1 })
    gate.calls[2]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['"a": SLUICE_CALL_TIMEOUT', '"b": SLUICE_CALL_TIMEOUT', '"c": acked'])
  })

  test('D13: a node whose waiting messages all have abandoned keys is restarted', () => {
    const { gate, env, graph, source } = gated({ concurrency: 5, order: 'key' }, { values: ['a1', 'a2', 'a3'] })
    env.advance(1000)
    expect(graph.node('sink').counters.restarts).toBe(1)
    expect(gate.values).toEqual(['a1', 'a2'])
    gate.calls[1]!.resolve()
    env.run()
    gate.calls[2]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['"a1": SLUICE_CALL_TIMEOUT', '"a2": acked', '"a3": acked'])
  })

  test('D13: messages in time are not touched by the timeout of others', () => {
    const { gate, env, source } = gated({ concurrency: 2 }, { values: ['a'] })
    env.advance(900)
    source.push('b')
    env.advance(900)
    gate.calls[1]!.resolve()
    env.run()
    expect(source.outcomes).toEqual(['"a": SLUICE_CALL_TIMEOUT', '"b": acked'])
  })

  test('D13: synchronous calls have none: a slow one is late, not failed', () => {
    const source = new Source({ upTo: 3 })
    const slow = stage(() => ({ map: (n: number) => n }))
    const { env } = kernel({
      source: { component: source.component },
      slow: { component: slow, from: ['source'], settings: { timeoutMs: 1 } },
      passing: { component: passing, from: ['slow'], settings: { timeoutMs: 1 } },
      sink: { component: new Sink().component, from: ['passing'] },
    })
    env.advance(1000)
    expect(source.outcomes).toEqual(['0: acked', '1: acked', '2: acked'])
  })
})
