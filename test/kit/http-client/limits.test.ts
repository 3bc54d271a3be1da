import { expect, test } from 'vitest'
import type { Clock } from '../../../src/core/component.ts'
import { Limits } from '../../../src/kit/http-client/limits.ts'
import { ManualEnv } from '../../../src/testing/manual-env.ts'

const late = (): Error => new Error('late')

function start(timeoutMs: number): { env: ManualEnv; limits: Limits } {
  const env = new ManualEnv()
  const clock: Clock = { now: () => env.now(), date: () => env.date(), after: (ms, call) => env.after(ms, call) }
  return { env, limits: new Limits(clock, timeoutMs) }
}

/** A call that says whether it was asked for its signal. */
function call(): { readonly signal: AbortSignal; asked: number; controller: AbortController } {
  const controller = new AbortController()
  const made = {
    asked: 0,
    controller,
    get signal() {
      made.asked++
      return controller.signal
    },
  }
  return made
}

test('limits: each request is given up when its own time is over, by one timer', async () => {
  const { env, limits } = start(5_000)
  const first = limits.begin(call(), late)
  await env.advanceAsync(3_000)
  const second = limits.begin(call(), late)
  expect(env.timers).toBe(1)
  await env.advanceAsync(2_000)
  expect([first.aborted, second.aborted]).toEqual([true, false])
  expect(first.reason).toMatchObject({ message: 'late' })
  await env.advanceAsync(3_000)
  expect(second.aborted).toBe(true)
  expect(env.timers).toBe(0)
})

test('limits: a call is asked for its signal when it has lasted a second, and not before', async () => {
  const { env, limits } = start(5_000)
  const [short, long] = [call(), call()]
  limits.end(limits.begin(short, late))
  const limit = limits.begin(long, late)
  await env.advanceAsync(999)
  expect([short.asked, long.asked]).toEqual([0, 0])
  await env.advanceAsync(1)
  expect([short.asked, long.asked]).toEqual([0, 1])
  long.controller.abort(new Error('stopped'))
  expect(limit.reason).toMatchObject({ message: 'stopped' })
})

test('limits: a call that is over by then gives its request up at once', async () => {
  const { env, limits } = start(5_000)
  const ended = call()
  let heard = 0
  const limit = limits.begin(ended, late)
  limit.once('abort', () => heard++)
  ended.controller.abort(new Error('over'))
  await env.advanceAsync(1_000)
  expect([limit.aborted, heard]).toEqual([true, 1])
})

test('limits: a request that has ended hears nothing more', async () => {
  const { env, limits } = start(5_000)
  const made = call()
  let heard = 0
  const limit = limits.begin(made, late)
  limit.once('abort', () => heard++)
  await env.advanceAsync(1_500)
  limits.end(limit)
  made.controller.abort()
  await env.advanceAsync(10_000)
  expect([limit.aborted, heard, env.timers]).toEqual([false, 0, 0])
})
