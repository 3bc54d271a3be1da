import { describe, expect, test } from 'vitest'
import type { HandleStage } from '../../../src/core/component.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { discarding, Gate, kernel, Sink, Source, stage } from '../../support/kernel.ts'

const pending = (): PromiseLike<void> => new Deferred() as PromiseLike<unknown> as PromiseLike<void>

const fails = (): never => {
  throw new Error('broken')
}

function withStage(handlers: Pick<HandleStage, 'flush' | 'stop'>) {
  const source = new Source({ queue: {} })
  const sink = new Sink()
  const component = stage(() => ({ handle: (messages) => messages, ...handlers }))
  const made = kernel(
    {
      source: { component: source.component },
      stage: { component, from: ['source'] },
      sink: { component: sink.component, from: ['stage'] },
    },
    { stopTimeoutMs: 1000 },
  )
  return { ...made, source, sink }
}

describe('what may go wrong while it runs', () => {
  test('a timer callback that throws again and again is a fault of the node: the pipeline fails, and names it', async () => {
    const source = new Source({ queue: {} })
    const component = stage(({ clock }) => {
      clock.after(100, fails)
      return { map: (n: number) => n }
    })
    const { graph, env } = kernel({
      source: { component: source.component },
      stage: { component, from: ['source'] },
      sink: { component: new Gate().consumer, from: ['stage'] },
    })
    source.push(1)
    env.advance(100)
    env.advance(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'stage',
      error: { code: 'SLUICE_NODE_FAILED', cause: { message: 'broken' } },
    })
    expect(source.outcomes).toEqual(['1: SLUICE_PIPELINE_FAILED'])
  })

  /** Holds everything; its flush is as given. */
  function withHolder(flush: () => PromiseLike<undefined> | undefined) {
    const source = new Source({ queue: {} })
    const component = stage(({ hold }) => ({ handle: hold, flush }), { holds: true })
    const made = kernel(
      {
        source: { component: source.component },
        stage: { component, from: ['source'] },
        sink: { component: discarding, from: ['stage'] },
      },
      { stopTimeoutMs: 1000 },
    )
    source.push(1)
    made.env.run()
    return { ...made, source }
  }

  test.each([
    ['throws', fails],
    ['rejects', () => Promise.reject(new Error('broken'))],
  ])('`flush` that %s: the pipeline fails, and what was held is failed back', async (_name, flush) => {
    const { source, graph, env } = withHolder(flush)
    void graph.flush()
    await env.advanceAsync(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'stage',
      left: [{ node: 'stage', messages: 1 }],
    })
    expect(source.outcomes).toEqual(['1: SLUICE_PIPELINE_FAILED'])
  })

  test('`flush` that hangs ends at the deadline: what was held is failed back and reported', async () => {
    const { source, graph, env } = withHolder(pending as () => PromiseLike<undefined>)
    const stopped = graph.stop()
    env.advance(5000)
    await expect(stopped).resolves.toMatchObject({ outcome: 'deadline', left: [{ node: 'stage', messages: 1 }] })
    expect(source.outcomes).toEqual(['1: SLUICE_PIPELINE_STOPPED'])
  })

  test('a restart while a flush is under way: the flush of the old instance is ignored, the graph goes on', () => {
    const flushing: Deferred[] = []
    const flush = (): PromiseLike<undefined> => {
      flushing.push(new Deferred())
      return flushing.at(-1)! as PromiseLike<unknown> as PromiseLike<undefined>
    }
    const { source, sink, graph, env } = withStage({ flush })
    source.push(1)
    env.run()
    let isFlushed = false
    graph.whenFlushed(() => (isFlushed = true))
    env.run()
    graph.restart('stage')
    env.run()
    flushing[0]!.resolve([])
    env.run()
    expect(isFlushed).toBe(false)
    expect(flushing).toHaveLength(2)
    flushing[1]!.resolve(undefined)
    env.run()
    expect(isFlushed).toBe(true)
    source.push(2)
    env.run()
    expect(sink.values).toEqual([1, 2])
  })

  test('`stop` that hangs: a restart goes on without it when the timeout has passed', () => {
    const { source, sink, graph, env } = withStage({ stop: pending })
    graph.restart('stage')
    source.push(1)
    env.run()
    expect(sink.values).toEqual([])
    env.advance(30_000)
    expect(sink.values).toEqual([1])
  })

  test.each([
    ['throws', fails],
    ['hangs', pending],
  ])('`stop` that %s is logged, and the graph ends', async (_name, stop) => {
    const { graph, env, log } = withStage({ stop })
    const stopped = graph.stop()
    env.advance(10_000)
    await expect(stopped).resolves.toMatchObject({ left: [] })
    expect(log.some((line) => line.startsWith('stop failed'))).toBe(true)
  })

  test('`settle` that hangs: the graph ends at the deadline', async () => {
    const source = new Source({ queue: {} })
    const create = (context: typeof source.context) => ({ ...source.component.create(context), settle: pending })
    const { graph, env } = kernel(
      {
        source: { component: { ...source.component, create } },
        sink: { component: discarding, from: ['source'] },
      },
      { stopTimeoutMs: 1000 },
    )
    source.push(1)
    env.run()
    const stopped = graph.stop()
    env.advance(10_000)
    await expect(stopped).resolves.toMatchObject({ outcome: 'deadline' })
  })
})
