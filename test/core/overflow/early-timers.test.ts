import { describe, expect, test } from 'vitest'
import type { ManualEnv } from '../../support/manual-env.ts'
import { range } from '../../support/kernel.ts'
import { HeldStore } from '../../support/overflow.ts'
import { done, spilling } from './spilling.ts'

/** Timers of Node.js count whole milliseconds of a clock that is read once a turn: most fire up to one before their time. */
function fireEarly(env: ManualEnv): void {
  const after = env.after.bind(env)
  env.after = (delayMs, callback) => after(Math.max(0.1, delayMs - 0.9), callback)
}

describe('A6, overflow: a timer that fires a little early', () => {
  test('a read that has failed is tried again, also where nothing else wakes the overflow', () => {
    const held = new HeldStore()
    const { push, handle, env, gate } = spilling({}, held)
    fireEarly(env)
    push(...range(40))
    held.holds.add('read')
    handle(20)
    expect(held.held.map(({ call }) => call)).toEqual(['read'])
    const failing = held.held.shift()!
    held.holds.delete('read')
    failing.reject(new Error('away for a moment'))
    env.run()
    handle(40)
    const before = held.calls.length
    env.advance(1000)
    expect(held.calls.length).toBeGreaterThan(before)
    handle(40)
    expect(gate.values).toEqual(range(40))
  })

  test('what has failed back is delivered again, also where nothing else wakes the overflow', () => {
    const { push, handle, gate, env } = spilling()
    fireEarly(env)
    push(...range(12))
    handle(2)
    gate.calls[2]!.reject(new Error('no'))
    done.add(gate.calls[2]!)
    env.run()
    handle(20)
    env.advance(1000)
    expect(gate.values.slice(12)).toEqual([2])
  })
})
