import { describe, expect, test } from 'vitest'
import { consumer, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'
import { flaky, refused, run } from '../../support/flaky.ts'

describe('A3: what fails by its own fault is tried again', () => {
  test('A3: as often as `attempts` says, the first included; each call is told which one it is', () => {
    const { component, attempts } = flaky(refused)
    const { env, source } = run(component, { retry: { attempts: 3 } }, 1)
    env.advance(60_000)
    expect(attempts).toEqual([1, 2, 3])
    expect(source.outcomes).toEqual(['0: REFUSED'])
  })

  test('A3: without `retry` there is one attempt', () => {
    const { component, calls } = flaky(refused)
    const { source } = run(component, {}, 1)
    expect(calls).toEqual([0])
    expect(source.outcomes).toEqual(['0: REFUSED'])
  })

  test('A3: after pauses that double up to `max`, with full jitter', () => {
    const { component, calls } = flaky(refused)
    const { env } = run(component, { retry: { attempts: 6, backoff: { initialMs: 100, maxMs: 400 } } }, 1)
    const bounds = [100, 200, 400, 400, 400]
    for (const bound of bounds) {
      const before = calls.length
      expect(env.nextTimerInMs).toBeGreaterThan(0)
      expect(env.nextTimerInMs).toBeLessThanOrEqual(bound)
      env.advance(env.nextTimerInMs!)
      expect(calls).toHaveLength(before + 1)
    }
  })

  test('A3: one that succeeds in the end is acked, like any other', () => {
    const { component } = flaky((_value, times) => (times < 3 ? refused() : undefined))
    const { env, source, graph } = run(component, { retry: { attempts: 5 } })
    env.advance(60_000)
    expect(source.outcomes).toEqual(range(5).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
  })

  test.each(['input', 'key', 'none'] as const)(
    'A3: order %s: what follows waits for it only where that is promised',
    (order) => {
      const { component, calls } = flaky((value, times) => (value === 1 && times < 3 ? refused() : undefined))
      const { env, graph } = run(component, { order, retry: { attempts: 5 }, key: ({ data }) => (data as number) % 2 })
      const first = [...calls]
      env.advance(60_000)
      const expected = {
        input: { first: [0, 1], all: [0, 1, 1, 1, 2, 3, 4] },
        key: { first: [0, 1, 2, 4], all: [0, 1, 2, 4, 1, 1, 3] },
        none: { first: [0, 1, 2, 3, 4], all: [0, 1, 2, 3, 4, 1, 1] },
      }[order]
      expect({ first, all: calls }).toEqual(expected)
      expect(graph.state).toBe('finished')
    },
  )

  test('D12: what is parked has given its credit back, up to `maxParked`; then the node stops asking', () => {
    const stuck = flaky((value) => ((value as number) % 2 === 1 ? refused() : undefined))
    const source = new Source({ upTo: 1000 })
    const { graph } = kernel({
      source: { component: source.component },
      sink: {
        component: stuck.component,
        from: [{ from: 'source', demand: { max: 10 } }],
        settings: { order: 'key', key: ({ data }) => (data as number) % 2, retry: { attempts: 9 }, maxParked: 50 },
      },
    })
    // 50 odd ones are parked, 10 more fill the window; the even ones between them have been through.
    expect(stuck.calls.filter((value) => value === 1)).toHaveLength(1)
    expect(source.made).toBe(2 * 60 + 1 - (2 * 60 + 1 - source.made))
    expect(source.made).toBeGreaterThanOrEqual(2 * 60)
    expect(source.made).toBeLessThan(2 * 60 + 10)
    expect(graph.edge('source', 'sink').credit).toBe(0)
  })

  test('A3: a call of many is halved until the poison is alone; the others arrive, and no attempt is counted for them', () => {
    const sizes: number[] = []
    const attempts: number[] = []
    const bulk = consumer(() => ({
      handle: (messages, { attempt }) => {
        sizes.push(messages.length)
        attempts.push(attempt)
        if ((messages as readonly { data: unknown }[]).some(({ data }) => data === 5)) throw new Error('poison')
      },
    }))
    const { env, source } = run(bulk, {}, 8)
    env.advance(60_000)
    expect(sizes).toEqual([8, 4, 4, 2, 1, 1, 2])
    expect(new Set(attempts)).toEqual(new Set([1]))
    expect(source.outcomes.toSorted()).toEqual(range(8).map((n) => (n === 5 ? '5: poison' : `${n}: acked`)))
  })

  test('A3: retries are held to a budget: a tenth of the calls, and some to begin with', () => {
    const { component, attempts } = flaky(refused)
    const { env } = run(component, { order: 'none', retry: { attempts: 2, backoff: { initialMs: 1 } } }, 500)
    env.advance(100)
    const retried = attempts.filter((attempt) => attempt === 2).length
    expect(retried).toBeGreaterThanOrEqual(50)
    expect(retried).toBeLessThanOrEqual(67)
  })
})

test('A11: a stage that is tried again sees the message as it came in', () => {
  const seen: unknown[] = []
  const sink = new Sink()
  const component = stage(() => ({
    map: (value: number) => {
      seen.push(value)
      if (seen.length < 3) throw new Error('not yet')
      return value + 100
    },
  }))
  const source = new Source({ upTo: 1 })
  const { env } = kernel({
    source: { component: source.component },
    again: { component, from: ['source'], settings: { retry: { attempts: 5 } } },
    sink: { component: sink.component, from: ['again'] },
  })
  env.advance(10_000)
  expect(seen).toEqual([0, 0, 0])
  expect(sink.values).toEqual([100])
})
