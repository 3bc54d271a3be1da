import type { DemandWindow } from './edge.ts'
import type { Env } from './env.ts'
import type { Log } from './component.ts'
import type { Dispatch } from './outlet.ts'
import type { OverflowStore } from './overflow-store.ts'

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

/** What an overflow takes of memory at most, in times of what waits in it: that, and what it has read or is storing. */
export const OVERFLOW_FACTOR = 1.5

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
