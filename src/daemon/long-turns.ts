import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import { Seldom } from './seldom.ts'
import type { TroubleTally } from './trouble-tally.ts'

const INTERVAL_MS = 10_000

interface LongTurnsOptions {
  readonly env: Pick<Env, 'now' | 'date'>
  readonly log: Log
  readonly happened: TroubleTally
}

/** Turns that kept the event loop, and with it everything else in the process, from going on (A13). */
export class LongTurns {
  readonly #options: LongTurnsOptions
  readonly #seldom = new Seldom(INTERVAL_MS)

  constructor(options: LongTurnsOptions) {
    this.#options = options
  }

  /** @param node undefined where several short turns were measured as one. */
  add(node: string | undefined, elapsedMs: number): void {
    const { env, log, happened } = this.#options
    const message = `kept the event loop for ${Math.round(elapsedMs)} ms: nothing else could go on meanwhile`
    happened.add({ kind: 'blocked-loop', node, message, at: env.date() })
    const omitted = this.#seldom.take(node ?? '', env.now())
    if (omitted === undefined) return
    const again = omitted === 0 ? '' : ` (and ${omitted} more since this was last told)`
    const hint = 'let the handler give way: split the work, make it asynchronous, or hand it to a worker thread'
    log.warn(`${node ?? 'one of its nodes'} ${message}${again}`, { node, ms: Math.round(elapsedMs), hint })
  }
}
