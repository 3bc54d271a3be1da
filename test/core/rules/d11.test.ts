import { afterEach, describe, expect, test, vi } from 'vitest'
import { LoopEnv } from '../../support/loop-env.ts'
import { discarding, Gate, kernel, passing, Source, consumer } from '../../support/kernel.ts'

afterEach(() => void vi.unstubAllGlobals())

describe('D11: idle costs nothing', () => {
  test('D11: an idle pipeline has no timer and no task', () => {
    const env = new LoopEnv()
    const source = new Source({ queue: {} })
    const { graph } = kernel(
      {
        source: { component: source.component },
        stage: { component: passing, from: ['source'] },
        sink: { component: discarding, from: ['stage'] },
      },
      { env },
    )
    source.push(1, 2, 3)
    env.run()
    let turns = 0
    graph.scheduler.onTurn = () => turns++
    env.microtasks = 0
    env.immediates = 0
    for (let minute = 0; minute < 60; minute++) {
      env.spend(60_000)
      env.run()
    }
    expect([turns, env.microtasks, env.immediates]).toEqual([0, 0, 0])
  })

  test('D11: synchronous calls set no timer, asynchronous ones one per node', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      stage: { component: passing, from: ['source'] },
      sink: { component: gate.consumer, from: ['stage'], settings: { concurrency: 50 } },
    })
    expect(env.timersSet).toBe(0)
    for (let n = 0; n < 40; n++) {
      source.push(n)
      env.advance(10)
    }
    expect(gate.calls).toHaveLength(40)
    expect(env.mostTimers).toBe(1)
  })

  test('D11: that timer is at the earliest deadline', () => {
    const gate = new Gate()
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      sink: {
        component: gate.consumer,
        from: ['source'],
        settings: { concurrency: 5, timeoutMs: 1000, giveUpAfterMs: 0 },
      },
    })
    source.push('a')
    env.advance(300)
    source.push('b')
    env.run()
    expect(env.nextTimerInMs).toBe(700)
    env.advance(700)
    expect(source.outcomes).toEqual(['"a": SLUICE_CALL_TIMEOUT'])
    expect(env.nextTimerInMs).toBe(300)
  })

  test('D11: a busy node sets a timer per timeout, not per call', () => {
    const gate = new Gate()
    const { env } = kernel({
      source: { component: new Source({ upTo: 500 }).component },
      sink: { component: gate.consumer, from: ['source'], settings: { timeoutMs: 1000 } },
    })
    for (let call = 0; call < 500; call++) {
      gate.calls[call]!.resolve()
      env.advance(10)
    }
    expect(gate.calls).toHaveLength(500)
    expect(env.timersSet).toBeLessThanOrEqual(10)
  })

  test('D11: `call.signal` is made when it is first read', () => {
    let made = 0
    class Counting extends AbortController {
      constructor() {
        super()
        made++
      }
    }
    vi.stubGlobal('AbortController', Counting)
    const source = new Source({ queue: {} })
    const { env } = kernel({
      source: { component: source.component },
      sink: {
        component: consumer(() => ({ each: (n: number, _message, call) => void (n === 7 && call.signal.aborted) })),
        from: ['source'],
      },
    })
    source.push(1, 2, 3)
    env.run()
    expect(made).toBe(0)
    source.push(7)
    env.run()
    expect(made).toBe(1)
  })
})
