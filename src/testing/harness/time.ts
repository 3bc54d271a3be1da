import { realEnv, type Env } from '../../core/env.ts'
import { testingError } from '../errors.ts'
import { ManualEnv } from '../manual-env.ts'

/** How time passes in a run. */
export interface Time {
  readonly env: Env
  /** Lets everything happen that can happen without time passing. */
  settle(): Promise<void>
  advance(ms: number): Promise<void>
  /** Lets time pass until the next timer. @returns false where there is none to wait for. */
  skip(): Promise<boolean>
  /** Timers that are running. */
  readonly timers: number
  /** Ms of the real clock in which what can happen by itself has happened. */
  readonly patienceMs: number
}

/** What a run may wait for in the real world. */
export interface Outside {
  readonly isIo: boolean
  /** Calls under way that only the real world may end. */
  readonly waiting: () => number
}

/** What a run that does I/O is waited for at most before its clock goes on, and any other; ms of the real one. */
const PATIENCE_MS = { io: 2_000, none: 250 }
/** After so long a test has waited in vain, before its runner loses patience; ms of the real clock. */
const LONGEST_WAIT_MS = 4_000

/** A clock that stands still until a test moves it. */
export class SimulatedTime implements Time {
  readonly env = new ManualEnv()
  readonly patienceMs: number
  readonly #waiting: () => number
  /** Calls that were waited for in vain: what they wait for is not of the real world, or never comes. */
  #stuck = 0

  constructor({ isIo, waiting }: Outside) {
    this.patienceMs = isIo ? PATIENCE_MS.io : PATIENCE_MS.none
    this.#waiting = waiting
  }

  get timers(): number {
    return this.env.timers
  }

  async settle(): Promise<void> {
    await this.#quiet()
    const deadline = performance.now() + this.patienceMs
    this.#stuck = Math.min(this.#stuck, this.#waiting())
    while (this.#waiting() > this.#stuck && performance.now() < deadline) {
      await breath()
      await this.#quiet()
    }
    this.#stuck = this.#waiting()
  }

  async advance(ms: number): Promise<void> {
    await this.settle()
    await this.env.advanceAsync(ms)
    await this.settle()
  }

  async skip(): Promise<boolean> {
    const { nextTimerInMs } = this.env
    if (nextTimerInMs === undefined) return false
    await this.env.advanceAsync(Math.max(0, nextTimerInMs))
    return true
  }

  /** Promises that wait for promises take more than one turn of the loop. */
  async #quiet(): Promise<void> {
    for (let turns = 0; turns < 3; turns++) await this.env.settle()
  }
}

/** The clock on the wall. */
export class RealTime implements Time {
  readonly env: Env
  timers = 0
  readonly patienceMs = PATIENCE_MS.io
  readonly #waiting: () => number

  constructor({ waiting }: Outside) {
    this.#waiting = waiting
    this.env = { ...realEnv, after: (delayMs, callback) => this.#after(delayMs, callback) }
  }

  async settle(): Promise<void> {
    const deadline = performance.now() + this.patienceMs
    do await breath()
    while (this.#waiting() > 0 && performance.now() < deadline)
  }

  async advance(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms))
    await this.settle()
  }

  async skip(): Promise<boolean> {
    await breath()
    return true
  }

  #after(delayMs: number, callback: () => void): ReturnType<Env['after']> {
    let isOver = false
    const end = (): boolean => {
      if (isOver) return false
      isOver = true
      this.timers--
      return true
    }
    this.timers++
    const timer = realEnv.after(delayMs, () => end() && callback())
    return { cancel: () => end() && timer.cancel() }
  }
}

/** Lets the real world have its turn. */
function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}

interface Wait {
  readonly condition: () => boolean
  readonly what: string
  /** Ms of the real clock. */
  readonly withinMs?: number
}

/** Waits for the real world, without time passing in a simulated one. @throws SLUICE_TESTING_IN_VAIN */
export async function until(time: Time, { condition, what, withinMs = LONGEST_WAIT_MS }: Wait): Promise<void> {
  if (await comesTrue(time, condition, withinMs)) return
  throw testingError('SLUICE_TESTING_IN_VAIN', `waited for ${withinMs / 1000} s until ${what}`)
}

/** Whether a condition comes true within some ms of the real clock, without time passing in a simulated one. */
export async function comesTrue(time: Time, condition: () => boolean, withinMs = time.patienceMs): Promise<boolean> {
  const deadline = performance.now() + withinMs
  for (;;) {
    await time.settle()
    if (condition()) return true
    if (performance.now() > deadline) return false
    await breath()
  }
}

/** Lets time pass for as long as a promise takes. @throws SLUICE_TESTING_IN_VAIN, and what it rejects with. */
export async function finish<T>(time: Time, promise: Promise<T>, what: string): Promise<T> {
  let isOver = false
  const over = (): void => void (isOver = true)
  promise.then(over, over)
  const deadline = performance.now() + LONGEST_WAIT_MS
  for (;;) {
    await time.settle()
    if (isOver) return promise
    if (await time.skip()) continue
    if (performance.now() > deadline) throw testingError('SLUICE_TESTING_IN_VAIN', `waited in vain for ${what}`)
    await breath()
  }
}
