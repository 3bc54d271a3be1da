import { FAULTS } from './faults.ts'
import { shrink } from './shrink.ts'
import { simulate, type Violation } from './simulate.ts'

/** What many seeds came to; as large after a million as after one, and it passes from thread to thread. */
export interface Tally {
  seeds: number
  violations: number
  /** The first of them, by their seeds. */
  shown: { readonly seed: number; readonly violation: Violation }[]
  /** Simulated ms. */
  virtualMs: number
  readonly faults: Record<string, number>
  /** How many seeds had so many messages, and so many faults; the last place has all beyond. */
  readonly messages: number[]
  readonly strikes: number[]
}

/** Violations that a summary shows. */
const SHOWN = 5
const LONGEST_HISTOGRAM = 1000
const HOUR_MS = 3_600_000

export function emptyTally(): Tally {
  return { seeds: 0, violations: 0, shown: [], virtualMs: 0, faults: {}, messages: [], strikes: [] }
}

/** Runs seeds from `from` to before `to`. A seed is a world of its own, so they can run anywhere, in any order. */
export function runSeeds(from: number, to: number): Tally {
  const tally = emptyTally()
  for (let seed = from; seed < to; seed++) {
    const { messages, faults, violation, virtualMs } = simulate(seed)
    tally.seeds++
    tally.virtualMs += virtualMs
    if (violation !== undefined) {
      tally.violations++
      if (tally.shown.length < SHOWN) tally.shown.push({ seed, violation })
    }
    for (const [kind, strikes] of faults) tally.faults[kind] = (tally.faults[kind] ?? 0) + strikes
    count(tally.messages, messages)
    count(tally.strikes, sum(faults.values()))
  }
  return tally
}

/** Adds what other seeds came to. */
export function addTo(tally: Tally, more: Tally): void {
  tally.seeds += more.seeds
  tally.violations += more.violations
  tally.virtualMs += more.virtualMs
  tally.shown = [...tally.shown, ...more.shown].toSorted((one, other) => one.seed - other.seed).slice(0, SHOWN)
  for (const [kind, strikes] of Object.entries(more.faults)) tally.faults[kind] = (tally.faults[kind] ?? 0) + strikes
  more.messages.forEach((seeds, messages) => count(tally.messages, messages, seeds))
  more.strikes.forEach((seeds, strikes) => count(tally.strikes, strikes, seeds))
}

/** What many seeds came to, in words; `isGood` if every invariant held and every kind of fault struck. */
export function summarize(tally: Tally, seconds: number): { isGood: boolean; lines: string[] } {
  const { seeds, violations, shown, virtualMs, faults } = tally
  const missing = FAULTS.filter((kind) => faults[kind] === undefined)
  const lines = [
    `${seeds} seeds in ${seconds.toFixed(1)} s, ${violations} violations`,
    `simulated time: ${(virtualMs / HOUR_MS).toFixed(1)} h; a million seeds take ${(((seconds / seeds) * 1e6) / 60).toFixed(0)} min`,
    `messages per seed: ${spread(tally.messages)}`,
    `faults per seed: ${spread(tally.strikes)}`,
    `faults: ${FAULTS.map((kind) => `${kind} ${faults[kind] ?? 0}`).join(', ')}`,
    ...shown.flatMap(({ seed, violation: { invariant, detail } }) => [
      `seed ${seed}: ${invariant}: ${detail}`,
      `  again, in words: npm run simulate -- --seeds 1 --from ${seed}`,
    ]),
    ...(missing.length > 0 ? [`never struck: ${missing.join(', ')}`] : []),
    ...(shown.length > 0 ? ['', ...narrate(shown[0]!.seed).lines] : []),
  ]
  return { isGood: violations + missing.length === 0, lines }
}

/** One seed in words: its graph, what happened, and what came of it; one that fails is shrunk first. */
export function narrate(seed: number): { isGood: boolean; lines: string[] } {
  const { violation } = simulate(seed)
  const shrunk = violation === undefined ? undefined : shrink(seed, violation.invariant)
  const {
    scenario,
    trace = [],
    messages,
    kinds,
    violation: left,
  } = simulate(seed, {
    keepTrace: true,
    reduction: shrunk?.reduction ?? {},
  })
  const verdict = left === undefined ? 'every invariant held' : `${left.invariant}: ${left.detail}`
  const nodes = [...scenario.producers, ...scenario.workers].map((node) => JSON.stringify(node))
  return {
    isGood: violation === undefined,
    lines: [
      ...nodes,
      `faults: ${kinds.join(', ')}`,
      ...trace,
      `seed ${seed}: ${messages} messages, ${verdict}`,
      ...(shrunk === undefined ? [] : [shrunk.story]),
    ],
  }
}

function count(histogram: number[], value: number, seeds = 1): void {
  const place = Math.min(value, LONGEST_HISTOGRAM)
  while (histogram.length <= place) histogram.push(0)
  histogram[place]! += seeds
}

function spread(histogram: readonly number[]): string {
  const half = sum(histogram) / 2
  let below = 0
  const median = histogram.findIndex((seeds) => (below += seeds) >= half)
  return `min ${histogram.findIndex((seeds) => seeds > 0)}, median ${median}`
}

function sum(numbers: Iterable<number>): number {
  let total = 0
  for (const number of numbers) total += number
  return total
}
