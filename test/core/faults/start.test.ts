import { describe, expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { consumer, discarding, kernel, Source, stage } from '../../support/kernel.ts'

const pending = (): PromiseLike<void> => new Deferred() as PromiseLike<unknown> as PromiseLike<void>

const fails = (): never => {
  throw new Error('broken')
}

describe('what may go wrong at the start', () => {
  test('`create` that throws: the graph is not made, and the error names the node', () => {
    const component = stage(fails)
    expect(() =>
      kernel({
        source: { component: new Source().component },
        bad: { component, from: ['source'] },
        sink: { component: discarding, from: ['bad'] },
      }),
    ).toThrow(
      expect.objectContaining({
        code: 'SLUICE_COMPONENT_INVALID',
        node: 'bad',
        message: expect.stringContaining('broken'),
      }),
    )
  })

  test.each([
    ['no shape', {}],
    ['two shapes', { map: () => 1, filter: () => true }],
    ['the shape of a consumer', { each: () => {} }],
  ])('a stage with %s is refused', (_name, handlers) => {
    const component = stage(() => handlers as never)
    expect(() =>
      kernel({
        source: { component: new Source().component },
        bad: { component, from: ['source'] },
        sink: { component: discarding, from: ['bad'] },
      }),
    ).toThrow(expect.objectContaining({ code: 'SLUICE_COMPONENT_INVALID', node: 'bad' }))
  })

  test('one that holds must give `handle`', () => {
    const component = stage(() => ({ map: (n: number) => n }), { holds: true })
    expect(() =>
      kernel({
        source: { component: new Source().component },
        bad: { component, from: ['source'] },
        sink: { component: discarding, from: ['bad'] },
      }),
    ).toThrow(expect.objectContaining({ code: 'SLUICE_COMPONENT_INVALID' }))
  })

  test.each([
    ['throws', fails],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('`open` that %s: start rejects with it, everything is let go, and no producer was asked', async (_name, open) => {
    let stops = 0
    const source = new Source()
    const component = consumer(() => ({ each: () => {}, open, stop: () => void stops++ }))
    const { started, graph, env } = kernel({
      source: { component: source.component },
      sink: { component, from: ['source'] },
    })
    await env.settle()
    await expect(started).rejects.toThrow('broken')
    await expect(graph.finishedReport).resolves.toMatchObject({ outcome: 'failed', node: 'sink' })
    expect(graph.state).toBe('failed')
    expect([source.asks, stops]).toEqual([[], 1])
  })

  test('`open` of a producer that fails ends the graph as well', async () => {
    const source = new Source()
    const create = (context: typeof source.context) => ({ ...source.component.create(context), open: fails })
    const { started, graph, env } = kernel({
      source: { component: { ...source.component, create } },
      sink: { component: discarding, from: ['source'] },
    })
    await env.settle()
    await expect(started).rejects.toThrow('broken')
    await expect(graph.finishedReport).resolves.toMatchObject({ outcome: 'failed', node: 'source' })
  })

  test('stages and consumers are open before a producer is asked for anything', () => {
    const opening = new Deferred()
    const source = new Source({ upTo: 2 })
    const sink = consumer(() => ({ each: () => {}, open: () => opening as PromiseLike<unknown> as PromiseLike<void> }))
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: sink, from: ['source'] },
    })
    expect(source.asks).toEqual([])
    expect(graph.state).toBe('starting')
    opening.resolve(undefined)
    env.run()
    expect(source.outcomes).toEqual(['0: acked', '1: acked'])
  })

  test('stopping while an `open` hangs ends the graph', async () => {
    const source = new Source({ queue: {} })
    const sink = consumer(() => ({ each: () => {}, open: pending }))
    const { graph, env } = kernel({
      source: { component: source.component },
      sink: { component: sink, from: ['source'] },
    })
    const stopped = graph.stop()
    env.advance(60_000)
    await expect(stopped).resolves.toMatchObject({ outcome: 'stopped' })
    expect(graph.state).toBe('finished')
    expect(source.asks).toEqual([])
  })
})
