/** Tasks that must not overlap, each begun when the one before it has settled, in the order in which they were given. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  /** Settles as the task does. A task that fails doesn't keep the next one from its turn. */
  take<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
