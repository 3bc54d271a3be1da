import { describe, expect, test } from 'vitest'
import { LoopEnv } from '../../support/loop-env.ts'
import { asking, consumer, discarding, kernel, Source, stage } from '../../support/kernel.ts'
import { handle, through } from './through.ts'

describe('what a stage makes of its messages', () => {
  test('a sparse array is as many messages as it is long, without data', () => {
    const sparse: unknown[] = []
    sparse[1] = 1
    const { sink, outcomes } = through(stage(() => ({ flatMap: () => sparse })))
    expect(sink.values).toEqual([undefined, 1, undefined, 1, undefined, 1])
    expect(outcomes()).toEqual(['0: acked', '1: acked', '2: acked'])
  })

  test('a child has no children: the call fails, and each message has one outcome', () => {
    const nesting = stage((context) => ({
      handle: (messages) => messages.map((message) => context.child(context.child(message, 1), 2)),
    }))
    const { outcomes, graph } = through(nesting)
    expect(new Set(outcomes())).toEqual(new Set([0, 1, 2].map((n) => `${n}: SLUICE_HANDLER_FOREIGN_MESSAGE`)))
    expect(graph.stats().unacked).toBe(0)
  })

  test('what throws when it is looked at fails its message, and nothing else', () => {
    const trap = new Proxy(
      {},
      { getPrototypeOf: () => throwing(new Error('looked at')), get: () => throwing(new Error('looked at')) },
    )
    const { outcomes } = through(handle(() => throwing(trap)))
    expect(outcomes()).toEqual(['0: SLUICE_HANDLER_THREW', '1: SLUICE_HANDLER_THREW', '2: SLUICE_HANDLER_THREW'])
  })
})

describe('what a graph refuses', () => {
  const made = () =>
    kernel({
      source: { component: new Source({ queue: {} }).component },
      first: { component: stage(() => ({ map: (data: unknown) => data })), from: ['source'] },
      second: { component: stage(() => ({ map: (data: unknown) => data })), from: ['first'] },
      sink: { component: discarding, from: ['second'] },
    }).graph

  test('a subscription that would close a circle, or read from a consumer', () => {
    const graph = made()
    const { length } = graph.edges
    expect(() => graph.subscribe('first', { from: 'second' })).toThrow('in a circle')
    expect(() => graph.subscribe('first', { from: 'sink' })).toThrow('which is a consumer')
    expect(graph.edges).toHaveLength(length)
  })

  test('a second start', async () => {
    await expect(made().start()).rejects.toMatchObject({ code: 'SLUICE_GRAPH_INVALID' })
  })

  test('a demand that lets nothing through', () => {
    const nodes = {
      source: { component: new Source().component },
      sink: { component: discarding, from: [asking('source', NaN)] },
    }
    expect(() => kernel(nodes)).toThrow('lets nothing through')
  })
})

test('D10: the first turn of a slow handler is a short one, and so the loop has its turn soon', () => {
  const env = new LoopEnv()
  const turns: number[] = []
  const slow = consumer(() => ({
    each: (n: unknown) => {
      turns.push(n as number)
      env.spend(10)
    },
  }))
  const source = new Source({ queue: {} })
  kernel({ source: { component: source.component }, sink: { component: slow, from: ['source'] } }, { env })
  source.push(...Array.from({ length: 1000 }, (_, n) => n))
  env.runMicrotasks()
  expect(turns.length).toBeLessThanOrEqual(128)
})

/** Throws `thrown`, whatever it is. */
function throwing(thrown: unknown): never {
  throw thrown
}
