import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { asking, Gate, kernel, Sink, Source, stage } from '../../support/kernel.ts'
import { handle, through } from './through.ts'

/** Throws `thrown`, whatever it is. */
function throwing(thrown: unknown): never {
  throw thrown
}

describe('what a handler may throw', () => {
  test.each([['text'], [undefined], [null], [0], [{ code: 'ENOENT' }], [Symbol('s')], [Object.create(null)]])(
    '%o: its message fails with an error of ours',
    (thrown) => {
      const { source, graph } = through(stage(() => ({ map: (n: number) => (n === 1 ? throwing(thrown) : n) })))
      const failed = source.receipts.filter(({ outcome }) => outcome === 'failed')
      expect(failed).toHaveLength(1)
      expect(failed[0]!.error).toMatchObject({ code: 'SLUICE_HANDLER_THREW', cause: thrown })
      expect(graph.state).toBe('finished')
    },
  )

  test('the same for a promise that rejects with it', async () => {
    const { source, env, graph } = through(
      stage(() => ({ map: () => Promise.resolve().then(() => throwing(undefined)) })),
      { upTo: 2 },
    )
    await env.settle()
    expect(source.outcomes).toEqual(['0: SLUICE_HANDLER_THREW', '1: SLUICE_HANDLER_THREW'])
    expect(graph.state).toBe('finished')
  })

  test('an error whose message cannot be read fails its message, and nothing else', () => {
    const hostile = new Error('x')
    Object.defineProperty(hostile, 'toString', { value: () => throwing('no') })
    const { outcomes } = through(stage(() => ({ map: (n: number) => (n === 1 ? throwing(hostile) : n) })))
    expect(outcomes()).toEqual(['0: acked', '1: x', '2: acked'])
  })
})

describe('what a handler may return', () => {
  test('the same message twice fails its call: each is given once', () => {
    const { sink, outcomes } = through(handle((messages) => [...messages, messages[0]]))
    expect(outcomes()).toEqual([
      '0: SLUICE_HANDLER_FOREIGN_MESSAGE',
      '1: SLUICE_HANDLER_FOREIGN_MESSAGE',
      '2: SLUICE_HANDLER_FOREIGN_MESSAGE',
    ])
    expect(sink.values).toEqual([])
  })

  test('a message of an earlier call is foreign: the call that returns it fails, the earlier one stands', () => {
    let first: Message | undefined
    const source = new Source({ upTo: 2 })
    const sink = new Sink()
    kernel({
      source: { component: source.component },
      stage: {
        component: handle((messages) => {
          first ??= messages[0]
          return [...messages, ...(first === messages[0] ? [] : [first])]
        }),
        from: [asking('source', 1)],
      },
      // It waits, so that the first message has no outcome when it is given again.
      slow: { component: new Gate().consumer, from: ['stage'] },
      sink: { component: sink.component, from: ['stage'] },
    })
    expect(sink.values).toEqual([0])
    expect(source.outcomes).toEqual(['1: SLUICE_HANDLER_FOREIGN_MESSAGE'])
  })

  test('a message whose outcome is known is passed over', () => {
    const { sink, outcomes } = through(
      handle((messages, { drop }) => {
        drop(messages[0]!, 'stale')
        return messages
      }),
    )
    expect(sink.values).toEqual([1, 2])
    expect(outcomes()).toEqual(['0: acked', '1: acked', '2: acked'])
  })

  test('something made by hand is no message', () => {
    const { outcomes } = through(
      handle(() => [{ data: 1 }]),
      { upTo: 1 },
    )
    expect(outcomes()).toEqual(['0: SLUICE_HANDLER_BAD_RETURN'])
  })

  test.each([['text'], [42], [true], [{}], [new Map()]])(
    '%o instead of an array of messages fails the call',
    (value) => {
      expect(
        through(
          handle(() => value),
          { upTo: 1 },
        ).outcomes(),
      ).toEqual(['0: SLUICE_HANDLER_BAD_RETURN'])
    },
  )

  test.each([['text'], [42], [undefined], [null], [{}]])(
    '%o instead of an array or an iterable fails the message of `flatMap`',
    (value) => {
      const { outcomes } = through(
        stage(() => ({ flatMap: () => value as never })),
        { upTo: 1 },
      )
      expect(outcomes()).toEqual(['0: SLUICE_HANDLER_BAD_RETURN'])
    },
  )

  test('nothing: `map` gives undefined as the value, `filter` drops, `handle` has forgotten its messages', () => {
    const mapped = through(
      stage(() => ({ map: () => undefined })),
      { upTo: 1 },
    )
    expect(mapped.sink.values).toEqual([undefined])
    const filtered = through(
      stage(() => ({ filter: () => undefined as never })),
      { upTo: 1 },
    )
    expect([filtered.sink.values, filtered.outcomes()]).toEqual([[], ['0: acked']])
    expect(
      through(
        handle(() => undefined),
        { upTo: 1 },
      ).outcomes(),
    ).toEqual(['0: SLUICE_HANDLER_LOST_MESSAGE'])
  })

  test('an array that it changes afterwards changes nothing', () => {
    const given: Message[][] = []
    const source = new Source({ queue: {} })
    const sink = new Sink()
    const { env, graph } = kernel({
      source: { component: source.component },
      stage: {
        component: handle((messages) => {
          for (const old of given) old.length = 0
          const results = [...messages]
          given.push(results)
          return results
        }),
        from: ['source'],
      },
      sink: { component: sink.component, from: ['stage'] },
    })
    graph.pause('sink')
    source.push(1, 2)
    env.run()
    source.push(3)
    env.run()
    graph.resume('sink')
    env.run()
    expect(sink.values).toEqual([1, 2, 3])
  })
})
