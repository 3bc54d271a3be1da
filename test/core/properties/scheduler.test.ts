import { fc, test } from '@fast-check/vitest'
import { expect, test as plainTest } from 'vitest'
import { RunQueue, Scheduler, type Runnable } from '../../../src/core/scheduler.ts'
import { realEnv } from '../../../src/core/env.ts'
import { LoopEnv } from '../../support/loop-env.ts'
import { range } from '../../support/kernel.ts'

class Player implements Runnable {
  isScheduled = false
  isHeavy = true
  readonly number: number
  readonly #turn: (number: number) => void

  constructor(number: number, turn: (number: number) => void) {
    this.number = number
    this.#turn = turn
  }

  turn(): void {
    this.#turn(this.number)
  }
  took(): boolean {
    return false
  }
}

test.prop([
  fc.integer({ min: 1, max: 40 }),
  fc.array(fc.array(fc.nat({ max: 39 }), { maxLength: 4 }), { minLength: 1, maxLength: 200 }),
])(
  'D9: whoever becomes ready runs after exactly those that were ready before, whoever wakes whom',
  (players, wakes) => {
    const env = new LoopEnv()
    const scheduler = new Scheduler(env)
    const expected: number[] = []
    const seen: number[] = []
    let round = 0
    const wake = (number: number): void => {
      const player = all[number % players]!
      if (!player.isScheduled) expected.push(player.number)
      scheduler.schedule(player)
    }
    const all = range(players).map(
      (number) =>
        new Player(number, () => {
          seen.push(number)
          env.spend(0.7)
          for (const other of wakes[round++] ?? []) wake(other)
        }),
    )
    wakes[0]!.forEach(wake)
    env.run()
    expect(seen).toEqual(expected)
    expect(all.some(({ isScheduled }) => isScheduled)).toBe(false)
  },
)

test.prop([fc.array(fc.oneof(fc.constant('push' as const), fc.constant('shift' as const)), { maxLength: 300 })])(
  'D9: the ring of ready nodes is a queue, however it grows and wraps',
  (operations) => {
    const ring = new RunQueue()
    const model: Runnable[] = []
    for (const operation of operations) {
      if (operation === 'push') {
        const player = new Player(model.length, () => {})
        ring.push(player)
        model.push(player)
      } else if (model.length > 0) expect(ring.shift()).toBe(model.shift())
      expect(ring.length).toBe(model.length)
    }
    while (model.length > 0) expect(ring.shift()).toBe(model.shift())
  },
)

plainTest('D9: in a real process, timers and immediates run while a node is always ready', async () => {
  const scheduler = new Scheduler(realEnv)
  let isOver = false
  let turns = 0
  const busy = new Player(0, () => {
    turns++
    if (!isOver) scheduler.schedule(busy)
  })
  scheduler.schedule(busy)
  await new Promise((resolve) => setTimeout(resolve, 1))
  await new Promise((resolve) => setImmediate(resolve))
  isOver = true
  expect(turns).toBeGreaterThan(0)
})
