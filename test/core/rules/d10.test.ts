import { describe, expect, test } from 'vitest'
import type { StageComponent } from '../../../src/core/spec.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { LoopEnv } from '../../support/loop-env.ts'
import { asking, consumer, Gate, kernel, range, Source, stage, stuck } from '../../support/kernel.ts'

/** A stage that notes how many messages each call has, and takes `msEach` over each of them. */
function noting(sizes: number[], work: () => void = () => {}): StageComponent {
  return stage(() => ({
    handle: (messages) => {
      sizes.push(messages.length)
      for (let left = messages.length; left > 0; left--) work()
      return messages
    },
  }))
}

describe('D10: how much a turn takes', () => {
  test('D10: a synchronous node takes all that has arrived, once it is known for one', () => {
    const sizes: number[] = []
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      noting: { component: noting(sizes), from: ['source'] },
      sink: { component: consumer(() => ({ each: () => {} })), from: ['noting'] },
    })
    source.push(1, 2, 3)
    env.run()
    source.push(...Array.from({ length: 700 }, (_, n) => n))
    env.run()
    expect(sizes).toEqual([3, 700])
  })

  test('D10: an asynchronous per-message node takes one for each slot', () => {
    const gate = new Gate()
    kernel({
      source: { component: new Source({ upTo: 50 }).component },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 4 } },
    })
    expect(gate.calls).toHaveLength(4)
  })

  test('D10: an asynchronous `handle` gets up to callSize, 100 where nothing is said', () => {
    const sizes: number[] = []
    const answers: Deferred[] = []
    const handling = consumer(() => ({
      handle: (messages) => {
        sizes.push(messages.length)
        answers.push(new Deferred())
        return answers.at(-1)
      },
    }))
    const run = (settings: { callSize?: number }): void => {
      sizes.length = 0
      answers.length = 0
      const { env } = kernel({
        source: { component: new Source({ upTo: 250 }).component },
        sink: { component: handling, from: ['source'], settings },
      })
      for (let call = 0; call < answers.length; call++) {
        answers[call]!.resolve(undefined)
        env.run()
      }
    }
    run({})
    expect(sizes).toEqual([100, 100, 50])
    run({ callSize: 120 })
    expect(sizes).toEqual([120, 120, 10])
  })

  test('D10: never more than there is credit for below', () => {
    const sizes: number[] = []
    kernel({
      source: { component: new Source({ upTo: 500 }).component },
      noting: { component: noting(sizes), from: ['source'] },
      sink: { component: stuck, from: [asking('noting', 30)] },
    })
    expect(sizes).toEqual([30])
  })

  test('D10: what a stage that holds gives beyond credit is kept, and it takes nothing while it is', () => {
    const sizes: number[] = []
    const passingOn = stage(
      () => ({
        handle: (messages) => {
          sizes.push(messages.length)
          return messages
        },
      }),
      { holds: true },
    )
    const { graph } = kernel({
      source: { component: new Source({ upTo: 5000 }).component },
      passingOn: { component: passingOn, from: [asking('source', 60)] },
      sink: { component: stuck, from: [asking('passingOn', 20)] },
    })
    expect(sizes).toEqual([60])
    expect(graph.node('passingOn').outlet!.keptCount).toBe(40)
  })

  test('D10: a turn that is longer than a slice cuts the next one to what fills a slice, and shorter ones let it grow back', () => {
    const env = new LoopEnv()
    const sizes: number[] = []
    let msEach = 1
    const source = new Source({ queue: {} })
    kernel(
      {
        source: { component: source.component },
        noting: { component: noting(sizes, () => env.spend(msEach)), from: ['source'] },
        sink: { component: consumer(() => ({ each: () => {} })), from: ['noting'] },
      },
      { env },
    )
    const burst = (): number[] => {
      sizes.length = 0
      source.push(...range(64))
      env.run()
      return sizes
    }
    // Light turns share a reading of the clock, so it takes a few until a heavy one is noticed.
    const slow = range(16).flatMap(() => [...burst()])
    // 64 ms are too long; 4 are not. Turns in which nothing came say nothing.
    expect(slow[slow.lastIndexOf(64) + 1]).toBe(5)
    expect(Math.max(...slow.slice(-16))).toBeLessThanOrEqual(5)
    msEach = 0.001
    expect(burst()).toEqual([5, 10, 20, 29])
    expect(
      range(4)
        .map(() => burst().length)
        .at(-1),
    ).toBe(1)
  })
})
