import { pauseAfter, type Backoff } from '../core/backoff.ts'
import type { Log } from '../core/component.ts'
import { asError } from '../core/errors.ts'
import type { World } from '../core/world.ts'

/** Between tries; ms. */
const AGAIN: Backoff = { initialMs: 50, maxMs: 5000 }

/** Thrown out of what waits when there is an end to waiting. */
export class Ended extends Error {}

/** Waits, and tries again, until there is an end to it. */
export class Patience {
  readonly #world: Pick<World, 'after' | 'random'>
  readonly #log: Log
  readonly #ends = new Set<() => void>()
  #hasEnded = false

  constructor(world: Pick<World, 'after' | 'random'>, log: Log) {
    this.#world = world
    this.#log = log
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /**
   * Does something, again and again until it succeeds. What it fails with is told once for each text.
   *
   * @param what is told as what can't be done
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
      await this.pause(pauseAfter(failures, AGAIN, this.#world.random()))
    }
  }

  /** The same for what must be done: whoever waits for it is slowed down meanwhile (A1). Resolves also at the end. */
  async insist(what: string, attempt: () => Promise<unknown>): Promise<void> {
    try {
      await this.until(what, attempt)
    } catch (error) {
      if (!(error instanceof Ended)) throw error
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
      const timer = this.#world.after(ms, goOn)
      this.#ends.add(goOn)
    })
  }

  end(): void {
    this.#hasEnded = true
    for (const goOn of this.#ends) goOn()
  }
}
