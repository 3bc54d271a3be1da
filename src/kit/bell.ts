/** Lets those who wait know that something has happened, so that they look again. */
export class Bell {
  readonly #waiting = new Set<() => void>()
  /** How often it has rung. */
  rings = 0

  ring(): void {
    this.rings++
    for (const goOn of this.#waiting) goOn()
  }

  /** Resolves when it rings, or the signal aborts; at once where it has rung since it had rung `seen` times. */
  next(signal?: AbortSignal, seen = this.rings): Promise<void> {
    return new Promise((resolve) => {
      const goOn = (): void => {
        this.#waiting.delete(goOn)
        signal?.removeEventListener('abort', goOn)
        resolve()
      }
      if (signal?.aborted === true || seen !== this.rings) return resolve()
      this.#waiting.add(goOn)
      signal?.addEventListener('abort', goOn)
    })
  }
}
