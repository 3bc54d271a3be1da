import { pauseAfter } from '../../core/backoff.ts'
import type { Clock } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'

/** Between deliveries of a message that failed; ms. */
const AGAIN = { initialMs: 100, maxMs: 10_000 }

/** Numbers of messages that failed and come again after a pause, in the order in which they failed. */
export class FailedNumbers {
  readonly #clock: Clock
  readonly #random: () => number
  readonly #isDue: () => void
  /** How often each has failed that has no good outcome yet. */
  readonly #times = new Map<number, number>()
  /** When those may be delivered that are not under way again; monotonic ms. */
  readonly #dueAt = new Map<number, number>()
  #timer: Timer | undefined
  #timerAt = Infinity

  /** @param isDue told when one may be delivered again. */
  constructor({ clock, random }: { readonly clock: Clock; random(): number }, isDue: () => void) {
    this.#clock = clock
    this.#random = () => random()
    this.#isDue = isDue
  }

  /** How many wait for their pause to be over. */
  get waiting(): number {
    return this.#dueAt.size
  }

  add(number: number): void {
    const times = (this.#times.get(number) ?? 0) + 1
    const dueAt = this.#clock.now() + pauseAfter(times, AGAIN, this.#random())
    this.#times.set(number, times)
    this.#dueAt.set(number, dueAt)
    this.#wakeAt(dueAt)
  }

  /** Takes the first that may be delivered now. @returns it, and how often it has failed */
  take(): { readonly number: number; readonly times: number } | undefined {
    const now = this.#clock.now()
    let next = Infinity
    for (const [number, dueAt] of this.#dueAt) {
      if (dueAt <= now) {
        this.#dueAt.delete(number)
        return { number, times: this.#times.get(number)! }
      }
      if (dueAt < next) next = dueAt
    }
    this.#wakeAt(next)
    return undefined
  }

  /** It was delivered, or is lost. */
  ended(number: number): void {
    this.#times.delete(number)
  }

  end(): void {
    this.#timer?.cancel()
    this.#timerAt = -Infinity
  }

  #wakeAt(dueAt: number): void {
    if (dueAt >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = dueAt
    this.#timer = this.#clock.after(Math.max(1, dueAt - this.#clock.now()), () => {
      this.#timerAt = Infinity
      this.#isDue()
    })
  }
}
