import * as rxjs from 'rxjs'
import { expect, test } from 'vitest'
import { clockScheduler } from '../../src/kit/observable/scheduler.ts'
import { ManualEnv } from '../support/manual-env.ts'

function scheduled() {
  const env = new ManualEnv()
  return { env, scheduler: clockScheduler(rxjs, env) }
}

test('scheduler: work is done when it is due on the clock, and its `now` is a date', () => {
  const { env, scheduler } = scheduled()
  const seen: unknown[] = []
  scheduler.schedule((state) => void seen.push(state), 100, 'late')
  scheduler.schedule((state) => void seen.push(state), 0, 'soon')
  expect(scheduler.now()).toBe(env.date())
  env.advance(99)
  expect(seen).toEqual(['soon'])
  env.advance(1)
  expect(seen).toEqual(['soon', 'late'])
  expect(scheduler.now()).toBe(env.date())
})

test('scheduler: work that schedules itself comes again until it is unsubscribed from, and leaves no timer', () => {
  const { env, scheduler } = scheduled()
  const seen: number[] = []
  const subscription = scheduler.schedule<number>(
    function (count) {
      seen.push(count)
      this.schedule(count + 1, 10)
      if (count === 3) subscription.unsubscribe()
    },
    10,
    0,
  )
  env.advance(1_000)
  expect(seen).toEqual([0, 1, 2, 3])
  expect(env.timers).toBe(0)
})

test('scheduler: what was unsubscribed from can’t be scheduled any more', () => {
  const { env, scheduler } = scheduled()
  let calls = 0
  scheduler.schedule(function () {
    calls++
    this.unsubscribe()
    this.schedule(undefined, 10)
  }, 10)
  env.advance(1_000)
  expect(calls).toBe(1)
  expect(env.timers).toBe(0)
})
