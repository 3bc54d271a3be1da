import type { Node } from './node.ts'

/** What an overflow does, as far as it is told: when it opens and closes, how much it has stored since, and its trouble. */
export class OverflowStory {
  /** What keeps the store from going on. */
  trouble: Error | undefined
  readonly #node: Node
  /** Monotonic ms. */
  #openedAt = 0
  #stored = 0

  constructor(node: Node) {
    this.#node = node
  }

  /** @param isUsual it is open all the time, which is no news. */
  opens(stored: number, isUsual: boolean): void {
    const { host, name } = this.#node
    this.#openedAt = host.scheduler.now
    this.#stored = 0
    if (!isUsual) host.log.warn('overflow opens', { node: name, stored })
  }

  stores(count: number): void {
    this.#stored += count
    this.#node.counters.add('stored', count)
  }

  closes(): void {
    const { host, name } = this.#node
    const openMs = Math.round(host.scheduler.now - this.#openedAt)
    host.log.info('overflow closes', { node: name, openMs, messages: this.#stored })
  }

  /** The store doesn't get on, or does again. */
  inTrouble(error: Error | undefined): void {
    const { host, name } = this.#node
    if (error !== undefined && this.trouble === undefined)
      host.log.error('overflow in trouble', { node: name, error: error.message })
    if (error === undefined && this.trouble !== undefined) host.log.info('overflow goes on', { node: name })
    this.trouble = error
  }
}
