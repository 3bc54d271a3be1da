import { describe, expect, test } from 'vitest'
import { placeError } from '../../../src/core/errors.ts'
import { Random } from '../../../src/testing/simulator/random.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { flaky } from '../../support/flaky.ts'
import { consumer, kernel, Sink, Source, stage } from '../../support/kernel.ts'
import { ManualEnv } from '../../support/manual-env.ts'

describe('A3: an iterable that throws because of the place', () => {
  test.each([0, 1])('is begun anew, after it has given %d', (given) => {
    let isDown = true
    const sink = new Sink()
    const reading = stage(() => ({
      *flatMap(value: unknown) {
        for (let index = 0; index < 2; index++) {
          if (isDown && index === given) throw placeError('DOWN', 'down')
          yield [value, index]
        }
      },
    }))
    const source = new Source({ upTo: 2 })
    const { env, failures, circuits } = kernel({
      source: { component: source.component },
      stage: { component: reading, from: ['source'], settings: { order: 'input' } },
      sink: { component: sink.component, from: ['stage'] },
    })
    env.advance(60_000)
    expect(circuits).toEqual(['stage opened: down'])
    isDown = false
    env.advance(20_000)
    expect(failures).toEqual([])
    expect(sink.values.map(String).filter((text, index, all) => all.indexOf(text) === index)).toEqual([
      '0,0',
      '0,1',
      '1,0',
      '1,1',
    ])
    expect(source.outcomes.toSorted()).toEqual(['0: acked', '1: acked'])
    expect(circuits.at(-1)).toBe('stage closed')
  })
})

describe('A3: a message whose calls hang', () => {
  test.each([
    ['none', 1],
    ['none', 2],
    ['key', 1],
    ['key', 2],
  ] as const)('is found out where others come through: order %s, concurrency %d', (order, concurrency) => {
    const env = new ManualEnv()
    const done = new Set<unknown>()
    const { component } = flaky((value) => {
      const answer = new Deferred()
      if (value !== 5)
        env.after(20, () => {
          done.add(value)
          answer.resolve(undefined)
        })
      return answer
    }, true)
    const source = new Source({ upTo: 500 })
    const settings = { order, concurrency, timeoutMs: 1000, retry: { attempts: 3 } }
    const { failures, graph } = kernel(
      { source: { component: source.component }, sink: { component, from: ['source'], settings } },
      { env },
    )
    env.advance(120_000)
    expect(failures).toEqual(['sink: SLUICE_MESSAGE_SUSPECTED'])
    expect(done.size).toBe(499)
    expect(graph.state).toBe('finished')
  })
})

describe('A3: a place that refuses some of its calls by chance', () => {
  test.each([0.3, 0.5])('makes no dead letters: one of them with probability %d', (share) => {
    const random = new Random(1)
    const env = new ManualEnv()
    env.random = () => random.float()
    const { component } = place(env, () => random.float() < share, random)
    const source = new Source({ upTo: 20_000 })
    const settings = { order: 'none', concurrency: 8 } as const
    const { failures } = kernel(
      { source: { component: source.component }, sink: { component, from: ['source'], settings } },
      { env },
    )
    env.advance(600_000)
    expect(failures).toEqual([])
    expect(source.outcomes.length).toBeGreaterThan(5000)
  })
})

/** Takes from 5 to 15 ms, and refuses whom it likes. */
function place(env: ManualEnv, isRefused: () => boolean, random: Random) {
  const each = (): Deferred => {
    const answer = new Deferred()
    env.after(5 + 10 * random.float(), () => {
      if (isRefused()) answer.reject(placeError('HTTP_503', '503'))
      else answer.resolve(undefined)
    })
    return answer
  }
  return { component: { ...consumer(() => ({ each })), io: true } }
}
