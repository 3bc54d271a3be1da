import { describe, expect, test } from 'vitest'
import type { NodeSettings } from '../../../src/core/spec.ts'
import {
  asking,
  batching,
  discarding,
  figures,
  kernel,
  passing,
  range,
  Source,
  stage,
  consumer,
} from '../../support/kernel.ts'

/** What the last of a line of nodes asks for when it subscribes. */
function windowOf(settings: NodeSettings, last = discarding): { max: number; min: number } {
  const { graph } = kernel({
    source: { component: new Source({ queue: {} }).component },
    last: { component: last, from: ['source'], settings },
  })
  const { max, min } = graph.edge('source', 'last').window
  return { max, min }
}

const handling = consumer(() => ({ handle: () => {} }))

describe('D1: the first ask', () => {
  test('D1: a subscriber asks for maxDemand, once', () => {
    const source = new Source({ give: () => 0 })
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: discarding, from: [asking('source', 42)] },
    })
    expect(source.asks).toEqual([42])
    expect(figures(graph.edge('source', 'sink'))).toMatchObject({ asked: 42, credit: 42, dispatched: 0, returning: 0 })
  })

  test('D1: where nothing is said that is 1,000, and minDemand half of it', () => {
    expect(windowOf({})).toEqual({ max: 1000, min: 500 })
  })

  test('D1: minDemand is half of maxDemand, rounded down, unless it is given', () => {
    expect(windowOf({ demand: { max: 7 } })).toEqual({ max: 7, min: 3 })
    expect(windowOf({ demand: { max: 1 } })).toEqual({ max: 1, min: 0 })
    expect(windowOf({ demand: { max: 10, min: 8 } })).toEqual({ max: 10, min: 8 })
  })

  test('D1: with concurrency it is two calls for each slot, 128 at least; a call of a per-message shape is one message', () => {
    expect(windowOf({ concurrency: 2 })).toEqual({ max: 128, min: 64 })
    expect(windowOf({ concurrency: 64 }).max).toBe(128)
    expect(windowOf({ concurrency: 65 }).max).toBe(130)
    expect(windowOf({ concurrency: 800 }).max).toBe(1600)
  })

  test('D1: a call of `handle` is `callSize` messages, 100 where nothing is said', () => {
    expect(windowOf({ concurrency: 8 }, handling).max).toBe(1600)
    expect(windowOf({ concurrency: 8, callSize: 200 }, handling).max).toBe(3200)
    expect(windowOf({ concurrency: 1, callSize: 5000 }, handling).max).toBe(1000)
  })

  test('D1: a window counts parts: behind batches of 300 it is ⌈1000 ÷ 300⌉, also further down, until they are taken apart', () => {
    const apart = stage(({ child }) => ({ handle: (batches) => batches.map((batch) => child(batch, batch.data)) }), {
      parts: 1,
    })
    const { graph } = kernel({
      source: { component: new Source({ queue: {} }).component },
      batches: { component: batching(300), from: ['source'] },
      changed: { component: passing, from: ['batches'] },
      apart: { component: apart, from: ['changed'] },
      sink: { component: discarding, from: ['apart'] },
    })
    expect(graph.edges.map(({ window }) => window.max)).toEqual([1000, 4, 4, 1000])
  })

  test('D1: what the edge says goes before what the node says', () => {
    const source = new Source({ queue: {} })
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: discarding, from: [asking('source', 5)], settings: { demand: { max: 9, min: 1 } } },
    })
    expect(graph.edge('source', 'sink').window).toMatchObject({ max: 5, min: 1 })
  })

  test('D1: after the first ask, only what was handled is asked for again', () => {
    const source = new Source({ upTo: 30, give: (count) => Math.min(count, 3) })
    const { graph } = kernel({
      source: { component: source.component },
      sink: { component: discarding, from: [asking('source', 10)] },
    })
    expect(figures(graph.edge('source', 'sink'))).toMatchObject({ asked: 40, dispatched: 30, credit: 10 })
    expect(source.outcomes).toEqual(range(30).map((n) => `${n}: acked`))
  })
})
