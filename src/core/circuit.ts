import { pauseAfter, type Backoff } from './backoff.ts'
import { codeOf } from './outage-detector.ts'

/** Probes of an open circuit are at most so far apart; ms. */
const LONGEST_PAUSE_MS = 10_000

/** An outage has begun, or is over. */
export interface CircuitChange {
  readonly state: 'opened' | 'closed'
  /** What was thrown last. */
  readonly error: string
  /** Tries in a row that have failed, and for how long; ms. */
  readonly failures: number
  readonly openMs: number
}

/** An outage, as a node sees it. */
export interface CircuitStats {
  readonly state: 'open' | 'probing'
  /** What was thrown last, and its code or name. */
  readonly error: string
  readonly code: string
  /** Tries in a row that have failed, for how long, and when the next one is due. */
  readonly failures: number
  readonly openMs: number
  readonly retryInMs: number
}

/**
 * Whether the place behind a node works (A3). While it doesn't, the node asks for nothing, and one call at a time finds
 * out whether it does again.
 *
 *     closed ──outage──▶ open ──pause is over──▶ probing ──success──▶ closed
 *                         ▲                         │
 *                         └─────────outage──────────┘
 */
export class Circuit {
  state: 'closed' | 'open' | 'probing' = 'closed'
  /** When the next probe is due; monotonic ms. */
  retryAt = 0
  /** Of the outage: tries in a row, when it began (monotonic ms), and what was thrown last. */
  failures = 0
  openedAt = 0
  error: Error | undefined
  /** The last probe was a call that had failed before, not another one. */
  hasTriedKept = false
  readonly #backoff: Backoff
  readonly #random: () => number
  readonly #changed: (change: CircuitChange) => void

  constructor({ initialMs, maxMs }: Backoff, random: () => number, changed: (change: CircuitChange) => void) {
    this.#backoff = { initialMs, maxMs: Math.min(maxMs, LONGEST_PAUSE_MS) }
    this.#random = random
    this.#changed = changed
  }

  get isClosed(): boolean {
    return this.state === 'closed'
  }

  /** It is open, and the next probe could begin. */
  isDue(now: number): boolean {
    return this.state === 'open' && this.retryAt <= now
  }

  /** The place doesn't work: nothing is tried for a while. @param retryAfterMs what the place itself asks for. */
  open(now: number, error: Error, retryAfterMs = 0): void {
    const isNew = this.state === 'closed'
    if (isNew) this.openedAt = now
    this.state = 'open'
    this.failures++
    this.error = error
    const askedMs = Number.isFinite(retryAfterMs) ? retryAfterMs : 0 // A header that can't be read asks for nothing.
    this.retryAt = now + Math.max(askedMs, pauseAfter(this.failures, this.#backoff, this.#random()))
    if (isNew) this.#changed(this.#change('opened', now))
  }

  /** A probe begins. */
  probe(isKept: boolean): void {
    this.state = 'probing'
    this.hasTriedKept = isKept
  }

  /** The probe came to nothing, neither good nor bad: the next one is due at once. */
  unprobe(): void {
    if (this.state === 'probing') this.state = 'open'
  }

  /** How the outage is; there is one. */
  stats(now: number): CircuitStats {
    const { error, failures, openedAt, retryAt } = this
    const state = this.state === 'probing' ? 'probing' : 'open'
    const outage = { error: error!.message, code: codeOf(error!), failures }
    return { state, ...outage, openMs: now - openedAt, retryInMs: Math.max(0, retryAt - now) }
  }

  close(now: number): void {
    const change = this.#change('closed', now)
    this.state = 'closed'
    this.failures = 0
    this.error = undefined
    this.hasTriedKept = false
    this.#changed(change)
  }

  #change(state: CircuitChange['state'], now: number): CircuitChange {
    return { state, error: this.error!.message, failures: this.failures, openMs: now - this.openedAt }
  }
}
