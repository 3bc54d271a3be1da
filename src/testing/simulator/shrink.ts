import type { Fault } from './faults.ts'
import type { Reduction } from './reduction.ts'
import { simulate, type Outcome } from './simulate.ts'

/** Runs, and tasks in them, that shrinking may take. */
const MOST_TRIES = 400
const MOST_STEPS = 4_000_000
/** With less in it a run takes another course: it gets so many chances to break the same invariant. */
const SALTS = 4

export interface Shrunk {
  readonly reduction: Reduction
  /** What is left of the run that failed, in a sentence. */
  readonly story: string
}

/** Takes away messages, nodes, kinds of faults and time for as long as the same invariant does not hold. */
export function shrink(seed: number, invariant: string): Shrunk {
  return new Shrinking(seed, invariant).run()
}

class Shrinking {
  readonly #seed: number
  readonly #invariant: string
  #best: Reduction = {}
  #outcome: Outcome
  #tries = 0
  #steps = 0

  constructor(seed: number, invariant: string) {
    this.#seed = seed
    this.#invariant = invariant
    this.#outcome = simulate(seed)
  }

  run(): Shrunk {
    const first = sizeOf(this.#outcome)
    let size = ''
    while (size !== sizeOf(this.#outcome)) {
      size = sizeOf(this.#outcome)
      this.#fewerMessages()
      for (const { name } of this.#outcome.scenario.workers) this.#without(name)
      this.#fewerFaults()
      this.#healedEarlier()
    }
    const story = `shrunk in ${this.#tries} tries from ${first} to ${sizeOf(this.#outcome)}`
    return { reduction: this.#best, story }
  }

  #fewerMessages(): void {
    const { messages: now = Infinity } = this.#best
    for (const messages of [1, 2, 3, 5, 8, 13, 21, 34, 55]) if (messages < now && this.#holds({ messages })) return
  }

  #without(name: string): void {
    if (!this.#outcome.scenario.workers.some((worker) => worker.name === name)) return
    const { withoutNodes = [] } = this.#best
    const { workers } = this.#outcome.scenario
    const before = workers.length
    this.#holds({ withoutNodes: [...withoutNodes, name] }, ({ scenario }) => scenario.workers.length < before)
  }

  #fewerFaults(): void {
    const { kinds, faults } = this.#outcome
    this.#holds({ without: this.#and(kinds.filter((kind) => !faults.has(kind))) })
    for (const kind of this.#outcome.kinds) this.#holds({ without: this.#and([kind]) })
  }

  #and(more: readonly Fault[]): Fault[] {
    return [...(this.#best.without ?? []), ...more]
  }

  #healedEarlier(): void {
    const { healedMs: now = Infinity } = this.#best
    for (const healedMs of [25, 50, 100, 200]) if (healedMs < now && this.#holds({ healedMs })) return
  }

  /** Tries with less; keeps it where the same invariant is broken. */
  #holds(less: Reduction, isLess: (outcome: Outcome) => boolean = () => true): boolean {
    const { salt: first = 0 } = this.#best
    for (let salt = first; salt < first + SALTS; salt++) {
      if (this.#tries++ >= MOST_TRIES || this.#steps >= MOST_STEPS) return false
      const reduction = { ...this.#best, ...less, salt }
      const outcome = simulate(this.#seed, { reduction })
      this.#steps += outcome.steps
      if (outcome.violation?.invariant !== this.#invariant || !isLess(outcome)) continue
      this.#best = reduction
      this.#outcome = outcome
      return true
    }
    return false
  }
}

function sizeOf({ messages, kinds, scenario, virtualMs }: Outcome): string {
  const nodes = scenario.producers.length + scenario.workers.length
  return `${messages} messages, ${nodes} nodes, ${kinds.length} kinds of faults, ${virtualMs.toFixed(0)} ms`
}
