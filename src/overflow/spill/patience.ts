import { pauseAfter } from '../../core/backoff.ts'
import type { Env, Timer } from '../../core/env.ts'
import { asError, SluiceError } from '../../core/errors.ts'

const PAUSE = { initialMs: 50, maxMs: 2000 }
/** After these a store takes nothing any more. */
const FINAL: ReadonlySet<string> = new Set(['SLUICE_OVERFLOW_OWNER_LOST', 'SLUICE_OVERFLOW_CLOSED'])

/** Tries something again and again, with longer and longer pauses, until it succeeds, says that it never will, or is given up. */
export class Patience {
  readonly #env: Env
  readonly #onTrouble: (error: Error | undefined) => void
  #givenUp: Error | undefined
  #pause: { readonly timer: Timer; end(): void } | undefined

  /** @param onTrouble told of the first failure, and of the success that ends the trouble. */
  constructor(env: Env, onTrouble: (error: Error | undefined) => void) {
    this.#env = env
    this.#onTrouble = onTrouble
  }

  /** @throws what it was given up for, or the error that says that there is no hope */
  async insist(attempt: () => Promise<void>): Promise<void> {
    for (let failures = 0; ;) {
      if (this.#givenUp !== undefined) throw this.#givenUp
      try {
        await attempt()
        if (failures > 0) this.#onTrouble(undefined)
        return
      } catch (thrown) {
        const error = asError(thrown)
        if (error instanceof SluiceError && FINAL.has(error.code)) throw error
        if (failures++ === 0) this.#onTrouble(error)
      }
      await this.#rest(failures)
    }
  }

  /** Nothing is tried any more; what is under way may still succeed. */
  giveUp(error: Error): void {
    this.#givenUp ??= error
    this.#pause?.timer.cancel()
    this.#pause?.end()
  }

  async #rest(failures: number): Promise<void> {
    if (this.#givenUp !== undefined) return
    // At least half of it, so that a store in trouble isn't asked at once.
    const pauseMs = pauseAfter(failures, PAUSE, (1 + this.#env.random()) / 2)
    await new Promise<void>((resolve) => {
      this.#pause = { timer: this.#env.after(pauseMs, resolve), end: resolve }
    })
    this.#pause = undefined
  }
}
