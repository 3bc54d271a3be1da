import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import { Seldom } from './seldom.ts'
import type { TroubleTally } from './trouble-tally.ts'

/** How often the one tick of the process comes (D11). */
export const TICK_MS = 1000
/** A tick that is so much later tells that something kept the event loop. */
const LATE_MS = 1000
const INTERVAL_MS = 10_000

interface LoopWatchOptions {
  readonly env: Pick<Env, 'now' | 'date'>
  readonly log: Log
  /** Where it is noted. */
  readonly unnamed: TroubleTally
}

/** What is under way when a tick comes. */
export interface Look {
  /** Long turns of all nodes so far: what one of them explains isn't told twice. */
  readonly longTurns: number
  /** Nodes with calls under way: what goes on after an `await` is no turn, and Node.js doesn't say whose it was. */
  readonly calling: readonly string[]
}

/** Notices that the event loop was kept by something that was no turn of a node: a timer, or a handler after an `await`. */
export class LoopWatch {
  readonly #options: LoopWatchOptions
  readonly #seldom = new Seldom(INTERVAL_MS)
  #lookedAt: number
  #longTurns = 0

  constructor(options: LoopWatchOptions) {
    this.#options = options
    this.#lookedAt = options.env.now()
  }

  look({ longTurns, calling }: Look): void {
    const { env, log, unnamed } = this.#options
    const now = env.now()
    const lateMs = now - this.#lookedAt - TICK_MS
    const isExplained = longTurns > this.#longTurns
    this.#lookedAt = now
    this.#longTurns = longTurns
    if (lateMs < LATE_MS || isExplained) return
    const nodes = calling.length === 0 ? '' : `; calls were under way at ${calling.join(', ')}`
    const message = `the event loop was kept for about ${Math.round(lateMs / 100) / 10} s, outside of all turns${nodes}`
    unnamed.add({ kind: 'blocked-loop', node: undefined, message, at: env.date() })
    if (this.#seldom.take('', now) !== undefined) log.warn(message, { ms: Math.round(lateMs) })
  }
}
