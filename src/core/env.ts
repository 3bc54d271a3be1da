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
  /** The same, but without hurry: the event loop goes on as it would, and waits for I/O first if there is none. */
  passing(callback: () => void): void
}

/** `setTimeout` counts in 32 bits and fires at once beyond that. */
const LONGEST_TIMEOUT_MS = 0x7fff_ffff

const DONE = Promise.resolve()

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
  // Not `queueMicrotask`, which makes an AsyncResource for each callback.
  // oxlint-disable-next-line promise/no-callback-in-promise -- to come back by a microtask is what it is for
  soon: (callback) => void DONE.then(callback),
  later: (callback) => void setImmediate(callback),
  // One that is `ref`ed would keep the loop from waiting: it would poll again and again for a socket or two.
  passing: (callback) => void setImmediate(callback).unref(),
}
