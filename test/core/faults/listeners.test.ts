import { expect, test } from 'vitest'
import type { Log } from '../../../src/core/component.ts'
import { Graph } from '../../../src/core/graph.ts'
import type { GraphOptions } from '../../../src/core/graph-options.ts'
import type { PipelineSpec } from '../../../src/core/spec.ts'
import { consumer, Source } from '../../support/kernel.ts'
import { ManualEnv } from '../../support/manual-env.ts'

const throwing = (): never => {
  throw new Error('of the listener')
}

/** A pipeline all of whose messages fail, one every second. */
function failing(listeners: Partial<GraphOptions>) {
  const env = new ManualEnv()
  const warned: object[] = []
  const log: Log = {
    debug() {},
    info() {},
    error() {},
    warn: (message, fields) => void warned.push({ message, ...fields }),
  }
  const source = new Source({ queue: {} })
  const sink = consumer(() => ({
    each: () => {
      throw new Error('of the handler')
    },
  }))
  const spec: PipelineSpec = {
    name: 'test',
    stopTimeoutMs: 1000,
    memoryBytes: 2 ** 30,
    nodes: [
      { name: 'source', component: source.component, from: [], settings: {} },
      { name: 'sink', component: sink, from: [{ from: 'source' }], settings: {} },
    ],
  }
  const graph = new Graph(spec, { env, log, ...listeners })
  void graph.start()
  env.run()
  const fail = (count: number): void => {
    for (let second = 0; second < count; second++) {
      source.push(second)
      env.run()
      env.advance(1000)
    }
  }
  return { graph, source, warned, fail }
}

test('a listener that throws when a message has failed changes nothing, and is logged once in ten seconds', () => {
  const { graph, source, warned, fail } = failing({ onMessageFailed: throwing })
  fail(10)
  expect(source.outcomes).toHaveLength(10)
  expect(graph.state).toBe('running')
  expect(warned).toEqual([
    { message: '`onMessageFailed` of the graph threw, which changes nothing', error: 'of the listener' },
  ])
  fail(10)
  expect([graph.state, warned.length]).toEqual(['running', 2])
})

test('a log that throws as well changes nothing either', () => {
  const log = { debug: throwing, info: throwing, warn: throwing, error: throwing }
  const { graph, source, fail } = failing({ onMessageFailed: throwing, log })
  fail(3)
  expect([graph.state, source.outcomes.length]).toEqual(['running', 3])
})
