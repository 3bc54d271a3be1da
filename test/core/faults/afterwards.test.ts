import { describe, expect, test } from 'vitest'
import type { CallInfo, StageContext } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import { codeOf, consumer, discarding, kernel, range, Source, stage } from '../../support/kernel.ts'
import { handle, through } from './through.ts'

describe('what a handler may keep', () => {
  test('a message that it keeps and returns later is not its any more', () => {
    const kept: Message[] = []
    const { sink, outcomes } = through(
      handle((messages, { emit }) => {
        kept.push(...messages)
        try {
          emit(kept)
        } catch (error) {
          expect(codeOf(error)).toBe('SLUICE_HANDLER_FOREIGN_MESSAGE')
        }
        return messages
      }),
    )
    expect(sink.values).toEqual(range(3))
    expect(outcomes()).toEqual(['0: acked', '1: acked', '2: acked'])
  })

  test('a verb used after the node was restarted refuses, and takes nothing down', () => {
    const contexts: StageContext[] = []
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      stage: {
        component: stage((context) => {
          contexts.push(context)
          return { handle: (messages) => messages }
        }),
        from: ['source'],
      },
      sink: { component: discarding, from: ['stage'] },
    })
    graph.restart('stage')
    env.run()
    expect(() => contexts[0]!.emit([])).toThrow(expect.objectContaining({ code: 'SLUICE_NODE_STOPPED' }))
    source.push(1)
    env.run()
    expect(source.outcomes).toEqual(['1: acked'])
  })

  test('a timer of an instance that was restarted does not fire', () => {
    const fired: number[] = []
    let instance = 0
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      stage: {
        component: stage(({ clock }) => {
          const number = ++instance
          clock.after(100, () => fired.push(number))
          return { map: (data: unknown) => data }
        }),
        from: ['source'],
      },
      sink: { component: discarding, from: ['stage'] },
    })
    graph.restart('stage')
    env.advance(200)
    expect(fired).toEqual([2])
  })
})

describe('handlers that take their time', () => {
  test('an async handler hears by `signal` that its call is over, and what it does then is ignored', async () => {
    const heard: string[] = []
    const component = stage(() => ({
      map: async (n: number, _message: Message, { signal }: CallInfo) => {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        heard.push(codeOf(signal.reason))
        return `late ${n}`
      },
    }))
    const { env, sink, source, graph } = through(component, {
      upTo: 1,
      timeoutMs: 1000,
      concurrency: 2,
      giveUpAfterMs: 0,
    })
    await env.advanceAsync(1000)
    await env.settle()
    expect(heard).toEqual(['SLUICE_CALL_TIMEOUT'])
    expect(sink.values).toEqual([])
    expect(source.outcomes).toEqual(['0: SLUICE_CALL_TIMEOUT'])
    expect(graph.state).toBe('finished')
  })

  test('real promises, resolved in any order, keep the order of the input', async () => {
    const resolvers: (() => void)[] = []
    const component = stage(() => ({
      map: (n: number) => new Promise((resolve) => void resolvers.push(() => resolve(n))),
    }))
    const { env, sink } = through(component, { upTo: 5, concurrency: 5 })
    for (const resolver of resolvers.toReversed()) {
      resolver()
      await env.settle()
    }
    expect(sink.values).toEqual(range(5))
  })

  test('a consumer may take part in deciding: drop and fail while it waits', async () => {
    const source = new Source({ upTo: 3 })
    const slow = consumer(({ drop, fail }) => ({
      each: async (n: number, message: Message) => {
        await Promise.resolve()
        if (n === 0) drop(message, 'zero')
        if (n === 1) fail(message, new Error('one'))
      },
    }))
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: { component: slow, from: ['source'] },
    })
    await env.settle()
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: one', '2: acked'])
    expect(graph.stats().nodes[1]!.dropped).toEqual({ zero: 1 })
  })
})
