import { describe, expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { discarding, kernel, Sink, Source, stage } from '../../support/kernel.ts'

const fails = (text: string) => (): never => {
  throw new Error(text)
}

describe('D14: a restart that is under way when the graph ends', () => {
  test('D14: nothing is made or opened after the end, and no timer is left', async () => {
    const made: string[] = []
    const source = new Source({ queue: {} })
    const component = stage(() => {
      made.push('create')
      return { map: (data: unknown) => data, open: () => void made.push('open'), stop: () => new Deferred() as never }
    })
    const { graph, env } = kernel(
      {
        source: { component: source.component },
        stage: { component, from: ['source'] },
        sink: { component: discarding, from: ['stage'] },
      },
      { stopTimeoutMs: 500 },
    )
    await env.settle()
    graph.restart('stage')
    env.run()
    void graph.stop()
    await env.advanceAsync(5000)
    expect(graph.state).toBe('finished')
    expect(env.timers).toBe(0)
    await env.advanceAsync(60_000)
    expect(made).toEqual(['create', 'open'])
  })

  test('D14: a `create` that throws nothing at a restart fails the pipeline, with an error', async () => {
    let instances = 0
    const source = new Source({ queue: {} })
    const component = stage(() => {
      // oxlint-disable-next-line typescript/only-throw-error -- It is what is tried.
      if (instances++ > 0) throw undefined
      return { map: (data: unknown) => data }
    })
    const { graph, env } = kernel({
      source: { component: source.component },
      stage: { component, from: ['source'] },
      sink: { component: discarding, from: ['stage'] },
    })
    await env.settle()
    graph.restart('stage')
    await env.advanceAsync(5000)
    await expect(graph.finishedReport).resolves.toMatchObject({
      outcome: 'failed',
      node: 'stage',
      error: { code: 'SLUICE_HANDLER_THREW' },
    })
  })
})

test('D14: a timer callback whose promise rejects is a fault of its node, as one that throws is', async () => {
  let instances = 0
  const source = new Source({ queue: {} })
  const sink = new Sink()
  const component = stage(({ clock }) => {
    if (instances++ === 0) clock.after(10, () => Promise.resolve().then(fails('in a timer')) as never)
    return { map: (data: unknown) => data }
  })
  const { graph, env } = kernel({
    source: { component: source.component },
    stage: { component, from: ['source'] },
    sink: { component: sink.component, from: ['stage'] },
  })
  await env.advanceAsync(100)
  expect(graph.node('stage').counters.restarts).toBe(1)
})

test('A10: a key that is a promise fails its message; that the promise rejects is nobody’s fault', async () => {
  const unhandled: unknown[] = []
  const listen = (error: unknown): void => void unhandled.push(error)
  process.on('unhandledRejection', listen)
  const source = new Source({ upTo: 1 })
  const { env } = kernel({
    source: { component: source.component, settings: { key: () => Promise.reject(new Error('no key')) } },
    sink: { component: discarding, from: ['source'] },
  })
  await env.settle()
  await env.settle()
  process.off('unhandledRejection', listen)
  expect(source.outcomes).toEqual(['0: SLUICE_KEY_INVALID'])
  expect(unhandled).toEqual([])
})
