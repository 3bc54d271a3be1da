import { pauseAfter } from './backoff.ts'
import type { Timer } from './env.ts'
import type { Node } from './node.ts'

/** Between deliveries of a message that failed back, and between tries to read; ms. */
const AGAIN = { initialMs: 100, maxMs: 10_000 }

/** What has to be tried again by an overflow, after a pause: stored messages that failed back, in the order in which they did. */
export class Redeliveries {
  readonly #owner: Node
  /** By their numbers: how often they failed, and when they are due; not while they are under way again. */
  readonly #failed = new Map<number, { readonly times: number; readonly dueAt: number | undefined }>()
  readonly #timers = new Set<Timer>()

  constructor(owner: Node) {
    this.#owner = owner
  }

  get isEmpty(): boolean {
    return this.#failed.size === 0
  }

  has(number: number): boolean {
    return this.#failed.has(number)
  }

  failed(number: number): void {
    const times = (this.#failed.get(number)?.times ?? 0) + 1
    this.#failed.set(number, { times, dueAt: this.wakeAfter(times) })
    this.#owner.counters.add('redelivered', 1)
  }

  /** It has an outcome, or is lost. */
  ended(number: number): void {
    this.#failed.delete(number)
  }

  /** The first that may be delivered now. */
  due(now: number): number | undefined {
    for (const [number, { dueAt }] of this.#failed) if (dueAt !== undefined && dueAt <= now) return number
    return undefined
  }

  /** It goes on. @returns how often it has failed. */
  goes(number: number): number {
    const { times } = this.#failed.get(number)!
    this.#failed.set(number, { times, dueAt: undefined })
    return times
  }

  /** Wakes the node after a pause. @param failures in a row. @returns when that is; monotonic ms. */
  wakeAfter(failures: number): number {
    const { env, now } = this.#owner.host.scheduler
    const pauseMs = pauseAfter(failures, AGAIN, env.random())
    const timer = env.after(pauseMs, () => {
      this.#timers.delete(timer)
      this.#owner.wake()
    })
    this.#timers.add(timer)
    return now + pauseMs
  }

  end(): void {
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
  }
}
