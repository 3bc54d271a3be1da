import type { CallInfo, Clock } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'

/** What is longer under way also listens to its call; most are over before. */
const LISTENS_AFTER_MS = 1_000

type Listener = () => void

/**
 * When a request is given up. It does what the client wants of an `AbortSignal`, which costs more than all the rest of a
 * request: an emitter of one event with one listener.
 */
export class Limit {
  aborted = false
  reason: unknown
  readonly call: Pick<CallInfo, 'signal'>
  readonly beganAt: number
  /** Makes what it fails with when its time is over. */
  readonly late: () => Error
  signal: AbortSignal | undefined
  #listener: Listener | undefined

  constructor(call: Pick<CallInfo, 'signal'>, beganAt: number, late: () => Error) {
    this.call = call
    this.beganAt = beganAt
    this.late = late
  }

  /** The client looks for it, and takes `once`. */
  on(event: 'abort', listener: Listener): void {
    this.once(event, listener)
  }
  once(_event: 'abort', listener: Listener): void {
    this.#listener = listener
  }
  removeListener(): void {
    this.#listener = undefined
  }

  /** Gives the request up. */
  readonly abort = (reason: unknown): void => {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.#listener?.()
  }

  /** Listens to the call: it may be over before the request is. */
  listen(): void {
    this.signal = this.call.signal
    if (this.signal.aborted) this.#callEnded()
    else this.signal.addEventListener('abort', this.#callEnded)
  }

  end(): void {
    this.signal?.removeEventListener('abort', this.#callEnded)
  }

  readonly #callEnded = (): void => this.abort(this.signal?.reason)
}

/** The requests of a client that are under way, each of which has as much time as any other: one timer serves them all. */
export class Limits {
  readonly #clock: Clock
  readonly #timeoutMs: number
  /** In the order in which they began: those that don't listen to their call yet, and all. */
  readonly #young = new Set<Limit>()
  readonly #all = new Set<Limit>()
  #timer: Timer | undefined

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock
    this.#timeoutMs = timeoutMs
  }

  /** A request begins. */
  begin(call: Pick<CallInfo, 'signal'>, late: () => Error): Limit {
    const limit = new Limit(call, this.#clock.now(), late)
    this.#all.add(limit)
    this.#young.add(limit)
    // Where one is over before, the timer goes on: it is seldom cancelled, and made anew once a second at most.
    if (this.#timer === undefined) this.#arm()
    return limit
  }

  /** A request is over. */
  end(limit: Limit): void {
    this.#all.delete(limit)
    if (!this.#young.delete(limit)) limit.end()
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
    for (const limit of this.#all) {
      if (limit.beganAt + this.#timeoutMs > now) break
      this.end(limit)
      limit.abort(limit.late())
    }
    for (const limit of this.#young) {
      if (limit.beganAt + LISTENS_AFTER_MS > now) break
      this.#young.delete(limit)
      limit.listen()
    }
    this.#arm()
  }
}
