/** Lets works go on side by side, or one of them alone: then no other is under way, and none begins. */
export class Gate {
  #underWay = 0
  #alone: Promise<unknown> | undefined
  #whenIdle: (() => void) | undefined

  async among<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone !== undefined) await this.#alone
    this.#underWay++
    try {
      return await work()
    } finally {
      this.#underWay--
      if (this.#underWay === 0) this.#whenIdle?.()
    }
  }

  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#alone !== undefined) await this.#alone
    const done = this.#idle().then(work)
    this.#alone = done.then(
      () => (this.#alone = undefined),
      () => (this.#alone = undefined),
    )
    return await done
  }

  async #idle(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve))
    this.#whenIdle = undefined
  }
}
