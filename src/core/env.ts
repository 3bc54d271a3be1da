/** A running timer. Cancelling one that has fired, or twice, does nothing. */
export interface Timer {
  cancel(): void
}

/**
 * The world as the kernel sees it: clocks, timers, randomness and the two ways to come back later.
 * There is a real one and a simulated one, so that a test owns time and chance.
 */
export interface Env {
  /** Monotonic clock in milliseconds, fractional. */
  now(): number
  /** Wall clock in milliseconds since 1970. */
  date(): number
  /** A number in [0, 1). */
  random(): number
  /** Calls back once, `delayMs` from now. */
  after(delayMs: number, callback: () => void): Timer
  /** Calls back when the current task is done, before any I/O (a microtask). */
  soon(callback: () => void): void
  /** Calls back after pending I/O has had its turn (an immediate). */
  later(callback: () => void): void
}

/** `setTimeout` counts in 32 bits and fires at once beyond that. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff

/** The `Env` of a real process. */
export const realEnv: Env = {
  now: () => performance.now(),
  date: () => Date.now(),
  random: () => Math.random(),
  after(delayMs, callback) {
    const due = performance.now() + delayMs
    let handle: NodeJS.Timeout
    const arm = (leftMs: number): void => {
      handle = setTimeout(
        () => (leftMs > LONGEST_TIMEOUT_MS ? arm(due - performance.now()) : callback()),
        Math.min(leftMs, LONGEST_TIMEOUT_MS),
      )
    }
    arm(delayMs)
    return { cancel: () => clearTimeout(handle) }
  },
  soon: (callback) => queueMicrotask(callback),
  later: (callback) => void setImmediate(callback),
}
