import type { Env, Timer } from '../../src/core/env.ts'

interface Pending {
  readonly due: number
  readonly callback: () => void
}

/**
 * An `Env` with the phases of Node's event loop: microtasks before anything else, then timers that are due, then
 * immediates. Time passes only when a test, or a handler of it, says so by `spend`.
 */
export class LoopEnv implements Env {
  /** How often the kernel came back by microtask, and by immediate. */
  microtasks = 0
  immediates = 0
  #now = 0
  #soon: (() => void)[] = []
  #later: (() => void)[] = []
  #timers: Pending[] = []

  now(): number {
    return this.#now
  }

  date(): number {
    return 1_700_000_000_000 + this.#now
  }

  random(): number {
    return 0.5
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { due: this.#now + delayMs, callback }
    this.#timers.push(timer)
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) }
  }

  soon(callback: () => void): void {
    this.microtasks++
    this.#soon.push(callback)
  }

  later(callback: () => void): void {
    this.immediates++
    this.#later.push(callback)
  }

  passing(callback: () => void): void {
    this.later(callback)
  }

  /** Time passes: something is at work. */
  spend(ms: number): void {
    this.#now += ms
  }

  /** Runs microtasks until there are none. */
  runMicrotasks(): void {
    for (let task = this.#soon.shift(); task !== undefined; task = this.#soon.shift()) task()
  }

  /** One round of the loop. @returns whether there was anything to do. */
  round(): boolean {
    this.runMicrotasks()
    const due = this.#timers.filter((timer) => timer.due <= this.#now)
    this.#timers = this.#timers.filter((timer) => timer.due > this.#now)
    const tasks = [...due.map(({ callback }) => callback), ...this.#later.splice(0)]
    for (const task of tasks) {
      task()
      this.runMicrotasks()
    }
    return tasks.length > 0
  }

  /** Rounds until nothing is left to do at this time. */
  run(): void {
    this.runMicrotasks()
    while (this.round());
  }
}
