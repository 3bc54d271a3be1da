import { describe, expect, test } from 'vitest'
import { kernel, Source } from '../../support/kernel.ts'
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
