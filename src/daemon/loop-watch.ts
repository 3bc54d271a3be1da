import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import { Seldom } from './seldom.ts'
import type { Sighting } from './sentinel.ts'
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
  /** Long turns of all nodes so far: what one of them explains isn't told twice. Some of them nobody can be named for. */
  readonly longTurns: number
  readonly unnamedTurns: number
  /** Nodes with calls under way: what goes on after an `await` is no turn, and Node.js doesn't say whose it was. */
  readonly calling: readonly string[]
  /** What was seen from outside while it lasted. */
  readonly sightings: readonly Sighting[]
}

/** Notices that the event loop was kept by something that was no turn of a node: a timer, or a handler after an `await`. */
export class LoopWatch {
  readonly #options: LoopWatchOptions
  readonly #seldom = new Seldom(INTERVAL_MS)
  #lookedAt: number
  #longTurns = 0
  #namedTurns = 0

  constructor(options: LoopWatchOptions) {
    this.#options = options
    this.#lookedAt = options.env.now()
  }

  /** @returns the sightings that tell who it was, where nothing else has. */
  look({ longTurns, unnamedTurns, calling, sightings }: Look): readonly Sighting[] {
    const { env, log, unnamed } = this.#options
    const now = env.now()
    const lateMs = now - this.#lookedAt - TICK_MS
    const isExplained = longTurns > this.#longTurns
    const isNamed = longTurns - unnamedTurns > this.#namedTurns
    this.#lookedAt = now
    this.#longTurns = longTurns
    this.#namedTurns = longTurns - unnamedTurns
    if (lateMs < LATE_MS || isNamed) return []
    const named = sightings.filter(({ owners }) => owners.length > 0)
    if (named.length > 0 || isExplained) return named
    const nodes = calling.length === 0 ? '' : `; calls were under way at ${calling.join(', ')}`
    const place = sightings.length === 0 ? '' : ` (${sightings.map(({ message }) => message).join('; ')})`
    const message = `the event loop was kept for about ${Math.round(lateMs / 100) / 10} s, outside of all turns${place}${nodes}`
    unnamed.add({ kind: 'blocked-loop', node: undefined, message, at: env.date() })
    if (this.#seldom.take('', now) !== undefined) log.warn(message, { ms: Math.round(lateMs) })
    return []
  }
}
