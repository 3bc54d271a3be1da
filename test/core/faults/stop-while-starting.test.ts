import { expect, test } from 'vitest'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { consumer, kernel, Source } from '../../support/kernel.ts'

function opening() {
  const events: string[] = []
  const open = new Deferred() as Deferred & PromiseLike<void>
  const component = consumer(() => ({
    each: () => {},
    open: () => {
      events.push('open')
      return open
    },
    stop: () => void events.push('stop'),
  }))
  const made = kernel({
    source: { component: new Source({ queue: {} }).component },
    sink: { component, from: ['source'] },
  })
  return { ...made, events, open }
}

test('stopped while it opens: `start` rejects', async () => {
  const { graph, env, started } = opening()
  void graph.stop()
  env.advance(10_000)
  await expect(started).rejects.toMatchObject({ code: 'SLUICE_PIPELINE_STOPPED' })
})

test('a component that opens late is let go', async () => {
  const { graph, env, events, open } = opening()
  void graph.stop()
  env.run()
  open.resolve(undefined)
  await env.advanceAsync(10_000)
  expect(events.at(-1)).toBe('stop')
})

test('a finished node is not made again', () => {
  let opens = 0
  let stops = 0
  const component = consumer(() => ({ each: () => {}, open: () => void opens++, stop: () => void stops++ }))
  const { graph, env } = kernel({
    source: { component: new Source({ upTo: 1 }).component },
    sink: { component, from: ['source'] },
  })
  expect(graph.state).toBe('finished')
  expect(() => graph.restart('sink')).toThrow('the pipeline is finished')
  env.advance(60_000)
  expect(opens).toBe(stops)
})
