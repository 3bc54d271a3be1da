import type { OverflowSpec } from '../../core/overflow-plan.ts'
import type { Random } from './random.ts'

/** An overflow to simulate, and how bad its world is. */
export interface OverflowChoice {
  readonly messages: number
  /** Of the consumer. */
  readonly concurrency: number
  readonly max: number
  readonly settings: Omit<OverflowSpec, 'createStore'>
  readonly rates: {
    /** Simulated ms: what a call of the store, and one of the consumer, takes at most. */
    readonly slow: number
    readonly consume: number
    /** How often the store refuses, and the consumer fails a message. */
    readonly refuse: number
    readonly fail: number
    /** Whether another owner may take the store. */
    readonly owner: number
  }
}

export function chooseOverflow(random: Random): OverflowChoice {
  return {
    messages: random.between(20, 150),
    concurrency: random.pick([1, 1, 3]),
    max: random.pick([1, 2, 5, 20]),
    settings: {
      memory: { parts: random.pick([2, 3, 8, 20]) },
      high: random.pick([0.3, 0.8, 1]),
      low: random.pick([0.1, 0.3]),
      mode: random.pick(['spill', 'spill', 'always']),
      delayMs: random.pick([0, 0, 10]),
      whenFull: random.pick(['block', 'block', 'block', 'reject', 'drop-oldest', 'drop-newest']),
      // A message of the model takes 100 bytes.
      limit: { bytes: random.pick([Infinity, 300, 1500]) },
    },
    rates: {
      slow: random.pick([0, 5, 60]),
      consume: random.pick([1, 10, 60]),
      refuse: random.pick([0, 0, 0.1, 0.3]),
      fail: random.pick([0, 0, 0.05]),
      owner: random.pick([0, 0, 0, 1]),
    },
  }
}
