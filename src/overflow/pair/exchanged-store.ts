import type { Message } from '../../core/message.ts'
import type {
  Appending,
  OverflowStore,
  Settled,
  StoreDepth,
  StoredChunk,
  StoreEvents,
} from '../../core/overflow-store.ts'

/**
 * A store that may be exchanged for another one at the same place while it is read: what comes meanwhile waits. So whoever
 * stores decides how, also where whoever drains was there before.
 */
export class ExchangedStore implements OverflowStore {
  #store: OverflowStore
  #events: StoreEvents | undefined
  readonly #committed: () => void
  /** Reads and commits under way. */
  readonly #underWay = new Set<Promise<unknown>>()
  #exchanging: Promise<unknown> | undefined

  /** @param committed told of each commit: there may be room again. */
  constructor(store: OverflowStore, committed: () => void) {
    this.#store = store
    this.#committed = committed
  }

  get next(): number {
    return this.#store.next
  }

  get depth(): StoreDepth {
    return this.#store.depth
  }

  async open(events: StoreEvents): Promise<Settled> {
    this.#events = events
    return this.#store.open(events)
  }

  /** Not while it is exchanged. */
  append(messages: readonly Message[]): Appending {
    return this.#store.append(messages)
  }

  read(from: number, most: number): Promise<StoredChunk> {
    return this.#do((store) => store.read(from, most))
  }

  async commit(settled: Settled): Promise<void> {
    await this.#do((store) => store.commit(settled))
    this.#committed()
  }

  async close(): Promise<void> {
    await this.#exchanging?.catch(() => undefined)
    await Promise.allSettled(this.#underWay)
    await this.#store.close()
  }

  /**
   * Goes on with another store, where nobody appends.
   *
   * @returns what the other one found: somebody else may have been there in between.
   * @throws what opening it throws; then there is none.
   */
  async exchange(store: OverflowStore): Promise<Settled> {
    const exchanging = this.#exchange(store)
    this.#exchanging = exchanging
    try {
      return await exchanging
    } finally {
      this.#exchanging = undefined
    }
  }

  async #exchange(store: OverflowStore): Promise<Settled> {
    await Promise.allSettled(this.#underWay)
    await this.#store.close()
    const settled = await store.open(this.#events!)
    this.#store = store
    return settled
  }

  async #do<T>(task: (store: OverflowStore) => PromiseLike<T>): Promise<T> {
    while (this.#exchanging !== undefined) await this.#exchanging.catch(() => undefined)
    const done = Promise.resolve(task(this.#store)).finally(() => this.#underWay.delete(done))
    this.#underWay.add(done)
    return done
  }
}
