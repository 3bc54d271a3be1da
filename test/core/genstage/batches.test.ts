import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { bind } from '../../../src/core/spec.ts'
import batch from '../../../src/stages/batch.ts'
import { batching, kernel, range, Sink, Source } from '../../support/kernel.ts'

/** Batches of two, and its last; breaks when it sees `value`. */
function breakingAt(value: unknown) {
  const { create, ...component } = batching(2)
  return {
    ...component,
    create: (context: Parameters<typeof create>[0]) => {
      const handlers = create(context) as { handle(messages: readonly Message[], call: never): readonly Message[] }
      return {
        ...handlers,
        handle: (messages: readonly Message[]) => {
          if (messages.some(({ data }) => data === value)) throw new Error('broken')
          return handlers.handle(messages, undefined as never)
        },
      }
    },
  } as typeof component & { create: typeof create }
}

describe('Broadway, cases of batches', () => {
  test('25: two messages in a batch of four, stopped at once: both are acked', async () => {
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      batches: { component: batching(4), from: ['source'] },
      sink: { component: new Sink().component, from: ['batches'] },
    })
    source.push(1, 2)
    const stopped = graph.stop()
    env.run()
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped', left: [] })
    expect(source.outcomes).toEqual(['1: acked', '2: acked'])
  })

  test('29: a batching stage that breaks at one message loses none of the others (D14)', () => {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      breaking: { component: breakingAt('KILL'), from: ['source'] },
      sink: { component: sink.component, from: ['breaking'] },
    })
    source.push(1, 2, 'KILL', 3, 4, 5, 6, 7)
    source.context.end()
    env.run()
    expect(new Set(sink.values.flat())).toEqual(new Set(range(7, 1)))
    expect(sink.values.flat()).toHaveLength(7)
    expect(source.outcomes.toSorted()).toEqual(['"KILL": broken', ...range(7, 1).map((n) => `${n}: acked`)])
  })

  test('31: with a budget per batch, groups close by what they cost, the rest by time', () => {
    const batches: unknown[][] = []
    const sink = new Sink((data) => void batches.push(data as unknown[]))
    const source = new Source({ queue: {}, details: (n) => ({ wireBytes: (n as number) % 2 === 1 ? 4 : 8 }) })
    const component = bind(batch, batch.options.parse({ size: 100, bytes: '32B', timeout: '1s', by: 'data % 2' }))
    const { env } = kernel({
      source: { component: source.component },
      batches: { component, from: ['source'] },
      sink: { component: sink.component, from: ['batches'] },
    })
    source.push(...range(10, 1))
    env.run()
    expect(new Set(batches)).toEqual(
      new Set([
        [1, 3, 5, 7],
        [2, 4],
        [6, 8],
      ]),
    )
    env.advance(1000)
    expect(new Set(batches.slice(3))).toEqual(new Set([[10], [9]]))
  })
})
