import type { DemandWindow } from './edge.ts'
import type { Env } from './env.ts'
import type { Log } from './component.ts'
import type { Dispatch } from './outlet.ts'
import type { OverflowStore } from './overflow-store.ts'
import type { PipelineSpec } from './spec.ts'

/** What becomes of messages while the store has all that it may have, or is out of reach, and memory is full. */
export type WhenOverflowFull = 'block' | 'reject' | 'drop-oldest' | 'drop-newest'

/** Where messages of an edge go that memory has no room for, as written; what is left out has a default. */
export interface OverflowSpec {
  /** Makes the store, once for each run of the pipeline. */
  createStore(world: { readonly env: Env; readonly log: Log; readonly name: string }): OverflowStore
  /** What waits in memory at most: in parts, and bytes. */
  readonly memory?: { readonly parts?: number; readonly bytes?: number }
  /** The parts of `memory` at which it opens, and below which it may close; 0.8 and 0.5 where nothing is said. */
  readonly high?: number
  readonly low?: number
  readonly limit?: { readonly bytes?: number; readonly ageMs?: number }
  readonly whenFull?: WhenOverflowFull
  /** `always` stores everything before it goes on; `spill` only what memory has no room for. */
  readonly mode?: 'spill' | 'always'
  /** How long a few messages wait for more before they are stored. */
  readonly delayMs?: number
}

/** An overflow, every setting decided. */
export interface OverflowPlan {
  readonly name: string
  /** Whether it stores what a producer gives to all its subscribers, not what one of them gets. */
  readonly isForAll: boolean
  readonly dispatch: Dispatch
  /** What waits in memory at most; half as much again may have been read, or be stored and not delivered. */
  readonly window: DemandWindow & { readonly bytes: number }
  readonly high: number
  readonly low: number
  readonly limit: { readonly bytes: number; readonly ageMs: number }
  readonly whenFull: WhenOverflowFull
  readonly isAlways: boolean
  readonly delayMs: number
  createStore(): OverflowStore
}

export const OVERFLOW_DEFAULTS = {
  memoryParts: 10_000,
  memoryBytes: 64 * 1024 * 1024,
  high: 0.8,
  low: 0.5,
  delayMs: 10,
} as const

/** What an overflow takes at most, in times of what waits in it: that, and what it has read or is being stored. */
export const OVERFLOW_FACTOR = 1.5
/** The share of a pipeline's memory that its overflows take where they don't say how much; with less than `LEAST_BYTES` none would get on. */
const OVERFLOW_SHARE = 1 / 3
const LEAST_BYTES = 1024 * 1024

/** What waits in each overflow of a pipeline at most, in bytes, where it doesn't say: all get the same (D22). */
export function overflowBytesIn({ nodes, memoryBytes }: Pick<PipelineSpec, 'nodes' | 'memoryBytes'>): number {
  const overflows = nodes.flatMap(({ from, settings }) => [settings.durable, ...from.map((edge) => edge.overflow)])
  const count = overflows.filter((each) => each !== undefined && each.memory?.bytes === undefined).length
  const share = Math.floor((memoryBytes * OVERFLOW_SHARE) / OVERFLOW_FACTOR / Math.max(1, count))
  return Math.max(LEAST_BYTES, Math.min(OVERFLOW_DEFAULTS.memoryBytes, share))
}

/**
 * @param parts most parts of a message that comes.
 * @param bytes that wait in memory at most, where it doesn't say.
 */
export function planOverflow(
  spec: OverflowSpec,
  {
    parts,
    bytes,
    env,
    log,
    ...given
  }: Pick<OverflowPlan, 'name' | 'isForAll' | 'dispatch'> & {
    readonly parts: number
    readonly bytes: number
    readonly env: Env
    readonly log: Log
  },
): OverflowPlan {
  const isAlways = spec.mode === 'always'
  const max = Math.ceil((spec.memory?.parts ?? OVERFLOW_DEFAULTS.memoryParts) / parts)
  return {
    ...given,
    window: { max, min: max >> 1, bytes: spec.memory?.bytes ?? bytes },
    high: spec.high ?? OVERFLOW_DEFAULTS.high,
    low: spec.low ?? OVERFLOW_DEFAULTS.low,
    limit: { bytes: spec.limit?.bytes ?? Infinity, ageMs: spec.limit?.ageMs ?? Infinity },
    whenFull: spec.whenFull ?? 'block',
    isAlways,
    delayMs: spec.delayMs ?? (isAlways ? 0 : OVERFLOW_DEFAULTS.delayMs),
    createStore: () => spec.createStore({ env, log, name: given.name }),
  }
}
