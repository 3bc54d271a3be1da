import { pauseAfter, type Backoff } from '../../core/backoff.ts'
import type { Env } from '../../core/env.ts'
import { asError } from '../../core/errors.ts'
import type { Log } from '../../core/component.ts'

/** Between tries; ms. */
const AGAIN: Backoff = { initialMs: 50, maxMs: 5000 }

/** Thrown out of what waits when there is an end to waiting. */
export class Ended extends Error {}

/** Waits, and tries again, until there is an end to it. */
export class Patience {
  readonly #env: Env
  readonly #log: Log
  readonly #ends = new Set<() => void>()
  #hasEnded = false

  constructor(env: Env, log: Log) {
    this.#env = env
    this.#log = log
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /**
   * Does something, again and again until it succeeds. What it fails with is told once for each text.
   *
   * @param isWorthIt whether an error is one to wait for; every one is, where nothing is said
   * @throws what isn't worth it; Ended
   */
  async until<T>(
    what: string,
    attempt: () => Promise<T>,
    isWorthIt: (error: unknown) => boolean = () => true,
  ): Promise<T> {
    let told = ''
    for (let failures = 1; ; failures++) {
      if (this.#hasEnded) throw new Ended()
      try {
        return await attempt()
      } catch (error) {
        if (this.#hasEnded) throw new Ended()
        if (!isWorthIt(error)) throw error
        const { message, code } = asError(error) as NodeJS.ErrnoException
        if (message !== told) this.#log.warn(`can't ${what}: ${message}; it is tried again`, { code })
        told = message
      }
      await this.pause(pauseAfter(failures, AGAIN, this.#env.random()))
    }
  }

  /** Resolves after so many ms, and at once when there is an end to waiting. */
  pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#hasEnded) return resolve()
      const goOn = (): void => {
        timer.cancel()
        this.#ends.delete(goOn)
        resolve()
      }
      const timer = this.#env.after(ms, goOn)
      this.#ends.add(goOn)
    })
  }

  end(): void {
    this.#hasEnded = true
    for (const goOn of this.#ends) goOn()
  }
}
