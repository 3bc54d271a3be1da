import type { Env, Timer } from '../../core/env.ts'
import type { ReadyQueue, Runnable } from '../../core/scheduler.ts'
import type { Random } from './random.ts'

interface PendingTimer {
  readonly due: number
  readonly callback: () => void
  isCancelled: boolean
}

/** Chance that a reading of the clock finds that much time has passed: a turn that took longer than a slice. */
const SLOW_TURN = 0.01

/** Longest time for which an immediate may have to wait. */
const STALL_MS = 10

/**
 * The simulated `Env`: a clock that moves when somebody looks or waits, and tasks that run in a seeded order. Nothing
 * happens but by `step`, and nothing in it is a promise.
 */
export class World implements Env {
  /** What the clock shows at the beginning; ms. */
  static readonly START_MS = 1000
  readonly #random: Random
  #now = World.START_MS
  /** Timers that the kernel has set and that are running. */
  timers = 0
  /** The latest that the wall clock has ever shown. */
  latestDate = 0
  #soon: (() => void)[] = []
  #later: (() => void)[] = []
  #timers: PendingTimer[] = []
  /** How far the wall clock was set; ms. */
  #shift = 0

  constructor(random: Random) {
    this.#random = random
  }

  now(): number {
    this.#now += this.#random.chance(SLOW_TURN) ? 6 : this.#random.float() * 0.02
    return this.#now
  }

  /** The clock, without moving it. */
  get time(): number {
    return this.#now
  }

  date(): number {
    const date = 1_700_000_000_000 + this.#shift + Math.floor(this.#now)
    this.latestDate = Math.max(this.latestDate, date)
    return date
  }

  /** Somebody sets the wall clock; the monotonic one goes on as it was. */
  setClock(shiftMs: number): void {
    this.#shift += shiftMs
  }

  /** The process is gone, and all that it was about to do. */
  crash(): void {
    this.timers = 0
    this.#soon = []
    this.#later = []
    this.#timers = []
  }

  random(): number {
    return this.#random.float()
  }

  after(delayMs: number, callback: () => void): Timer {
    this.timers++
    let isOver = false
    const end = (): boolean => {
      if (isOver) return false
      isOver = true
      this.timers--
      return true
    }
    const timer = this.schedule(delayMs, () => end() && callback())
    return {
      cancel: () => {
        if (end()) timer.isCancelled = true
      },
    }
  }

  /** A task of the world outside of the kernel. */
  schedule(delayMs: number, callback: () => void): PendingTimer {
    const timer: PendingTimer = { due: this.#now + delayMs, callback, isCancelled: false }
    let at = this.#timers.length
    while (at > 0 && this.#timers[at - 1]!.due > timer.due) at--
    this.#timers.splice(at, 0, timer)
    return timer
  }

  soon(callback: () => void): void {
    this.#soon.push(callback)
  }

  later(callback: () => void): void {
    this.#later.push(callback)
  }

  passing(callback: () => void): void {
    this.later(callback)
  }

  /** Runs one task. @returns false when there is none. */
  step(): boolean {
    const task = this.#soon.shift() ?? this.#next()
    task?.()
    return task !== undefined
  }

  /** An immediate or the next timer; mostly the immediate, but time may also jump first. */
  #next(): (() => void) | undefined {
    while (this.#timers[0]?.isCancelled) this.#timers.shift()
    const [timer] = this.#timers
    if (
      this.#later.length > 0 &&
      !(timer !== undefined && timer.due < this.#now + STALL_MS && this.#random.chance(0.2))
    ) {
      return this.#later.shift()
    }
    if (timer === undefined) return undefined
    this.#timers.shift()
    this.#now = Math.max(this.#now, timer.due)
    return timer.callback
  }
}

/** Ready nodes get their turns in any order, which is more than a real run queue does. */
export class ShuffledQueue implements ReadyQueue {
  readonly #random: Random
  readonly #nodes: Runnable[] = []

  constructor(random: Random) {
    this.#random = random
  }

  get length(): number {
    return this.#nodes.length
  }

  push(node: Runnable): void {
    this.#nodes.push(node)
  }

  shift(): Runnable {
    return this.#nodes.splice(this.#random.between(0, this.#nodes.length - 1), 1)[0]!
  }
}

/** What a simulated handler waits for: settles by a task of the world, never by a microtask. */
export class Deferred implements PromiseLike<unknown> {
  #callbacks: { resolved: (value: unknown) => void; rejected: (error: unknown) => void } | undefined
  #answer: { value: unknown; isError: boolean } | undefined

  resolve(value: unknown): void {
    this.#settle(value, false)
  }

  reject(error: unknown): void {
    this.#settle(error, true)
  }

  // oxlint-disable-next-line unicorn/no-thenable -- It stands for a promise, and must not be one.
  then<A = unknown, B = never>(
    resolved?: ((value: unknown) => A | PromiseLike<A>) | null,
    rejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): PromiseLike<A | B> {
    this.#callbacks = { resolved: (value) => void resolved?.(value), rejected: (error) => void rejected?.(error) }
    if (this.#answer !== undefined) this.#call(this.#answer)
    return this as unknown as PromiseLike<A | B>
  }

  #settle(value: unknown, isError: boolean): void {
    if (this.#answer !== undefined) return
    this.#answer = { value, isError }
    if (this.#callbacks !== undefined) this.#call(this.#answer)
  }

  #call({ value, isError }: { value: unknown; isError: boolean }): void {
    if (isError) this.#callbacks!.rejected(value)
    else this.#callbacks!.resolved(value)
  }
}
