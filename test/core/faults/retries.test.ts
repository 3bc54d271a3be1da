import { describe, expect, test } from 'vitest'
import { busyError } from '../../../src/core/errors.ts'
import type { Message } from '../../../src/core/message.ts'
import type { Worker } from '../../../src/core/worker.ts'
import { Deferred } from '../../../src/testing/simulator/world.ts'
import { consumer, kernel, range, Source } from '../../support/kernel.ts'
import { ManualEnv } from '../../support/manual-env.ts'

const fails = (text: string) => (): never => {
  throw new Error(text)
}

test.each([NaN, Infinity, -5])(
  'A3: a place that asks to be left alone for %d ms is probed as if it had not',
  (retryAfterMs) => {
    const source = new Source({ upTo: 1 })
    let calls = 0
    const sink = consumer(() => ({
      each: () => {
        if (++calls > 100) throw new Error('probed without a pause')
        if (calls < 3) throw busyError('BUSY', 'busy', { retryAfterMs })
      },
    }))
    const { env } = kernel({ source: { component: source.component }, sink: { component: sink, from: ['source'] } })
    expect(calls).toBe(1)
    env.advance(60_000)
    expect(source.outcomes).toEqual(['0: acked'])
    expect(calls).toBe(3)
  },
)

/** One that tells of timers that are due at once, of which a waiting call needs none. */
class WatchingEnv extends ManualEnv {
  immediate = 0
  override after(delayMs: number, callback: () => void) {
    if (delayMs <= 0 && ++this.immediate > 50) throw new Error('a timer of 0 ms is set over and over')
    return super.after(delayMs, callback)
  }
}

test('D11: the second half of a call waits for the slot of the first without a timer', () => {
  const gates: Deferred[] = []
  const source = new Source({ upTo: 4 })
  const halving = consumer(() => ({
    handle: () => {
      gates.push(new Deferred())
      return gates.at(-1)!
    },
  }))
  const env = new WatchingEnv()
  kernel({ source: { component: source.component }, sink: { component: halving, from: ['source'] } }, { env })
  gates[0]!.reject(new Error('one of them'))
  env.run()
  expect(gates).toHaveLength(2)
  env.advance(1000)
  expect(env.immediate).toBe(0)
  gates[1]!.resolve(undefined)
  env.run()
  gates[2]!.resolve(undefined)
  env.run()
  expect(source.outcomes).toEqual(range(4).map((n) => `${n}: acked`))
})

describe('A3: one message that fails over and over is no outage, also where there is I/O', () => {
  test('A3: in a call of many that is halved', () => {
    const bulk = consumer(() => ({
      handle: (messages) => {
        if ((messages as readonly { data: unknown }[]).some(({ data }) => data === 0)) throw new Error('poison')
      },
    }))
    const source = new Source({ upTo: 100 })
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: { component: { ...bulk, io: true }, from: ['source'], settings: { retry: { attempts: 5 } } },
    })
    env.advance(10 * 60_000)
    expect(source.outcomes.filter((outcome) => !outcome.endsWith('acked'))).toEqual(['0: poison'])
    expect(graph.state).toBe('finished')
  })

  test('A3: by itself, with more attempts than are looked at', () => {
    const each = consumer(() => ({ each: (n: number) => (n === 0 ? fails('poison')() : undefined) }))
    const source = new Source({ upTo: 10 })
    const { env, graph } = kernel({
      source: { component: source.component },
      sink: { component: { ...each, io: true }, from: ['source'], settings: { retry: { attempts: 15 } } },
    })
    env.advance(60 * 60_000)
    expect(source.outcomes.filter((outcome) => !outcome.endsWith('acked'))).toEqual(['0: poison'])
    expect(graph.state).toBe('finished')
  })
})

test('A3: calls that are due together when the budget is spent are made when there is some again', () => {
  const failed = new Set<number>()
  const source = new Source({ upTo: 60 })
  const sink = consumer(() => ({
    each: (n: number) => {
      if (failed.has(n)) return
      failed.add(n)
      throw new Error('the first time')
    },
  }))
  const { env, graph } = kernel({
    source: { component: source.component },
    sink: {
      component: sink,
      from: ['source'],
      settings: { order: 'none', maxParked: 0, retry: { attempts: 2, backoff: { initialMs: 1, maxMs: 1 } } },
    },
  })
  env.advance(120_000)
  expect(source.outcomes.toSorted()).toEqual(
    range(60)
      .map((n) => `${n}: acked`)
      .toSorted(),
  )
  expect(graph.state).toBe('finished')
})

test('D23: an open circuit is not probed with what nobody waits for any more', () => {
  const times: number[] = []
  const source = new Source({ queue: {}, details: () => ({ deadline: 1_700_000_000_000 + 2000 }) })
  const { env, graph } = kernel({
    source: { component: source.component },
    sink: {
      component: consumer(() => ({
        each: () => {
          times.push(env.now())
          throw busyError('BUSY', 'busy', { retryAfterMs: 100 })
        },
      })),
      from: ['source'],
    },
  })
  source.push(1)
  env.advance(60_000)
  expect(Math.max(...times)).toBeLessThan(2000)
  expect(source.outcomes).toEqual(['1: acked'])
  expect(graph.stats().unacked).toBe(0)
})

/** Time passes while something is done, as it does for anybody whose input is never empty. */
class PassingEnv extends ManualEnv {
  #looks = 0
  override now(): number {
    return super.now() + 0.01 * this.#looks++
  }
}

test('D12: what waited for its key goes before what comes next, so that in the end nothing waits, however much comes', () => {
  const source = new Source({ upTo: 100_000 })
  const env = new PassingEnv()
  let tries = 0
  let isIdle: boolean | undefined
  const sink = consumer(() => ({
    each: (n: number) => {
      if (n === 0 && ++tries < 3) throw new Error('not yet')
      if (n === 90_000) ({ isIdle } = (graph.node('sink') as Worker).pump)
    },
  }))
  const settings = { order: 'key', key: ({ data }: Message) => (data as number) % 10 } as const
  const { graph } = kernel(
    {
      source: { component: source.component },
      sink: {
        component: sink,
        from: ['source'],
        settings: { ...settings, retry: { attempts: 5, backoff: { initialMs: 1, maxMs: 1 } } },
      },
    },
    { env },
  )
  env.advance(1000)
  expect(tries).toBe(3)
  expect(isIdle).toBe(true)
  expect(source.outcomes).toHaveLength(100_000)
})
