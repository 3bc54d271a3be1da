import { pauseAfter } from './backoff.ts'
import { DueList } from './due-list.ts'
import type { Timer } from './env.ts'
import type { World } from './world.ts'

/** Between deliveries of a message that failed back, and between tries to read; ms. */
const AGAIN = { initialMs: 100, maxMs: 10_000 }

/** What is due within so many ms is due together, so that it can be read together. */
const TOGETHER_MS = 50

/** A stored message that failed back. */
interface Failed {
  readonly number: number
  /** How often it has. */
  readonly times: number
  /** What of a batch has failed: places of its parts. All of it where nothing is said. */
  readonly places: readonly number[] | undefined
  /** Parts that it had when it was stored. */
  readonly parts: number
  /** Monotonic ms. */
  readonly dueAt: number
}

/** What has to be tried again by an overflow, after a pause: stored messages that failed back, each when it is due. */
export class Redeliveries {
  readonly #world: World
  readonly #wake: () => void
  /** By their numbers, also while they are under way again. */
  readonly #failed = new Map<number, Failed>()
  /** Those that aren't due, and the numbers of those that are. */
  readonly #pausing = new DueList<Failed>()
  readonly #due = new Set<number>()
  /** When the next one is due, and when there may be another try to read. */
  #timer: Timer | undefined
  #timerAt = Infinity
  #retry: Timer | undefined

  /** @param wake told when one may be delivered again, or reading be tried again. */
  constructor(world: World, wake: () => void) {
    this.#world = world
    this.#wake = wake
  }

  get isEmpty(): boolean {
    return this.#failed.size === 0
  }

  /** How many are not under way again. */
  get waiting(): number {
    return this.#pausing.length + this.#due.size
  }

  /** The first that may be delivered now. */
  get due(): number | undefined {
    return this.#due.values().next().value
  }

  /** What is known of a message that has failed before. */
  of(number: number): Failed | undefined {
    return this.#failed.get(number)
  }

  failed({ number, places, parts }: Pick<Failed, 'number' | 'places' | 'parts'>): void {
    const times = (this.#failed.get(number)?.times ?? 0) + 1
    const dueAt = this.#world.now() + pauseAfter(times, AGAIN, this.#world.random())
    const one = { number, times, places, parts, dueAt }
    this.#failed.set(number, one)
    this.#pausing.add(one)
    this.#arm()
  }

  /** It has an outcome, or is lost. */
  ended(number: number): void {
    this.#failed.delete(number)
    this.#due.delete(number)
  }

  /** It goes on, if it is due. */
  goes(number: number): Failed | undefined {
    return this.#due.delete(number) ? this.#failed.get(number) : undefined
  }

  /** Reading may be tried again after a pause. @param failures in a row. */
  retryAfter(failures: number): void {
    this.#retry = this.#world.after(pauseAfter(failures, AGAIN, this.#world.random()), () => {
      this.#retry = undefined
      this.#wake()
    })
  }

  /** Reading has failed, and the pause is not over. */
  get isPausing(): boolean {
    return this.#retry !== undefined
  }

  end(): void {
    this.#timer?.cancel()
    this.#retry?.cancel()
    this.#pausing.clear()
  }

  /** One timer for all, at the earliest. */
  #arm(): void {
    const { nextAt } = this.#pausing
    if (nextAt >= this.#timerAt) return
    this.#timer?.cancel()
    this.#timerAt = nextAt
    this.#timer = this.#world.after(Math.max(0, nextAt - this.#world.now()), () => this.#ripen(nextAt + TOGETHER_MS))
  }

  #ripen(until: number): void {
    this.#timerAt = Infinity
    for (let one = this.#pausing.take(until); one !== undefined; one = this.#pausing.take(until))
      this.#due.add(one.number)
    this.#arm()
    this.#wake()
  }
}
