import type { Clock } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'

/**
 * What is longer under way also listens to its call; most are over before, and a signal costs more than a request does
 * beside the client; ms.
 */
const LISTENS_AFTER_MS = 1_000

/** What can be under way for too long. */
export interface Limited {
  /** Monotonic ms. */
  readonly beganAt: number
  listen(): void
  unlisten(): void
}

/** The requests of a client that are under way, each of which has as much time as any other: one timer serves them all. */
export class Limits<L extends Limited> {
  readonly #clock: Clock
  readonly #timeoutMs: number
  readonly #late: (limited: L) => void
  /** In the order in which they began: those that don't listen to their call yet, and all. */
  readonly #young = new Set<L>()
  readonly #all = new Set<L>()
  #timer: Timer | undefined

  /** @param late is told of each that has had its time. */
  constructor(clock: Clock, timeoutMs: number, late: (limited: L) => void) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
    this.#late = late
  }

  /** It begins. */
  add(limited: L): void {
    this.#all.add(limited)
    this.#young.add(limited)
    // It goes on when they are all over, so that it is made anew once a second at most.
    if (this.#timer === undefined) this.#arm()
  }

  /** It is over. */
  delete(limited: L): void {
    this.#all.delete(limited)
    if (!this.#young.delete(limited)) limited.unlisten()
  }

  #arm(): void {
    const [youngest] = this.#young
    const [oldest] = this.#all
    if (oldest === undefined) return
    const listensAt = youngest === undefined ? Infinity : youngest.beganAt + LISTENS_AFTER_MS
    const dueAt = Math.min(listensAt, oldest.beganAt + this.#timeoutMs)
    this.#timer = this.#clock.after(Math.max(0, dueAt - this.#clock.now()), () => this.#look())
  }

  #look(): void {
    this.#timer = undefined
    const now = this.#clock.now()
    for (const limited of this.#all) {
      if (limited.beganAt + this.#timeoutMs > now) break
      this.delete(limited)
      this.#late(limited)
    }
    for (const limited of this.#young) {
      if (limited.beganAt + LISTENS_AFTER_MS > now) break
      this.#young.delete(limited)
      limited.listen()
    }
    if (this.#timer === undefined) this.#arm()
  }
}
