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
  'settle-hang',
  'deadline',
  'poison',
  'poison-outage',
  'poison-hang',
  'fail-place',
  'lost-reply',
  'full-store',
  'crash',
  'clock-jump',
  'expire',
  'retry-letters',
] as const
export type Fault = (typeof FAULTS)[number]

/** After these there is less of a run left for others. */
const SELDOM: ReadonlySet<Fault> = new Set(['crash', 'poison-outage', 'poison-hang', 'deadline', 'cancel'])

export interface FaultChoice {
  readonly always?: readonly Fault[]
  readonly never?: readonly Fault[]
}

/**
 * Which faults a run has, and how often: each seed switches on a random subset at random rates, because faults hide
 * each other (swarm testing: Groce et al., 2012).
 *
 * A fault counts where it took effect, that is where the schedule went another way because of it.
 */
export class Faults {
  readonly counts = new Map<Fault, number>()
  #isHealed = false
  #whenHealed: (() => void)[] = []
  readonly #random: Random
  readonly #rates = new Map<Fault, number>()

  /** @param choice decides which faults there are, `random` when they strike. */
  constructor(random: Random, choice: Random, { always = [], never = [] }: FaultChoice) {
    this.#random = random
    for (const fault of FAULTS) {
      const rate = always.includes(fault)
        ? 0.15 + choice.float() * 0.35
        : choice.chance(SELDOM.has(fault) ? 0.25 : 0.5)
          ? choice.pick([0.02, 0.05, 0.1, 0.3])
          : undefined
      if (rate !== undefined && !never.includes(fault)) this.#rates.set(fault, rate)
    }
  }

  /** The kinds that are switched on. */
  get kinds(): Fault[] {
    return [...this.#rates.keys()]
  }

  isOn(fault: Fault): boolean {
    return !this.#isHealed && this.#rates.has(fault)
  }

  /** Whether this run has such a fault, healed or not: some things no healing mends. */
  isInRun(fault: Fault): boolean {
    return this.#rates.has(fault)
  }

  /** Whether this fault happens now. The caller says by `took` whether it had an effect. */
  strikes(fault: Fault): boolean {
    if (this.#isHealed) return false
    const rate = this.#rates.get(fault)
    return rate !== undefined && this.#random.chance(rate)
  }

  /** No more faults: everything must come to its end now. */
  get isHealed(): boolean {
    return this.#isHealed
  }

  heal(): void {
    this.#isHealed = true
    for (const healed of this.#whenHealed) healed()
    this.#whenHealed = []
  }

  /** Calls back when all is healed, which may be now. */
  whenHealed(healed: () => void): void {
    if (this.#isHealed) healed()
    else this.#whenHealed.push(healed)
  }

  /** The process is gone: nobody waits any more. */
  crash(): void {
    this.#whenHealed = []
  }

  took(fault: Fault): void {
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1)
  }
}
