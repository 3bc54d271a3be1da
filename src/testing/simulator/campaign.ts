import { FAULTS } from './faults.ts'
import { simulate, type Outcome } from './simulate.ts'

/** What is kept of one seed: it passes from thread to thread. */
export interface SeedResult {
  readonly seed: number
  readonly messages: number
  readonly faults: Readonly<Record<string, number>>
  readonly violation: Outcome['violation']
}

/** Violations that a summary shows. */
const SHOWN = 5

/** Runs seeds from `from` to before `to`. A seed is a world of its own, so they can run anywhere, in any order. */
export function runSeeds(from: number, to: number): SeedResult[] {
  const results: SeedResult[] = []
  for (let seed = from; seed < to; seed++) {
    const { messages, faults, violation } = simulate(seed)
    results.push({ seed, messages, faults: Object.fromEntries(faults), violation })
  }
  return results
}

/** What many seeds came to, in words; `isGood` if every invariant held and every kind of fault struck. */
export function summarize(results: readonly SeedResult[], seconds: number): { isGood: boolean; lines: string[] } {
  const violations = results.filter(({ violation }) => violation !== undefined)
  violations.sort((one, other) => one.seed - other.seed)
  const kinds = FAULTS.map((kind) => ({ kind, count: sum(results.map(({ faults }) => faults[kind] ?? 0)) }))
  const missing = kinds.filter(({ count }) => count === 0).map(({ kind }) => kind)
  const lines = [
    `${results.length} seeds in ${seconds.toFixed(1)} s, ${violations.length} violations`,
    `messages per seed: ${spread(results.map(({ messages }) => messages))}`,
    `faults per seed: ${spread(results.map(({ faults }) => sum(Object.values(faults))))}`,
    `faults: ${kinds.map(({ kind, count }) => `${kind} ${count}`).join(', ')}`,
    ...violations
      .slice(0, SHOWN)
      .flatMap(({ seed, violation }) => [
        `seed ${seed}: ${violation!.invariant}: ${violation!.detail}`,
        `  again, in words: npm run simulate -- --seeds 1 --from ${seed}`,
      ]),
    ...(missing.length > 0 ? [`never struck: ${missing.join(', ')}`] : []),
  ]
  return { isGood: violations.length + missing.length === 0, lines }
}

/** One seed in words: its graph, what happened, and what came of it. */
export function narrate(seed: number): { isGood: boolean; lines: string[] } {
  const { scenario, trace = [], violation, messages } = simulate(seed, true)
  const verdict = violation === undefined ? 'every invariant held' : `${violation.invariant}: ${violation.detail}`
  const nodes = [...scenario.producers, ...scenario.workers].map((node) => JSON.stringify(node))
  return {
    isGood: violation === undefined,
    lines: [...nodes, ...trace, `seed ${seed}: ${messages} messages, ${verdict}`],
  }
}

function spread(numbers: number[]): string {
  numbers.sort((one, other) => one - other)
  return `min ${numbers[0]}, median ${numbers[numbers.length >> 1]}`
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
