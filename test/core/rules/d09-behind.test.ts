import { expect, test } from 'vitest'
import { Scheduler, type Runnable } from '../../../src/core/scheduler.ts'
import { ManualEnv } from '../../support/manual-env.ts'

/** A node that notes its turns. */
class Noting implements Runnable {
  isScheduled = false
  isHeavy = false
  readonly #name: string
  readonly #turns: string[]
  readonly #then: () => void

  constructor(name: string, turns: string[], then: () => void = () => {}) {
    this.#name = name
    this.#turns = turns
    this.#then = then
  }

  turn(): void {
    this.#turns.push(this.#name)
    this.#then()
  }

  took(): boolean {
    return false
  }
}

test('D9: nodes with messages go before those that only got credit', () => {
  const env = new ManualEnv()
  const scheduler = new Scheduler(env)
  const turns: string[] = []
  scheduler.scheduleBehind(new Noting('credit', turns))
  scheduler.schedule(new Noting('data', turns))
  env.run()
  expect(turns).toEqual(['data', 'credit'])
})

test('D9: a node that only got credit has its turn, also while others are ready for ever', () => {
  const env = new ManualEnv()
  const scheduler = new Scheduler(env)
  const turns: string[] = []
  const busy: Noting = new Noting('busy', turns, () => {
    if (turns.length < 1000) scheduler.schedule(busy)
  })
  scheduler.schedule(busy)
  scheduler.scheduleBehind(new Noting('credit', turns))
  env.run()
  expect(turns.indexOf('credit')).toBeGreaterThan(0)
  expect(turns.indexOf('credit')).toBeLessThanOrEqual(65)
})
