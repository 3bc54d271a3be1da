import { expect, test } from 'vitest'
import type { Clock } from '../../../src/core/component.ts'
import { Limits, type Limited } from '../../../src/kit/http-client/limits.ts'
import { ManualEnv } from '../../../src/testing/manual-env.ts'

class Request implements Limited {
  readonly beganAt: number
  readonly told: string[] = []

  constructor(beganAt: number) {
    this.beganAt = beganAt
  }
  listen(): void {
    this.told.push('listen')
  }
  unlisten(): void {
    this.told.push('unlisten')
  }
}

function start(timeoutMs: number): { env: ManualEnv; limits: Limits<Request>; begin(): Request } {
  const env = new ManualEnv()
  const clock: Clock = { now: () => env.now(), date: () => env.date(), after: (ms, call) => env.after(ms, call) }
  const limits = new Limits<Request>(clock, timeoutMs, (request) => request.told.push('late'))
  const begin = (): Request => {
    const request = new Request(env.now())
    limits.add(request)
    return request
  }
  return { env, limits, begin }
}

test('limits: each request is given up when its own time is over, by one timer', async () => {
  const { env, begin } = start(900)
  const first = begin()
  await env.advanceAsync(500)
  const second = begin()
  expect(env.timers).toBe(1)
  await env.advanceAsync(400)
  expect([first.told, second.told]).toEqual([['late'], []])
  await env.advanceAsync(500)
  expect(second.told).toEqual(['late'])
  expect(env.timers).toBe(0)
})

test('limits: a request listens to its call when it has lasted a second, and not before', async () => {
  const { env, limits, begin } = start(5_000)
  const short = begin()
  limits.delete(short)
  const long = begin()
  await env.advanceAsync(999)
  expect([short.told, long.told]).toEqual([[], []])
  await env.advanceAsync(1)
  expect([short.told, long.told]).toEqual([[], ['listen']])
  await env.advanceAsync(4_000)
  expect(long.told).toEqual(['listen', 'unlisten', 'late'])
})

test('limits: a request that has ended hears nothing more, and leaves no timer', async () => {
  const { env, limits, begin } = start(5_000)
  const request = begin()
  await env.advanceAsync(1_500)
  limits.delete(request)
  await env.advanceAsync(10_000)
  expect(request.told).toEqual(['listen', 'unlisten'])
  expect(env.timers).toBe(0)
})
