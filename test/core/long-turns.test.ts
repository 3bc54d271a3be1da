import { expect, test } from 'vitest'
import { Scheduler, type Runnable } from '../../src/core/scheduler.ts'
import { LoopEnv } from '../support/loop-env.ts'

function node(turn: () => void, isHeavy: boolean): Runnable {
  return { isScheduled: false, isHeavy, turn, took: () => false }
}

test('a turn of half a second is told with its node, a shorter one is not', () => {
  const env = new LoopEnv()
  const scheduler = new Scheduler(env)
  const told: [Runnable | undefined, number][] = []
  scheduler.onLongTurn = (which, elapsedMs) => told.push([which, elapsedMs])
  const quick = node(() => env.spend(499), true)
  const slow = node(() => env.spend(500), true)
  for (const each of [quick, slow]) scheduler.schedule(each)
  env.run()
  expect(told).toEqual([[slow, 500]])
})

test('one among turns that are measured together is told without a node', () => {
  const env = new LoopEnv()
  const scheduler = new Scheduler(env)
  const told: (Runnable | undefined)[] = []
  scheduler.onLongTurn = (which) => told.push(which)
  const light = Array.from({ length: 40 }, (_, index) => node(() => env.spend(index === 3 ? 2000 : 0), false))
  for (const each of light) scheduler.schedule(each)
  env.run()
  expect(told).toEqual([undefined])
})
