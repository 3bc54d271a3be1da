import { describe, expect, test } from 'vitest'
import { busyError, placeError } from '../../../src/core/errors.ts'
import type { Message } from '../../../src/core/message.ts'
import { consumer, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'
import { down, flaky, run } from '../../support/flaky.ts'

describe('A3: while the place does not work', () => {
  test('A3: nothing is asked for, the call is kept and probed, and nothing fails; then all goes on', () => {
    let isDown = true
    const { component, calls } = flaky((value) => (isDown && value === 3 ? down() : undefined))
    const { env, source, graph } = run(component, { order: 'none' }, 5000)
    const { made } = source
    env.advance(10 * 60_000)
    expect(source.outcomes.filter((outcome) => !outcome.endsWith('acked'))).toEqual([])
    expect(source.made).toBeGreaterThanOrEqual(made)
    isDown = false
    env.advance(10_000)
    expect(graph.state).toBe('finished')
    expect(source.outcomes).toHaveLength(5000)
    expect(new Set(calls).size).toBe(5000)
  })

  test('A3: an outage of ten minutes makes no failure; probes are at most 10 s apart; then it is drained at once', () => {
    let isDown = false
    const times: number[] = []
    const { component } = flaky(() => {
      if (!isDown) return undefined
      times.push(env.now())
      return down()
    })
    const source = new Source({ queue: {} })
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: { component, from: [{ from: 'source', demand: { max: 10 } }], settings: { order: 'key', concurrency: 4 } },
    })
    isDown = true
    source.push(...range(100))
    env.advance(600_000)
    expect(source.receipts).toEqual([])
    const gaps = times.map((time, index) => time - (times[index - 1] ?? 0))
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000)
    expect(times.length).toBeLessThan(600)
    isDown = false
    env.advance(10_000)
    expect(source.outcomes).toHaveLength(100)
    expect(source.outcomes.every((outcome) => outcome.endsWith('acked'))).toBe(true)
    expect(graph.stats().unacked).toBe(0)
  })

  test.each(['key', 'none'] as const)(
    'A3: order %s: a message that fails as by an outage while others succeed is found out, after some times',
    (order) => {
      const { component, calls } = flaky((value) => (value === 7 ? down() : undefined))
      const source = new Source({ queue: {} })
      const { env, graph } = kernel({
        source: { component: source.component },
        sink: { component, from: ['source'], settings: { order, key: ({ data }) => (data as number) % 10 } },
      })
      for (let second = 0; second < 60; second++) {
        source.push(...range(10).map((n) => second * 10 + n))
        env.advance(1000)
      }
      expect(source.outcomes.filter((outcome) => !outcome.endsWith('acked'))).toEqual(['7: SLUICE_MESSAGE_SUSPECTED'])
      expect(calls.filter((value) => value === 7).length).toBeGreaterThanOrEqual(3)
      expect(graph.stats().unacked).toBe(0)
    },
  )

  test('A3: after `giveUpAfter` it is the end of it', () => {
    const { component } = flaky(down)
    const { env, source } = run(component, { giveUpAfterMs: 60_000 }, 1)
    env.advance(59_000)
    expect(source.outcomes).toEqual([])
    env.advance(12_000)
    expect(source.outcomes).toEqual(['0: SLUICE_GIVEN_UP'])
  })

  test('A3: the place is left alone for as long as it asks for', () => {
    const { component, calls } = flaky((_value, times) => {
      if (times === 1) throw busyError('BUSY', 'busy', { retryAfterMs: 30_000 })
    })
    const { env } = run(component, {}, 1)
    env.advance(29_999)
    expect(calls).toHaveLength(1)
    env.advance(1)
    expect(calls).toHaveLength(2)
  })

  test('A3: errors that say nothing are of the message; more than half of the last 20 with one code are of the place, where there is I/O', () => {
    const connectionLost = Object.assign(new Error('lost'), { code: 'LOST' })
    const act = () => {
      throw connectionLost
    }
    const pure = flaky(act)
    expect(run(pure.component, { order: 'none' }, 100).source.outcomes).toHaveLength(100)
    const io = flaky(act, true)
    const { source, env } = run(io.component, { order: 'none' }, 100)
    env.advance(3_600_000)
    expect(source.outcomes).toHaveLength(10)
  })

  test('A3: the odd failure among many calls is no outage', () => {
    const { component } = flaky((value) => {
      if ((value as number) % 10 === 0) throw Object.assign(new Error('lost'), { code: 'LOST' })
    }, true)
    const { source, graph } = run(component, { order: 'none' }, 1000)
    expect(source.outcomes.filter((outcome) => !outcome.endsWith('acked'))).toHaveLength(100)
    expect(graph.state).toBe('finished')
  })

  test('A3: what a call fails by name because of the place comes again, the rest of the call does not', () => {
    const calls: unknown[][] = []
    const bulk = consumer(({ fail }) => ({
      handle: (messages) => {
        calls.push(messages.map(({ data }) => data))
        if (calls.length === 1) fail(messages[2]!, placeError('SHARD_DOWN', 'one shard is down'))
      },
    }))
    const { env, source, graph } = run(bulk, {}, 5)
    env.advance(20_000)
    expect(calls).toEqual([[0, 1, 2, 3, 4], [2]])
    expect(source.outcomes.toSorted()).toEqual(range(5).map((n) => `${n}: acked`))
    expect(graph.state).toBe('finished')
  })

  test('A3: it goes with the others where its call throws after that', () => {
    const calls: unknown[][] = []
    const sink = consumer(({ fail }) => ({
      handle: (messages) => {
        calls.push(messages.map(({ data }) => data))
        if (calls.length > 1) return
        fail(messages[1]!, placeError('DOWN', 'down'))
        throw placeError('GONE', 'gone')
      },
    }))
    const { env, source } = run(sink, {}, 3)
    env.advance(20_000)
    expect(calls).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ])
    expect(source.outcomes.toSorted()).toEqual(range(3).map((n) => `${n}: acked`))
  })

  test('A3: so does what was held, when it could not be made durable', () => {
    let isFull = true
    const written: unknown[] = []
    const file = consumer(
      ({ hold, ack, fail, clock }) => ({
        handle: (messages) => {
          hold(messages)
          clock.after(100, () => {
            if (isFull) for (const message of messages) fail(message, placeError('DISK_FULL', 'no space'))
            else {
              written.push(...messages.map(({ data }) => data))
              ack(messages)
            }
          })
        },
      }),
      { holds: true },
    )
    const source = new Source({ queue: {} })
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: { component: file, from: ['source'] },
    })
    source.push(...range(10))
    env.advance(60_000)
    expect(source.receipts).toEqual([])
    isFull = false
    env.advance(20_000)
    expect(new Set(written)).toEqual(new Set(range(10)))
    expect(source.outcomes.toSorted()).toEqual(range(10).map((n) => `${n}: acked`))
    expect(graph.stats().unacked).toBe(0)
  })

  test.each(['map', 'each'] as const)('A3: so does a message of `%s`', (shape) => {
    let isDown = true
    const seen: unknown[] = []
    const sink = new Sink()
    const act = (fail: (message: Message, error: unknown) => void) => (value: unknown, message: Message) => {
      seen.push(value)
      if (isDown && value === 1) fail(message, placeError('DOWN', 'down'))
      return value
    }
    const source = new Source({ upTo: 3 })
    const { env } = kernel(
      shape === 'each'
        ? {
            source: { component: source.component },
            sink: { component: consumer(({ fail }) => ({ each: act(fail) })), from: ['source'] },
          }
        : {
            source: { component: source.component },
            stage: { component: stage(({ fail }) => ({ map: act(fail) })), from: ['source'] },
            sink: { component: sink.component, from: ['stage'] },
          },
    )
    isDown = false
    env.advance(20_000)
    expect(seen.filter((value) => value === 1)).toHaveLength(2)
    expect(source.outcomes.toSorted()).toEqual(range(3).map((n) => `${n}: acked`))
    if (shape === 'map') expect(new Set(sink.values)).toEqual(new Set(range(3)))
  })

  test('A7: a drain during an outage ends with its deadline, and gives back what is left', async () => {
    const { component } = flaky(down)
    const { env, source, graph } = run(component, {}, 3)
    const stopped = graph.stop()
    env.advance(5_000)
    await env.settle()
    expect(await stopped).toMatchObject({ outcome: 'deadline', left: [{ node: 'sink', messages: 3 }] })
    expect(source.outcomes).toEqual(range(3).map((n) => `${n}: SLUICE_PIPELINE_STOPPED`))
  })
})
