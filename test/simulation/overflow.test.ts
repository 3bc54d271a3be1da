import { describe, expect, test } from 'vitest'
import { ModelOverflow } from '../../src/testing/simulator/model-overflow.ts'
import { OverflowReader } from '../../src/core/overflow-reader.ts'
import { simulateOverflow } from '../../src/testing/simulator/overflow-run.ts'
import { Deferred } from '../../src/testing/simulator/world.ts'

const SEEDS = 1000

describe('simulated overflow', () => {
  test('the same seed does the same again', () => {
    for (let seed = 1; seed <= 20; seed++) expect(simulateOverflow(seed)).toEqual(simulateOverflow(seed))
  })

  test(`what is acknowledged is handled, in order, over ${SEEDS} seeds of kills, stops, lost owners and a store that refuses`, () => {
    const total = { crashes: 0, stops: 0, ownersLost: 0, stored: 0, messages: 0, dropped: 0, rejected: 0 }
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = simulateOverflow(seed)
      expect(outcome.violation, `seed ${seed}`).toBeUndefined()
      for (const name of Object.keys(total) as (keyof typeof total)[]) total[name] += outcome[name]
    }
    for (const [name, count] of Object.entries(total)) expect(count, name).toBeGreaterThan(SEEDS / 10)
  })

  test('an overflow that forgets a message is caught (canary)', () => {
    const { take } = OverflowReader.prototype
    OverflowReader.prototype.take = function (this: OverflowReader, room) {
      return take.call(this, room).filter(({ id }) => !id.endsWith('7'))
    }
    try {
      expect(violationOf(20)).toBeDefined()
    } finally {
      OverflowReader.prototype.take = take
    }
  })

  test('a store that confirms before it has stored is caught (canary)', () => {
    const { append } = ModelOverflow.prototype
    ModelOverflow.prototype.append = function (this: ModelOverflow, messages) {
      const stored = new Deferred()
      stored.resolve(undefined)
      return { ...append.call(this, messages), stored: stored as PromiseLike<void> }
    }
    try {
      expect(violationOf(20)).toBeDefined()
    } finally {
      ModelOverflow.prototype.append = append
    }
  })
})

function violationOf(seeds: number): string | undefined {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = simulateOverflow(seed)
    if (violation !== undefined) return violation.invariant
  }
  return undefined
}
