import { expect, test } from 'vitest'
import { messageError, placeError } from '../../../src/core/errors.ts'
import type { Message } from '../../../src/core/message.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { consumer, kernel, range, Source } from '../../support/kernel.ts'
import { ManualEnv } from '../../support/manual-env.ts'

const DOWN = placeError('DOWN', 'down')

test('messages of one key keep their order through a restart between an outage and another failure', () => {
  const env = new ManualEnv()
  const done: unknown[] = []
  let calls = 0
  let error: Error | undefined = DOWN
  const component = consumer(() => ({
    handle: (messages) => {
      calls++
      if (error !== undefined) throw error
      done.push(...messages.map(({ data }) => data))
    },
  }))
  const source = new Source({ queue: {}, details: () => ({ key: 'k' }) })
  Object.assign(source.component, { keyed: true })
  const retry = { attempts: 10, backoff: { initialMs: 5000, maxMs: 10_000 } }
  const settings = { order: 'key', callSize: 2, retry } as const
  const { graph } = kernel(
    { source: { component: source.component }, sink: { component, from: ['source'], settings } },
    { env },
  )
  source.push(0, 1)
  env.run()
  error = messageError('BAD', 'bad')
  for (let i = 0; i < 200 && calls < 3; i++) env.advance(100)
  error = undefined
  graph.restart('sink')
  env.advance(60_000)
  expect(done).toEqual([0, 1])
})

test('a node that waits to be opened again is not made twice by a restart', () => {
  const env = new ManualEnv()
  let live = 0
  let most = 0
  let isDown = true
  const component = consumer(() => ({
    open: () => void (most = Math.max(most, ++live)),
    each: () => undefined,
    flush: () => {
      if (isDown) throw DOWN
    },
    stop: () => void live--,
  }))
  const source = new Source({ queue: {} })
  const { graph } = kernel({ source: { component: source.component }, sink: { component, from: ['source'] } }, { env })
  void graph.flush()
  env.advance(10)
  graph.restart('sink')
  isDown = false
  env.advance(60_000)
  expect([live, most]).toEqual([1, 1])
})

test.each(['verb', 'throw'])('a suspect whose followers fill the window lets others come, refused by %s', (how) => {
  const env = new ManualEnv()
  const done = new Set<unknown>()
  const component = consumer(({ fail }) => ({
    each: (value: unknown, message: Message) => {
      const answer = new Deferred()
      env.after(10, () => {
        if (value !== 0) done.add(value)
        else if (how === 'verb') fail(message, DOWN)
        else return answer.reject(DOWN)
        answer.resolve(undefined)
      })
      return answer
    },
  }))
  const keyOf = (value: unknown): string => ((value as number) < 300 ? 'a' : String(value))
  const source = new Source({ queue: {}, details: (value) => ({ key: keyOf(value) }) })
  Object.assign(source.component, { keyed: true })
  const settings = { order: 'key', concurrency: 4, retry: { attempts: 3 } } as const
  const { failures } = kernel(
    { source: { component: source.component }, sink: { component, from: ['source'], settings } },
    { env },
  )
  source.push(0, 400, 401, 402, ...range(299, 1))
  env.advance(60_000)
  for (let at = 0; at < 300; at++) {
    source.push(1000 + at)
    env.advance(1000)
  }
  expect(failures).toEqual(['sink: SLUICE_MESSAGE_SUSPECTED'])
  expect(done.size).toBe(3 + 299 + 300)
})
