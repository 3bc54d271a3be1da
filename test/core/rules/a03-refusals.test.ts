import { describe, expect, test } from 'vitest'
import { placeError } from '../../../src/core/errors.ts'
import type { Message } from '../../../src/core/message.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { consumer, discarding, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'
import { ManualEnv } from '../../support/manual-env.ts'

const DOWN = placeError('DOWN', 'down')

/** A source whose messages have two keys in turn. */
function keyed(upTo: number): Source {
  const source = new Source({ upTo, details: (value) => ({ key: String((value as number) % 2) }) })
  Object.assign(source.component, { keyed: true })
  return source
}

/** A place that takes its time, and refuses single messages by the verb. */
function bulk(env: ManualEnv, isRefused: (value: unknown) => boolean, done: unknown[] = []) {
  return consumer(({ fail }) => ({
    handle: (messages) => {
      const answer = new Deferred()
      env.after(10, () => {
        for (const message of messages) {
          if (isRefused(message.data)) fail(message, DOWN)
          else done.push(message.data)
        }
        answer.resolve(undefined)
      })
      return answer
    },
  }))
}

describe('A3: a message that is failed by name because of the place', () => {
  test.each([1, 2, 4])('keeps its place among those of its key, at concurrency %d', (concurrency) => {
    const env = new ManualEnv()
    const done: unknown[] = []
    let isDown = true
    const sink = bulk(env, () => isDown, done)
    const source = keyed(12)
    const settings = { order: 'key', concurrency, callSize: 1 } as const
    kernel({ source: { component: source.component }, sink: { component: sink, from: ['source'], settings } }, { env })
    env.advance(1000)
    isDown = false
    env.advance(60_000)
    const ofKey = (key: number) => done.filter((value) => (value as number) % 2 === key)
    expect(ofKey(0)).toEqual([0, 2, 4, 6, 8, 10])
    expect(ofKey(1)).toEqual([1, 3, 5, 7, 9, 11])
  })

  test.each([1, 2, 4])('keeps its place in the order of the input, at concurrency %d', (concurrency) => {
    const env = new ManualEnv()
    const sink = new Sink()
    let times = 0
    const refusing = stage(({ fail }) => ({
      handle: (messages) => {
        const answer = new Deferred()
        env.after(10, () => {
          const isRefused = messages[0]!.data === 1 && times++ < 3
          if (isRefused) fail(messages[0]!, DOWN)
          answer.resolve(isRefused ? [] : [...messages])
        })
        return answer as never
      },
    }))
    const source = new Source({ upTo: 8 })
    const settings = { order: 'input', concurrency, callSize: 1 } as const
    kernel(
      {
        source: { component: source.component },
        stage: { component: refusing, from: ['source'], settings },
        sink: { component: sink.component, from: ['stage'] },
      },
      { env },
    )
    env.advance(60_000)
    expect(sink.values).toEqual(range(8))
  })

  test('frees the keys of the others of its call', () => {
    const env = new ManualEnv()
    const done: unknown[] = []
    let isDown = true
    const sink = bulk(env, (value) => isDown && value === 0, done)
    const source = keyed(4)
    const settings = { order: 'key', concurrency: 1, callSize: 2, retry: { attempts: 3 } } as const
    kernel({ source: { component: source.component }, sink: { component: sink, from: ['source'], settings } }, { env })
    env.advance(10_000)
    expect(done).toEqual([1, 3])
    isDown = false
    env.advance(60_000)
    expect(done).toEqual([1, 3, 0, 2])
  })

  test.each(['map', 'each'] as const)(
    'keeps what follows it by its key behind it, where `%s` answers at once',
    (shape) => {
      let isDown = true
      const seen: unknown[] = []
      const act = (fail: (message: Message, error: unknown) => void) => (value: unknown, message: Message) => {
        seen.push(value)
        if (isDown && value === 0) fail(message, DOWN)
        return value
      }
      const component =
        shape === 'each' ? consumer(({ fail }) => ({ each: act(fail) })) : stage(({ fail }) => ({ map: act(fail) }))
      const nodes =
        shape === 'each'
          ? { node: { component, from: ['source'], settings: { order: 'key' } as const } }
          : {
              node: { component, from: ['source'], settings: { order: 'key' } as const },
              sink: { component: discarding, from: ['node'] },
            }
      const { env } = kernel({ source: { component: keyed(6).component }, ...nodes })
      isDown = false
      env.advance(20_000)
      expect(seen.indexOf(2)).toBeGreaterThan(seen.lastIndexOf(0))
      expect(seen.filter((value) => value === 0)).toHaveLength(2)
    },
  )

  test.each([
    ['none', 1],
    ['none', 4],
    ['key', 1],
  ] as const)('is found out where others are taken: order %s, concurrency %d', (order, concurrency) => {
    const env = new ManualEnv()
    const done: unknown[] = []
    const sink = bulk(env, (value) => value === 5, done)
    const source = new Source({ queue: {} })
    const settings = { order, concurrency, callSize: 4, retry: { attempts: 3 } }
    const { failures } = kernel(
      { source: { component: source.component }, sink: { component: sink, from: ['source'], settings } },
      { env },
    )
    for (let at = 0; at < 600; at++) {
      source.push(at)
      env.advance(100)
    }
    expect(failures).toEqual(['sink: SLUICE_MESSAGE_SUSPECTED'])
    expect(new Set(done)).toEqual(new Set(range(600).filter((value) => value !== 5)))
  })

  test('has its parent come again whole, where it is a child that was made in the call', () => {
    let isDown = true
    const sink = new Sink()
    const splitting = stage(({ child, fail }) => ({
      handle: (messages) =>
        messages.flatMap((message) => {
          const children = [child(message, [message.data, 'a']), child(message, [message.data, 'b'])]
          if (isDown) fail(children[1]!, DOWN)
          return children
        }),
    }))
    const source = new Source({ upTo: 1 })
    const { env, failures } = kernel({
      source: { component: source.component },
      stage: { component: splitting, from: ['source'] },
      sink: { component: sink.component, from: ['stage'] },
    })
    isDown = false
    env.advance(20_000)
    expect(failures).toEqual([])
    expect(new Set(sink.values.map(String))).toEqual(new Set(['0,a', '0,b']))
    expect(source.outcomes).toEqual(['0: acked'])
  })

  test('has its parts come again, where it was joined of held ones', () => {
    const env = new ManualEnv()
    let isDown = true
    const written: unknown[] = []
    const writing = stage(
      ({ hold, join, fail, emit, clock }) => ({
        handle: (messages) => {
          hold(messages)
          clock.after(100, () => {
            const batch = join(messages)
            if (isDown) return fail(batch, DOWN)
            written.push(...batch.data)
            emit([batch])
          })
        },
      }),
      { holds: true },
    )
    const source = new Source({ queue: {} })
    const { failures } = kernel(
      {
        source: { component: source.component },
        stage: { component: writing, from: ['source'] },
        sink: { component: discarding, from: ['stage'] },
      },
      { env },
    )
    source.push(...range(4))
    env.advance(60_000)
    expect(source.receipts).toEqual([])
    isDown = false
    env.advance(60_000)
    expect(failures).toEqual([])
    expect(new Set(written)).toEqual(new Set(range(4)))
    expect(source.outcomes.toSorted()).toEqual(range(4).map((n) => `${n}: acked`))
  })

  test('is not held twice, when the node starts anew after that', () => {
    const env = new ManualEnv()
    let isDown = true
    const acked: unknown[] = []
    const holding = consumer(
      ({ hold, ack, fail, clock }) => ({
        handle: (messages) => {
          hold(messages)
          clock.after(1000, () => {
            if (isDown) return messages.forEach((message) => fail(message, DOWN))
            acked.push(...messages.map(({ data }) => data))
            ack(messages)
          })
        },
      }),
      { holds: true },
    )
    const source = new Source({ queue: {} })
    const { graph } = kernel(
      { source: { component: source.component }, sink: { component: holding, from: ['source'] } },
      { env },
    )
    source.push(0, 1)
    env.advance(1500) // Refused, and held once more.
    isDown = false
    graph.restart('sink')
    env.advance(20_000)
    expect(acked.map(String).toSorted()).toEqual(['0', '1'])
  })
})
