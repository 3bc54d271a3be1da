/** What belongs to one call of a handler; valid until the call has settled. */
export class Call {
  /** 1 for a first try; of a call of several messages, that of the first. */
  attempt = 1
  #controller: AbortController | undefined
  #abortReason: unknown

  /** Aborts when the call has timed out or its node is restarted or destroyed. Made when first read (D11). */
  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#abortReason !== undefined) this.#controller.abort(this.#abortReason)
    }
    return this.#controller.signal
  }

  /** @internal */
  abort(reason: unknown): void {
    this.#abortReason = reason
    this.#controller?.abort(reason)
  }

  /** @internal Makes it good for another call; a signal that was read belongs to the old one. */
  reset(attempt: number): void {
    this.attempt = attempt
    this.#controller = undefined
    this.#abortReason = undefined
  }
}

/** Whether a handler returned something to wait for. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    value !== null &&
    (typeof value === 'object' || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/**
 * Waits for a thenable without making another promise. Exactly one of the callbacks is called, exactly once, also if
 * the thenable is not a promise and breaks its rules; it may be called before `adopt` returns.
 */
export function adopt(
  thenable: PromiseLike<unknown>,
  resolved: (value: unknown) => void,
  rejected: (error: unknown) => void,
): void {
  if (thenable instanceof Promise) {
    void Promise.prototype.then.call(thenable, resolved, rejected)
    return
  }
  let isSettled = false
  const once = (callback: (value: unknown) => void) => (value: unknown) => {
    if (isSettled) return
    isSettled = true
    callback(value)
  }
  const reject = once(rejected)
  try {
    thenable.then(
      once((value) => (isThenable(value) ? adopt(value, resolved, rejected) : resolved(value))),
      reject,
    )
  } catch (error) {
    reject(error)
  }
}
