import { describe, expect, test } from 'vitest'
import { placeError } from '../../../src/core/errors.ts'
import type { Message } from '../../../src/core/message.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { consumer, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'
import { ManualEnv } from '../../support/manual-env.ts'

const DOWN = placeError('DOWN', 'down')

type Fail = (message: Message, error: unknown) => void

describe('a message that is refused by name', () => {
  test('comes again with the data that it had, whatever its `map` returned', () => {
    let isDown = true
    const seen: unknown[] = []
    const sink = new Sink()
    const doubling = stage(({ fail }) => ({
      map: (value: unknown, message: Message) => {
        seen.push(value)
        if (isDown) return fail(message, DOWN)
        return (value as number) * 2
      },
    }))
    const { env } = kernel({
      source: { component: new Source({ upTo: 3 }).component },
      stage: { component: doubling, from: ['source'] },
      sink: { component: sink.component, from: ['stage'] },
    })
    isDown = false
    env.advance(20_000)
    expect(seen).not.toContain(undefined)
    expect(sink.values).toEqual([0, 2, 4])
  })

  test.each(['sync each', 'async each', 'sync handle', 'async handle'])(
    'and whose call throws after that makes no letter: %s',
    (kind) => {
      const env = new ManualEnv()
      let isDown = true
      const done: unknown[] = []
      const act = (fail: Fail, message: Message): void => {
        if (isDown) {
          fail(message, DOWN)
          throw new Error('could not write')
        }
        done.push(message.data)
      }
      const later = (work: () => void): Deferred => {
        const answer = new Deferred()
        env.after(10, () => {
          try {
            work()
            answer.resolve(undefined)
          } catch (error) {
            answer.reject(error)
          }
        })
        return answer
      }
      const how = (work: () => void): unknown => (kind.startsWith('async') ? later(work) : work())
      const component = consumer(({ fail }) =>
        kind.endsWith('each')
          ? { each: (_: unknown, message: Message) => how(() => act(fail, message)) }
          : { handle: (messages) => how(() => messages.forEach((message) => act(fail, message))) },
      )
      const source = new Source({ queue: {} })
      const { failures } = kernel(
        { source: { component: source.component }, sink: { component, from: ['source'] } },
        { env },
      )
      source.push(0)
      env.advance(1000)
      isDown = false
      env.advance(20_000)
      expect(failures).toEqual([])
      expect(done).toEqual([0])
    },
  )

  test('has one outcome, where it was held in a call that throws', () => {
    let isFirst = true
    const component = consumer(
      ({ hold, ack, fail }) => ({
        handle: (messages) => {
          hold(messages)
          if (isFirst) {
            isFirst = false
            fail(messages[0]!, DOWN)
            throw new Error('thrown')
          }
          ack(messages)
        },
      }),
      { holds: true },
    )
    const source = new Source({ queue: {} })
    const { env } = kernel({ source: { component: source.component }, sink: { component, from: ['source'] } })
    source.push(0, 1)
    env.advance(20_000)
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: acked'])
  })

  test('may be failed again while it waits', () => {
    const env = new ManualEnv()
    const held: Message[] = []
    const component = consumer(
      ({ hold, fail }) => ({
        handle: (messages) => {
          hold(messages)
          held.push(...(messages as readonly Message[]))
          env.after(10, () => messages.forEach((message) => fail(message, DOWN)))
          env.after(20, () => messages.forEach((message) => fail(message, DOWN)))
        },
      }),
      { holds: true },
    )
    const source = new Source({ queue: {} })
    const { graph } = kernel(
      { source: { component: source.component }, sink: { component, from: ['source'] } },
      { env },
    )
    source.push(0)
    env.advance(40)
    expect(graph.state).toBe('running')
  })

  test.each(['parent', 'child'])('leaves no child behind that its call has not given out: of the %s', (which) => {
    let isDown = true
    const sink = new Sink()
    const splitting = stage(({ child, fail }) => ({
      handle: (messages) =>
        messages.flatMap((message) => {
          const children = [child(message, 'a'), child(message, 'b')]
          if (!isDown) return children
          fail(which === 'parent' ? message : children[0]!, DOWN)
          return []
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
    expect(sink.values).toEqual(['a', 'b'])
    expect(source.outcomes).toEqual(['0: acked'])
  })

  test('is no longer chain of stand-ins, however often it has children', () => {
    const env = new ManualEnv()
    let last: Message | undefined
    const splitting = stage(({ child, fail }) => ({
      handle: (messages) => {
        last = messages[0]
        fail(child(messages[0]!, 1), DOWN)
        return []
      },
    }))
    kernel(
      {
        source: { component: new Source({ upTo: 1 }).component },
        stage: { component: splitting, from: ['source'] },
        sink: { component: new Sink().component, from: ['stage'] },
      },
      { env },
    )
    env.advance(600_000)
    let depth = 0
    for (let message = last; message !== undefined; message = message.parent) depth++
    expect(depth).toBe(2)
  })

  test('of one key with others that were held keeps its place among those', () => {
    const env = new ManualEnv()
    const order: unknown[] = []
    let isDown = true
    const component = consumer(
      ({ hold, ack, fail }) => ({
        handle: (messages) => {
          hold(messages)
          order.push(...messages.map(({ data }) => data))
          const answer = new Deferred()
          env.after(100, () => {
            for (const message of messages) if (isDown) fail(message, DOWN)
            if (!isDown) ack(messages)
            answer.resolve(undefined)
          })
          return answer
        },
      }),
      { holds: true },
    )
    const source = new Source({ queue: {}, details: () => ({ key: 'k' }) })
    Object.assign(source.component, { keyed: true })
    const settings = { order: 'key', concurrency: 2, callSize: 5 } as const
    kernel({ source: { component: source.component }, sink: { component, from: ['source'], settings } }, { env })
    source.push(...range(5))
    env.advance(150)
    isDown = false
    order.length = 0
    env.advance(60_000)
    expect(order).toEqual(range(5))
  })
})
