import type { Node } from './node.ts'

/** What an overflow may be in trouble with. */
export type Trouble = 'append' | 'read' | 'commit' | 'owner'

/** What an overflow does, as far as it is told: when it opens and closes, how much it has stored since, and its trouble. */
export class OverflowStory {
  readonly #node: Node
  readonly #troubles = new Map<Trouble, Error>()
  /** Monotonic ms. */
  #openedAt = 0
  #stored = 0
  /** It has been told that it is open; of one that always is, it never is. */
  #isTold = true

  constructor(node: Node) {
    this.#node = node
  }

  /** What keeps the store from going on. */
  get trouble(): Error | undefined {
    return this.#troubles.values().next().value
  }

  /** Told as soon as anything is stored. @param unread what is stored already. @param isUsual it is open all the time, which is no news. */
  opens(unread: number, isUsual: boolean): void {
    this.#openedAt = this.#node.host.scheduler.now
    this.#stored = 0
    this.#isTold = isUsual
    if (unread > 0) this.#tellOpen(unread)
  }

  stores(count: number): void {
    this.#stored += count
    this.#node.counters.add('stored', count)
    this.#tellOpen(count)
  }

  closes(): void {
    if (!this.#isTold) return // It had no need to store anything.
    const { host, name } = this.#node
    const openMs = Math.round(host.scheduler.now - this.#openedAt)
    host.log.info('overflow closes', { node: name, openMs, messages: this.#stored })
  }

  /** The store is open: what was before doesn't count. */
  begins(): void {
    for (const what of this.#troubles.keys()) this.inTrouble(what, undefined)
  }

  /** The store doesn't get on with something, or does again. */
  inTrouble(what: Trouble, error: Error | undefined): void {
    const { host, name, counters } = this.#node
    const before = this.trouble
    if (error === undefined) this.#troubles.delete(what)
    else this.#troubles.set(what, error)
    if (before === undefined && error !== undefined) {
      counters.add('troubles', 1)
      host.log.error('overflow in trouble', { node: name, error: error.message })
    }
    if (before !== undefined && this.trouble === undefined) host.log.info('overflow goes on', { node: name })
  }

  #tellOpen(stored: number): void {
    if (!this.#isTold) this.#node.host.log.warn('overflow opens', { node: this.#node.name, stored })
    this.#isTold = true
  }
}
