import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { bind } from '../../src/core/spec.ts'
import batch from '../../src/stages/batch.ts'
import { asking, Endless, greedy, passing, runUntilStill, stage, stuck } from './stuck.ts'

/** D1: what an edge asks for where nothing is said. */
const DEFAULT_WINDOW = 1000

const windows = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 7 })

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

/** An endless producer, as many stages as it takes, and a consumer that never asks again. */
function chain(producer: Endless, demands: readonly number[], middle = passing) {
  const last = demands.length - 1
  const nodes = demands.map((max, index) => [
    `node${index + 1}`,
    { component: index === last ? stuck : middle, from: [asking(`node${index}`, max)] },
  ])
  return runUntilStill({ node0: { component: producer.component }, ...Object.fromEntries(nodes) })
}

describe('a consumer that never asks, in front of an endless producer', () => {
  test.prop([windows])('D3 D4: a chain holds its demand windows, full, and not one message more', (demands) => {
    const producer = new Endless()
    chain(producer, demands)
    expect(producer.made).toBe(sum(demands))
  })

  test.prop([windows, fc.integer({ min: 1, max: 50 })])(
    'the same when the producer gives less than it is asked for',
    (demands, most) => {
      const producer = new Endless(most)
      chain(producer, demands)
      expect(producer.made).toBe(sum(demands))
    },
  )

  test('D1: without settings that is 1,000 for each edge', () => {
    const producer = new Endless()
    runUntilStill({
      producer: { component: producer.component },
      stage: { component: passing, from: [asking('producer')] },
      consumer: { component: stuck, from: [asking('stage')] },
    })
    expect(producer.made).toBe(2 * DEFAULT_WINDOW)
  })

  test.prop([windows])(
    'a stage that is stuck itself holds the windows up to it, and what is behind it gets nothing',
    (demands) => {
      const producer = new Endless()
      const graph = chain(
        producer,
        [...demands, 10],
        stage(() => ({ map: () => new Promise(() => {}) })),
      )
      expect(producer.made).toBe(demands[0])
      expect(graph.edges.at(-1)!.dispatched).toBe(0)
    },
  )

  test.prop([windows])('what filters drop is acked; what is held is still the windows', (demands) => {
    const producer = new Endless()
    const odd = stage(() => ({ filter: (data: number) => data % 2 === 1 }))
    const graph = chain(producer, demands, odd)
    const { ledger } = graph.producers[0]!
    expect(ledger.unacked).toBe(sum(demands))
    expect(producer.made).toBe(ledger.unacked + ledger.acked)
  })

  test('D4: a splitter has what it gave and the windows around it, whatever it is able to make', () => {
    const producer = new Endless()
    const splitting = stage(() => ({ flatMap: () => splits() }))
    const graph = chain(producer, [20, 7], splitting)
    // The first message is being pulled: 7 children have gone, the next waits for credit.
    expect(producer.made).toBe(20)
    expect(graph.edges[1]!.dispatched).toBe(7)
  })

  test('D10 D21: a batch stage takes what fills the window behind it and one call more', () => {
    const producer = new Endless()
    const batching = bind(batch, batch.options.parse({ size: 10 }))
    runUntilStill({
      producer: { component: producer.component },
      batches: { component: batching, from: [asking('producer', 20)] },
      consumer: { component: stuck, from: [asking('batches', 5)] },
    })
    // Calls of 20 make two batches each. The third call's second batch is kept; after it nothing is taken: 60 + 20 queued.
    expect(producer.made).toBe(80)
  })

  test('D21: maxUnacked bounds it where the windows are larger', () => {
    const producer = new Endless()
    runUntilStill({
      producer: { component: producer.component, settings: { maxUnacked: { parts: 30 } } },
      consumer: { component: stuck, from: [asking('producer', 100)] },
    })
    expect(producer.made).toBe(30)
  })
})

function* splits(): Generator<number> {
  for (let n = 0; ; n++) yield n
}

describe('a consumer that never asks, beside others', () => {
  const two = (dispatch: 'broadcast' | 'demand', other: typeof stuck, max: number) => {
    const producer = new Endless()
    const graph = runUntilStill({
      producer: { component: producer.component, settings: { dispatch } },
      slow: { component: stuck, from: [asking('producer', 7)] },
      other: { component: other, from: [asking('producer', max)] },
    })
    return { producer, graph }
  }

  test('D16: a broadcast stops at the smallest window, however fast the other branch is', () => {
    expect(two('broadcast', greedy, 100).producer.made).toBe(7)
    expect(two('broadcast', stuck, 100).producer.made).toBe(7)
    expect(two('broadcast', stuck, 3).producer.made).toBe(3)
  })

  test('D16: shared by demand, all windows are filled', () => {
    expect(two('demand', stuck, 100).producer.made).toBe(107)
  })

  test.prop([windows])('D16: by partition, no more than all windows together, wherever the keys lead', (demands) => {
    const producer = new Endless()
    const consumers = demands.map((max, index) => [
      `consumer${index}`,
      { component: stuck, from: [asking('producer', max)] },
    ])
    const dispatch = { partition: { by: () => 'one key for all', count: 64 } }
    runUntilStill({
      producer: { component: producer.component, settings: { dispatch } },
      ...Object.fromEntries(consumers),
    })
    expect(producer.made).toBe(sum(demands))
  })

  test('D16: a partition that is full stops the next answer of the producer', () => {
    const producer = new Endless(1)
    const dispatch = { partition: { by: () => 'one key for all', count: 2 } }
    runUntilStill({
      producer: { component: producer.component, settings: { dispatch } },
      one: { component: stuck, from: [asking('producer', 5)] },
      two: { component: stuck, from: [asking('producer', 5)] },
    })
    // Five fill the window of one partition; the sixth is kept, and while it is, nothing more is asked for (D7).
    expect(producer.made).toBe(6)
  })

  test('with two producers, each stops at the window of its own edge', () => {
    const first = new Endless()
    const second = new Endless()
    runUntilStill({
      one: { component: first.component },
      two: { component: second.component },
      consumer: { component: stuck, from: [asking('one', 40), asking('two', 9)] },
    })
    expect([first.made, second.made]).toEqual([40, 9])
  })

  test.prop([windows])('a tree holds, on each way down, no more than the windows of its narrowest', (demands) => {
    const producer = new Endless()
    const branches = demands.flatMap((max, index) => [
      [`stage${index}`, { component: passing, from: [asking('producer', max)] }],
      [`consumer${index}`, { component: stuck, from: [asking(`stage${index}`, max)] }],
    ])
    runUntilStill({ producer: { component: producer.component }, ...Object.fromEntries(branches) })
    expect(producer.made).toBe(2 * Math.min(...demands))
  })
})
