/** Keys that are told apart; those beyond share one. */
const MOST_KEYS = 1000
const OTHER = 'other'

interface Told {
  at: number
  /** How often it was left out since. */
  omitted: number
}

/** Keeps a log from being flooded: what happens again and again is told once per interval and key. */
export class Seldom {
  readonly #intervalMs: number
  readonly #told = new Map<string, Told>()

  constructor(intervalMs: number) {
    this.#intervalMs = intervalMs
  }

  /** @returns how often it has happened untold since it was told; undefined where it isn't to be told now. */
  take(given: string, now: number): number | undefined {
    const key = this.#told.has(given) || this.#told.size < MOST_KEYS ? given : OTHER
    const told = this.#told.get(key)
    if (told !== undefined && now - told.at < this.#intervalMs) {
      told.omitted++
      return undefined
    }
    this.#told.set(key, { at: now, omitted: 0 })
    return told?.omitted ?? 0
  }
}
