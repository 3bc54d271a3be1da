const DONE = Promise.resolve()

/**
 * Bodies that have come whole wait until the event loop has read from every connection that had something, and are then
 * taken one right after the other: what reads requests, and what makes messages of them, don't push each other out of
 * the processor's caches. Between two of them the pipeline has its turn, so that each finds the room that it would find
 * if it were taken alone.
 */
export class BodyTurns {
  #waiting: (() => void)[] = []

  /** @param take must not throw. */
  add(take: () => void): void {
    if (this.#waiting.push(take) === 1) setImmediate(() => this.#takeAll())
  }

  #takeAll(): void {
    const bodies = this.#waiting
    this.#waiting = []
    let next = 0
    const takeNext = (): void => {
      bodies[next++]!()
      // By a microtask, as the pipeline takes its turn: that of the body before was asked for first.
      if (next < bodies.length) void DONE.then(takeNext)
    }
    takeNext()
  }
}
