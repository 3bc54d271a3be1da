import type { Env, Timer } from '../core/env.ts'

interface Pending {
  readonly due: number
  readonly callback: () => void
}

/** An `Env` whose clock stands still until a test moves it. */
export class ManualEnv implements Env {
  /** Timers that were set so far, and how many ran together at most. */
  timersSet = 0
  mostTimers = 0
  #now = 0
  #tasks: (() => void)[] = []
  #timers: Pending[] = []
  #state = 1

  now(): number {
    return this.#now
  }

  date(): number {
    return 1_700_000_000_000 + this.#now
  }

  random(): number {
    this.#state = (Math.imul(this.#state, 1_103_515_245) + 12_345) >>> 0
    return this.#state / 2 ** 32
  }

  get timers(): number {
    return this.#timers.length
  }

  /** When the next timer fires, from now; undefined while none is set. */
  get nextTimerInMs(): number | undefined {
    return this.#timers.length === 0 ? undefined : Math.min(...this.#timers.map(({ due }) => due)) - this.#now
  }

  after(delayMs: number, callback: () => void): Timer {
    const timer = { due: this.#now + delayMs, callback }
    this.#timers.push(timer)
    this.timersSet++
    this.mostTimers = Math.max(this.mostTimers, this.#timers.length)
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) }
  }

  soon(callback: () => void): void {
    this.#tasks.push(callback)
  }

  later(callback: () => void): void {
    this.#tasks.push(callback)
  }

  passing(callback: () => void): void {
    this.later(callback)
  }

  /** Runs all that is ready, without time passing. */
  run(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task()
  }

  /** Lets time pass; each timer fires when it is due. */
  advance(ms: number): void {
    this.run()
    const end = this.#now + ms
    for (let timer = this.#firstUntil(end); timer !== undefined; timer = this.#firstUntil(end)) {
      this.#fire(timer)
      this.run()
    }
    this.#now = end
  }

  /** The same for components that use promises. */
  async advanceAsync(ms: number): Promise<void> {
    await this.settle()
    const end = this.#now + ms
    for (let timer = this.#firstUntil(end); timer !== undefined; timer = this.#firstUntil(end)) {
      this.#fire(timer)
      await this.settle()
    }
    this.#now = end
  }

  /** Runs all that is ready, promises included. */
  async settle(): Promise<void> {
    do {
      this.run()
      await new Promise((resolve) => setImmediate(resolve))
    } while (this.#tasks.length > 0)
  }

  #fire(timer: Pending): void {
    this.#now = Math.max(this.#now, timer.due)
    this.#timers = this.#timers.filter((other) => other !== timer)
    timer.callback()
  }

  #firstUntil(end: number): Pending | undefined {
    let first: Pending | undefined
    for (const timer of this.#timers)
      if (timer.due <= end && (first === undefined || timer.due < first.due)) first = timer
    return first
  }
}
