import { describe, expect, test } from 'vitest'
import { checkPipeline } from '../../src/core/check.ts'
import type { ConsumerComponent, EdgeSpec, NodeSettings } from '../../src/core/spec.ts'
import { batching, consumer as consumerOf, discarding, passing, Source } from '../support/kernel.ts'

interface Written {
  readonly stage?: NodeSettings
  readonly stageFrom?: Partial<EdgeSpec>
  readonly consumer?: NodeSettings
  readonly end?: ConsumerComponent
}

/** What is said of source → stage → consumer. */
function problems({ stage = {}, stageFrom = {}, consumer = {}, end = discarding }: Written, component = passing) {
  const found = checkPipeline({
    name: 'test',
    stopTimeoutMs: 1000,
    memoryBytes: 2 ** 30,
    nodes: [
      { name: 'source', component: new Source().component, from: [], settings: {} },
      { name: 'stage', component, from: [{ from: 'source', ...stageFrom }], settings: stage },
      { name: 'consumer', component: end, from: [{ from: 'stage' }], settings: consumer },
    ],
  })
  return found.map(({ severity, node, setting, message }) => [severity, node, setting.join('.'), message])
}

describe('demand windows and concurrency', () => {
  test('the default window is large enough for any concurrency', () => {
    expect(problems({ consumer: { concurrency: 5000 } })).toEqual([])
    expect(problems({ consumer: { concurrency: 50, callSize: 100 } })).toEqual([])
  })

  test('a window smaller than the calls of its node is a warning, at the setting', () => {
    const message = 'stage asks for 8 messages at most: too few for its 16 calls at once'
    expect(problems({ stage: { concurrency: 16, demand: { max: 8 } } })).toEqual([
      ['warning', 'stage', 'demand', message],
    ])
    expect(problems({ stage: { concurrency: 16 }, stageFrom: { demand: { max: 8 } } })).toEqual([
      ['warning', 'stage', 'from.source.demand', message],
    ])
  })

  test('calls of several messages need as many times more', () => {
    const settings = { concurrency: 4, callSize: 10, demand: { max: 39 } }
    const end = consumerOf(() => ({ handle: () => {} }))
    expect(problems({ consumer: settings, end })).toEqual([
      ['warning', 'consumer', 'demand', 'consumer asks for 39 messages at most: too few for its 4 calls at once'],
    ])
    expect(problems({ consumer: { ...settings, demand: { max: 40 } }, end })).toEqual([])
  })

  test('a window smaller than the calls of the stage that gives is a warning at whoever asks', () => {
    expect(problems({ stage: { concurrency: 64 }, consumer: { demand: { max: 10 } } })).toEqual([
      [
        'warning',
        'consumer',
        'demand',
        'consumer asks stage for 10 messages at most: too few for the 64 calls at once of stage',
      ],
    ])
  })

  test('with one call at a time any window will do', () => {
    expect(problems({ stage: { demand: { max: 1 } }, consumer: { demand: { max: 1 } } })).toEqual([])
  })

  test('batches larger than what may be held can never be full', () => {
    expect(problems({ stage: { maxHeld: 50 } }, batching(100))).toEqual([
      ['warning', 'stage', 'maxHeld', 'stage may hold 50 messages: its batches of 100 can never be full'],
    ])
    expect(problems({ stage: { maxHeld: 100 } }, batching(100))).toEqual([])
  })
})
