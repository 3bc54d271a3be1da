import { expect, test } from 'vitest'
import { busyError } from '../../../src/core/errors.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { down, flaky, run } from '../../support/flaky.ts'
import { batching, consumer, discarding, kernel, range, Source, stage } from '../../support/kernel.ts'

test('A3: a connection that is refused is an outage from the first call on, where there is I/O', () => {
  let isDown = true
  const { component } = flaky(() => {
    if (isDown) throw new Error('fetch failed', { cause: Object.assign(new Error(), { code: 'ECONNREFUSED' }) })
  }, true)
  const { env, source } = run(component, { order: 'none' }, 100)
  env.advance(600_000)
  expect(source.outcomes).toEqual([])
  isDown = false
  env.advance(10_000)
  expect(source.outcomes).toHaveLength(100)
  expect(source.outcomes.every((outcome) => outcome.endsWith('acked'))).toBe(true)
})

test('A3: a part that is failed because of the place comes again with its batch', () => {
  let isDown = true
  const source = new Source({ upTo: 4 })
  const sink = consumer(({ fail }) => ({
    handle: (batches) => {
      if (!isDown) return
      for (const batch of batches) fail(batch, busyError('BUSY', 'busy', { retryAfterMs: 10 }), 1)
    },
  }))
  const { env } = kernel({
    source: { component: source.component },
    batch: { component: batching(2), from: ['source'] },
    sink: { component: sink, from: ['batch'] },
  })
  env.advance(60_000)
  expect(source.outcomes).toEqual([])
  isDown = false
  env.advance(10_000)
  expect(source.outcomes.toSorted()).toEqual(range(4).map((n) => `${n}: acked`))
})

test('A3: one that is suspected is left alone for as long as it asks for', () => {
  const times: number[] = []
  const source = new Source({ queue: {} })
  const sink = consumer(() => ({
    each: (n: number) => {
      if (n !== 7) return
      times.push(env.now())
      throw busyError('BUSY', 'busy', { retryAfterMs: 60_000 })
    },
  }))
  const { env } = kernel({
    source: { component: source.component },
    sink: { component: sink, from: ['source'], settings: { order: 'none', retry: { attempts: 9 } } },
  })
  for (let second = 0; second < 400; second++) {
    source.push(second)
    env.advance(1000)
  }
  expect(times.length).toBeGreaterThan(2)
  const gaps = times.slice(1).map((time, index) => time - times[index]!)
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(60_000)
})

test('A3: what the circuit has kept waits for no budget, and for no retry that does', () => {
  const failed = new Set<number>()
  let isDown = false
  const kept: number[] = []
  const source = new Source({ queue: {} })
  const sink = consumer(() => ({
    each: (n: number) => {
      if (n === 1000 && isDown) return down()
      if (n === 1000) kept.push(env.now())
      if (n < 1000 && !failed.has(n)) {
        failed.add(n)
        throw new Error('the first time')
      }
    },
  }))
  const { env } = kernel({
    source: { component: source.component },
    sink: {
      component: sink,
      from: ['source'],
      settings: { order: 'none', maxParked: 0, retry: { attempts: 2, backoff: { initialMs: 1, maxMs: 1 } } },
    },
  })
  source.push(...range(60))
  isDown = true
  source.push(1000)
  env.advance(100)
  isDown = false
  const healedAt = env.now()
  env.advance(10_001)
  expect(kept).toHaveLength(1)
  expect(kept[0]! - healedAt).toBeLessThanOrEqual(10_000)
})

test('D14: a node that is told to start again while it does has one instance, and stops each of them', async () => {
  let live = 0
  let made = 0
  const source = new Source({ queue: {} })
  const component = stage(({ clock }) => {
    made++
    live++
    const stop = () => {
      const stopped = new Deferred()
      clock.after(0, () => {})
      env.after(1000, () => {
        live--
        stopped.resolve(undefined)
      })
      return stopped as never
    }
    return { map: (data: unknown) => data, stop }
  })
  const { graph, env } = kernel({
    source: { component: source.component },
    stage: { component, from: ['source'] },
    sink: { component: discarding, from: ['stage'] },
  })
  graph.restart('stage')
  graph.restart('stage')
  await env.advanceAsync(5000)
  expect([made, live]).toEqual([2, 1])
  void graph.stop()
  await env.advanceAsync(5000)
  expect([graph.state, live, env.timers]).toEqual(['finished', 0, 0])
})

test('D14: what a timer of an instance that is gone leaves rejected is no fault of the next one', async () => {
  let rejectLate = (): void => {}
  const source = new Source({ queue: {} })
  const component = stage(({ clock }) => {
    clock.after(1, () => new Promise((_resolve, reject) => (rejectLate = () => reject(new Error('stopped')))) as never)
    return { map: (data: unknown) => data }
  })
  const { graph, env } = kernel({
    source: { component: source.component },
    stage: { component, from: ['source'] },
    sink: { component: discarding, from: ['stage'] },
  })
  await env.advanceAsync(1)
  const late = rejectLate
  graph.restart('stage')
  late()
  await env.advanceAsync(100)
  expect(graph.node('stage').counters.restarts).toBe(1)
  expect(graph.state).toBe('running')
})
