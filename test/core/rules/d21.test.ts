import { describe, expect, test } from 'vitest'
import type { FlushReason } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import type { StageComponent } from '../../../src/core/spec.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { discarding, Gate, kernel, range, Sink, Source, stage } from '../../support/kernel.ts'

/** Holds until it is asked; gives the older half for `pressure`, else everything. */
function keeping(reasons: string[] = []): StageComponent {
  return stage(
    ({ hold, clock, emit }) => {
      let held: Message[] = []
      return {
        handle: (messages) => {
          hold(messages)
          held.push(...messages)
          clock.after(3_600_000, () => emit(held.splice(0)))
        },
        flush: (reason: FlushReason) => {
          reasons.push(reason)
          return held.splice(0, reason === 'pressure' ? Math.ceil(held.length / 2) : held.length)
        },
        stop: () => void (held = []),
      }
    },
    { holds: true },
  )
}

describe('D21: maxUnacked', () => {
  test('D21: a producer is not asked for more than may be without an outcome, whatever credit there is', () => {
    const gate = new Gate()
    const source = new Source({ upTo: 100 })
    const { env } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 7 } } },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 50 } },
    })
    expect(source.made).toBe(7)
    gate.calls[3]!.resolve()
    env.run()
    expect(source.made).toBe(8)
  })

  test('D21: it gates admission: an `emit` beyond it is not taken', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { env, graph } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 5 } } },
      sink: { component: gate.consumer, from: ['source'], settings: { concurrency: 50 } },
    })
    expect(source.push(...range(8))).toBe(5)
    env.run()
    expect(source.push(9)).toBe(0)
    gate.calls[0]!.resolve()
    env.run()
    expect(source.push(9)).toBe(1)
    expect(graph.stats().unacked).toBe(5)
  })

  test('D21: it never gates what was admitted: the queue is dispatched although the limit is reached', () => {
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { env, graph } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 5 } } },
      sink: { component: sink.component, from: ['source'] },
    })
    graph.pause('source')
    expect(source.push(...range(9))).toBe(5)
    graph.resume('source')
    env.run()
    expect(sink.values).toEqual(range(5))
  })

  test('D21: a third of the pipeline’s memory bounds it in bytes', () => {
    const source = new Source({ upTo: 100, give: () => 1, details: () => ({ wireBytes: 500 }) })
    const gate = new Gate()
    kernel(
      {
        source: { component: source.component },
        sink: { component: gate.consumer, from: ['source'] },
      },
      { memoryBytes: 30_000 },
    )
    expect(source.made).toBe(10)
  })

  test('D21: until `settle` has resolved, outcomes do not make room', () => {
    const telling = new Deferred()
    const source = new Source()
    let made = 0
    const component = {
      ...source.component,
      outcomes: false as const,
      create: (context: typeof source.context) => ({
        handleDemand: (count: number) => range(Math.min(count, 100 - made)).map(() => context.message(made++)),
        settle: () => telling as PromiseLike<void>,
      }),
    }
    const { env } = kernel({
      source: { component, settings: { maxUnacked: { parts: 5 } } },
      sink: { component: discarding, from: ['source'] },
    })
    expect(made).toBe(5)
    env.advance(10_000)
    expect(made).toBe(5)
  })
})

describe('D21: holders', () => {
  test('D21: what a stage holds is at most maxHeld; at the limit it flushes for `pressure`', () => {
    const reasons: string[] = []
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { graph, env } = kernel({
      source: { component: source.component },
      keeping: { component: keeping(reasons), from: ['source'], settings: { maxHeld: 10 } },
      sink: { component: sink.component, from: ['keeping'] },
    })
    source.push(...range(9))
    env.run()
    expect(reasons).toEqual([])
    source.push(...range(5, 9))
    env.run()
    expect(reasons).toEqual(['pressure'])
    expect(sink.values).toEqual(range(5))
    expect(graph.node('keeping').counters.own.get('pressure_flushes')).toBe(1)
    expect(graph.stats().nodes[1]!.held).toBe(9)
  })

  test('D21: a producer at maxUnacked with nothing under way presses holders at once, and never waits for their timers', () => {
    const reasons: string[] = []
    const sink = new Sink()
    const source = new Source({ upTo: 40 })
    const { env, graph } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 8 } } },
      keeping: { component: keeping(reasons), from: ['source'] },
      sink: { component: sink.component, from: ['keeping'] },
    })
    expect(env.now()).toBe(0)
    expect(sink.values).toEqual(range(40))
    expect(reasons.slice(0, 2)).toEqual(['pressure', 'pressure'])
    expect(graph.state).toBe('finished')
  })

  test('D21: while something is under way it is left alone: an outcome will come', () => {
    const reasons: string[] = []
    const gate = new Gate()
    const source = new Source({ upTo: 40 })
    const { env } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 8 } } },
      keeping: { component: keeping(reasons), from: ['source'] },
      sink: { component: gate.consumer, from: ['keeping'], settings: { concurrency: 2 } },
    })
    expect(reasons).toEqual(['pressure'])
    env.advance(1000)
    expect(reasons).toEqual(['pressure'])
  })

  test('D21: an emission that maxUnacked refused presses holders as well', () => {
    const reasons: string[] = []
    const sink = new Sink()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component, settings: { maxUnacked: { parts: 4 } } },
      keeping: { component: keeping(reasons), from: ['source'] },
      sink: { component: sink.component, from: ['keeping'] },
    })
    source.push(1, 2, 3)
    env.run()
    expect(reasons).toEqual([])
    expect(source.context.emit(source.messages([4, 5]), { whole: true })).toBe(0)
    env.run()
    expect(reasons).toEqual(['pressure'])
    expect(sink.values).toEqual([1, 2])
  })
})
