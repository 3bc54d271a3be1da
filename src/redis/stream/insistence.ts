import type { NodeContext } from '../../core/component.ts'
import { pauseAfter } from '../../core/backoff.ts'
import { asError } from '../../core/errors.ts'

/** Between tries; ms. */
const AGAIN = { initialMs: 50, maxMs: 5000 }

/** Does what must be done, again and again until it succeeds; whoever waits for it is slowed down meanwhile (A1). */
export class Insistence {
  readonly #context: Pick<NodeContext, 'clock' | 'log' | 'random'>
  readonly #pauses = new Set<() => void>()
  #hasEnded = false

  constructor(context: Pick<NodeContext, 'clock' | 'log' | 'random'>) {
    this.#context = context
  }

  /** Resolves when it has succeeded, or there is an end to trying. What it fails with is told once for each text. */
  async until(what: string, attempt: () => Promise<unknown>): Promise<void> {
    let told = ''
    for (let failures = 1; !this.#hasEnded; failures++) {
      try {
        return void (await attempt())
      } catch (error) {
        const { message } = asError(error)
        if (message !== told && !this.#hasEnded) this.#context.log.warn(`${what}: ${message}; it is tried again`)
        told = message
      }
      await this.#pause(pauseAfter(failures, AGAIN, this.#context.random()))
    }
  }

  /** What is under way is not tried again. */
  end(): void {
    this.#hasEnded = true
    for (const goOn of this.#pauses) goOn()
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#hasEnded) return resolve()
      const goOn = (): void => {
        timer.cancel()
        this.#pauses.delete(goOn)
        resolve()
      }
      const timer = this.#context.clock.after(ms, goOn)
      this.#pauses.add(goOn)
    })
  }
}
