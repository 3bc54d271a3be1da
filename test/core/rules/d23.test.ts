import { describe, expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { asking, consumer, kernel, Source } from '../../support/kernel.ts'
import { ManualEnv } from '../../support/manual-env.ts'
import { flaky, refused } from '../../support/flaky.ts'

describe('D23: deadlines', () => {
  test('D23: what nobody waits for any more is shed before a call is spent on it, and counted', () => {
    const { component, calls } = flaky(() => undefined)
    const source = new Source({ queue: {}, details: (value) => ({ deadline: value === 'late' ? 1 : 2e12 }) })
    const { graph, env } = kernel({ source: { component: source.component }, sink: { component, from: ['source'] } })
    source.push('soon', 'late', 'soon')
    env.run()
    expect(calls).toEqual(['soon', 'soon'])
    expect(graph.node('sink').counters.dropped.get('expired')).toBe(1)
    expect(source.receipts.find(({ reason }) => reason === 'expired')).toMatchObject({ outcome: 'acked' })
  })

  test('D23: what waits for one of its key is shed when its turn comes, not called', async () => {
    const calls: unknown[] = []
    const first = new Deferred()
    const component = consumer(() => ({
      each: (value: unknown) => {
        calls.push(value)
        return calls.length === 1 ? first : undefined
      },
    }))
    const source = new Source({ queue: {}, details: () => ({ key: 'k', deadline: env.date() + 1000 }) })
    const env = new ManualEnv()
    const nodes = {
      source: { component: source.component },
      sink: { component, from: ['source'], settings: { order: 'key', concurrency: 4 } },
    } as const
    const { graph } = kernel(nodes, { env })
    source.push('a', 'b', 'c')
    await env.advanceAsync(2000)
    source.push('d')
    first.resolve(undefined)
    await env.advanceAsync(1)
    expect(calls).toEqual(['a', 'd'])
    expect(graph.node('sink').counters.dropped.get('expired')).toBe(2)
    expect(graph.stats()).toMatchObject({ unacked: 0, inFlight: 0 })
  })

  test('D23: a node asks for less while messages come too late, never less than its slots, and for more again after', async () => {
    const source = new Source({ details: () => ({ deadline: env.date() + 100 }) })
    const env = new ManualEnv()
    let callMs = 50
    const component = consumer(({ clock }) => ({
      each: () => new Promise((resolve) => void clock.after(callMs, () => resolve(undefined))),
    }))
    const nodes = {
      source: { component: source.component },
      sink: { component, from: [asking('source', 64)], settings: { order: 'none', concurrency: 2 } },
    } as const
    const { graph } = kernel(nodes, { env })
    await env.advanceAsync(20_000)
    const edge = graph.edge('source', 'sink')
    expect(edge.limit).toBeLessThan(16)
    const { dropped } = graph.node('sink').counters
    const expired = dropped.get('expired')!
    await env.advanceAsync(20_000)
    // Two calls at a time of 50 ms each are 800 in 20 s.
    expect(dropped.get('expired')! - expired).toBeLessThan(800)
    callMs = 1
    await env.advanceAsync(5000)
    expect(edge.limit).toBe(64)
    callMs = 5000
    await env.advanceAsync(60_000)
    expect(edge.limit).toBe(2)
  })

  test('D23: a retry that would come too late isn’t waited for', () => {
    const { component, calls } = flaky(refused)
    const source = new Source({ queue: {}, details: () => ({ deadline: 1_700_000_000_001 }) })
    const { env } = kernel({
      source: { component: source.component },
      sink: { component, from: ['source'], settings: { retry: { attempts: 9, backoff: { initialMs: 10_000 } } } },
    })
    source.push('a')
    env.advance(60_000)
    expect(calls).toEqual(['a'])
    expect(source.outcomes).toEqual(['"a": REFUSED'])
  })
})
