import type { Random } from './random.ts'

/** What can go wrong, or be done to a graph, in a simulated run. */
export const FAULTS = [
  'throw',
  'outage',
  'reject',
  'hang',
  'late',
  'slow',
  'forget',
  'fail',
  'drop',
  'bad-return',
  'bad-key',
  'surplus',
  'restart',
  'cancel',
  'pause',
  'flush',
  'settle-slow',
  'settle-throws',
  'deadline',
] as const
export type Fault = (typeof FAULTS)[number]

/**
 * Which faults a run has, and how often: each seed switches on a random subset at random rates, because faults hide
 * each other (swarm testing: Groce et al., 2012).
 *
 * A fault counts where it took effect, that is where the schedule went another way because of it.
 */
export class Faults {
  readonly counts = new Map<Fault, number>()
  /** No more faults: everything must come to its end now. */
  isHealed = false
  readonly #random: Random
  readonly #rates = new Map<Fault, number>()

  constructor(random: Random, always: readonly Fault[] = []) {
    this.#random = random
    for (const fault of FAULTS) {
      if (always.includes(fault)) this.#rates.set(fault, 0.15 + random.float() * 0.35)
      else if (random.chance(0.5)) this.#rates.set(fault, random.pick([0.02, 0.05, 0.1, 0.3]))
    }
  }

  isOn(fault: Fault): boolean {
    return !this.isHealed && this.#rates.has(fault)
  }

  /** Whether this fault happens now. The caller says by `took` whether it had an effect. */
  strikes(fault: Fault): boolean {
    if (this.isHealed) return false
    const rate = this.#rates.get(fault)
    return rate !== undefined && this.#random.chance(rate)
  }

  took(fault: Fault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
  }
}
