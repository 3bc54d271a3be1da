import { pauseAfter, type Backoff } from './backoff.ts'

/** Probes of an open circuit are at most so far apart; ms. */
const LONGEST_PAUSE_MS = 10_000

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

  constructor({ initialMs, maxMs }: Backoff, random: () => number) {
    this.#backoff = { initialMs, maxMs: Math.min(maxMs, LONGEST_PAUSE_MS) }
    this.#random = random
  }

  get isClosed(): boolean {
    return this.state === 'closed'
  }

  /** The place doesn't work: nothing is tried for a while. @param retryAfterMs what the place itself asks for. */
  open(now: number, error: Error, retryAfterMs = 0): void {
    if (this.state === 'closed') this.openedAt = now
    this.state = 'open'
    this.failures++
    this.error = error
    this.retryAt = now + Math.max(retryAfterMs, pauseAfter(this.failures, this.#backoff, this.#random()))
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

  close(): void {
    this.state = 'closed'
    this.failures = 0
    this.error = undefined
    this.hasTriedKept = false
  }
}
