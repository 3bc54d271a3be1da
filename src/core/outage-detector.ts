/** How many of the last calls are looked at, and how many failures with one code among them are an outage (A3). */
const LOOKED_AT = 20
const OUTAGE = LOOKED_AT / 2

/**
 * Tells an outage from errors that say nothing of whose fault they are: more than half of the last 20 calls have failed
 * with one code. Calls that succeed cost nothing: they are seen by the numbers that are missing.
 */
export class OutageDetector {
  #failures: { readonly turn: number; readonly code: string }[] = []

  /** @param turn which call of the node it was. @returns whether there is an outage. */
  failed(turn: number, code: string): boolean {
    this.#failures = this.#failures.filter((failure) => failure.turn > turn - LOOKED_AT)
    this.#failures.push({ turn, code })
    return this.#failures.filter((failure) => failure.code === code).length > OUTAGE
  }
}

/** What tells one error from another: its code, or its name. */
export function codeOf(error: Error): string {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' || typeof code === 'number' ? String(code) : error.name
}
