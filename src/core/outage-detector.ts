import type { Flight } from './flight.ts'

/** How many of the last calls are looked at, and how many failures with one code among them are an outage (A3). */
const LOOKED_AT = 20
const OUTAGE = LOOKED_AT / 2
/** They are of so many calls at least, not of one or two that are made again and again, whole or in halves. */
const LEAST_CALLS = 3

/**
 * Tells an outage from errors that say nothing of whose fault they are: more than half of the last 20 calls have failed
 * with one code. Calls that succeed cost nothing: they are seen by the numbers that are missing.
 */
export class OutageDetector {
  #failures: { readonly turn: number; readonly sequence: number; readonly code: string }[] = []

  /**
   * @param turn which call of the node it was.
   * @param sequence which call it was at first, before it was made again.
   * @returns whether there is an outage.
   */
  failed({ turn, sequence }: Pick<Flight, 'turn' | 'sequence'>, code: string): boolean {
    this.#failures = this.#failures.filter((failure) => failure.turn > turn - LOOKED_AT)
    this.#failures.push({ turn, sequence, code })
    const alike = this.#failures.filter((failure) => failure.code === code)
    return alike.length > OUTAGE && new Set(alike.map((failure) => failure.sequence)).size >= LEAST_CALLS
  }
}

/** What tells one error from another: its code, or its name. */
export function codeOf(error: Error): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name
}
