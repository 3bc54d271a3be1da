import type { Message } from '../../core/message.ts'
import type { Appending, OverflowStore, Settled } from '../../core/overflow-store.ts'
import { Turns } from '../../kit/turns.ts'
import { overflowError } from '../errors.ts'
import type { BoundStore, StoreWorld } from '../stores.ts'
import { ExchangedStore } from './exchanged-store.ts'

/** One who uses a store together with others: a consumer that fills it, or the producer that drains it. */
export interface StoreUser {
  readonly kind: 'fills' | 'drains'
  readonly bound: BoundStore
  /** How it wants things to be stored, as text: what is different for two users is different here. */
  readonly manner: string
  readonly world: StoreWorld
  readonly pipeline: string
  readonly node: string
  /** Something was stored, settled or lost. */
  changed(): void
  figures(): UserFigures
}

/** What only a user knows. */
export interface UserFigures {
  /** What the store may take, of who fills it. */
  readonly limitBytes: number | undefined
  /** When the oldest that has no outcome was stored, ms since 1970, as far as it has read. */
  readonly oldestStoredAt: number | undefined
  /** Messages that it has found damaged or missing. */
  readonly lost: number
}

/** One time that the store is open: all numbers are good for so long. */
export class Opening {
  readonly store: ExchangedStore
  /** How what is stored is written. */
  manner: string
  /** What was settled when it was opened. */
  settled: Settled = { below: 1, above: [], parts: 0 }
  /** The first number that isn't confirmed. */
  end = 1
  /** Somebody else has it, or may: nothing that was read counts any more. */
  isLost = false
  /** Why it doesn't get on just now. */
  trouble: Error | undefined

  constructor(store: ExchangedStore, manner: string) {
    this.store = store
    this.manner = manner
  }
}

/** By what no two stores have in common. */
const SHARED = new Map<string, SharedStore>()

/**
 * The store of a place, once in a process: whoever comes first opens it, whoever leaves last closes it.
 *
 *     consumer ──▶ append ┐           ┌ read ──▶ producer
 *                         ├─ Opening ─┤
 *     other processes ──▶ lock        └ commit ◀── outcomes
 */
export class SharedStore {
  readonly users = new Set<StoreUser>()
  readonly #key: string
  readonly #turns = new Turns()
  readonly #appends = new Turns()
  #current: Opening | undefined
  /** The one that was opened last: it still knows what it had, also where its server doesn't, and so what is lost. */
  #known: { readonly store: OverflowStore; readonly manner: string } | undefined

  /** Only `useStore` makes them. */
  constructor(key: string) {
    this.#key = key
  }

  /** The last time that it was opened, if it is open, or was until it was lost. */
  get current(): Opening | undefined {
    return this.#current
  }

  /** @throws SLUICE_OVERFLOW_IN_USE where another one drains it */
  join(user: StoreUser): void {
    if (user.kind === 'drains' && [...this.users].some(({ kind }) => kind === 'drains'))
      throw overflowError('SLUICE_OVERFLOW_IN_USE', `another node of this process drains ${this.#key}`)
    this.users.add(user)
  }

  /** The store, opened if need be: it may have been lost. @throws what opening it throws; then it can be tried again */
  async opened(user: StoreUser): Promise<Opening> {
    if (this.#current !== undefined && isGoodFor(user, this.#current)) return this.#current
    return this.#turns.take(() => this.#ensure(user))
  }

  /** Resolves when it is closed, if this was its last user. */
  leave(user: StoreUser): Promise<void> {
    if (!this.users.delete(user)) return Promise.resolve()
    return this.#turns.take(async () => {
      if (this.users.size > 0) return
      await this.#close()
      if (this.users.size === 0 && SHARED.get(this.#key) === this) SHARED.delete(this.#key)
    })
  }

  /** Stores messages, behind those of the call before. @returns those that can't be, once the others are confirmed. */
  append(opening: Opening, messages: readonly Message[]): Promise<Appending['unwritable']> {
    return this.#appends.take(async () => {
      if (opening.isLost) throw lost(this.#key)
      const { stored, unwritable } = opening.store.append(messages)
      await stored
      opening.end = opening.store.next
      this.changed()
      return unwritable
    })
  }

  /** Something was stored, settled or lost: all look again. */
  changed(): void {
    for (const user of this.users) user.changed()
  }

  async #ensure(user: StoreUser): Promise<Opening> {
    const current = this.#current
    if (current !== undefined && !current.isLost) {
      if (!isGoodFor(user, current)) await this.#exchange(current, user)
      if (!current.isLost) return current
    }
    await this.#close()
    const filler = [...this.users].find(({ kind }) => kind === 'fills') ?? user
    return (this.#current = await this.#open(filler))
  }

  async #open({ bound, manner, world }: StoreUser): Promise<Opening> {
    const store = this.#known?.manner === manner ? this.#known.store : bound.create(world)
    this.#known = { store, manner }
    const opening = new Opening(new ExchangedStore(store, () => this.changed()), manner)
    opening.settled = await opening.store.open({
      onTrouble: (error) => this.#troubled(opening, error, world),
      onOwnerLost: (error) => this.#lost(opening, error, world),
    })
    opening.end = opening.store.next
    return opening
  }

  /** How it is written from now on is what the one says who fills it. */
  async #exchange(opening: Opening, { bound, manner, world }: StoreUser): Promise<void> {
    const { end } = opening
    const store = bound.create(world)
    const { below } = await this.#exchanged(opening, store)
    opening.manner = manner
    this.#known = { store, manner }
    // Nobody else was there in between, for all that can be seen.
    if (opening.store.next === end && below <= end) return
    this.#lost(opening, lost(this.#key), world)
  }

  async #exchanged(opening: Opening, store: OverflowStore): Promise<Settled> {
    try {
      return await opening.store.exchange(store)
    } catch (error) {
      opening.isLost = true
      this.changed()
      throw error
    }
  }

  async #close(): Promise<void> {
    const current = this.#current
    this.#current = undefined
    await current?.store.close()
  }

  #troubled(opening: Opening, error: Error | undefined, { log, name }: StoreWorld): void {
    if (error === undefined && opening.trouble !== undefined) log.info('overflow gets on again', { overflow: name })
    if (error !== undefined && opening.trouble === undefined)
      log.warn(`overflow does not get on: ${error.message}`, { overflow: name })
    opening.trouble = error
  }

  #lost(opening: Opening, error: Error, { log, name }: StoreWorld): void {
    if (opening.isLost) return
    opening.isLost = true
    log.error(`overflow lost: ${error.message}`, { overflow: name })
    this.changed()
  }
}

/** All that have users in this process. */
export function storesInUse(): readonly SharedStore[] {
  return [...SHARED.values()]
}

/** The one of the place that a user wants; it is a user of it from now on. @throws SLUICE_OVERFLOW_IN_USE */
export function useStore(user: StoreUser): SharedStore {
  const key = user.bound.exclusive
  const store = SHARED.get(key) ?? new SharedStore(key)
  store.join(user)
  SHARED.set(key, store)
  return store
}

/** Whoever drains takes any. */
function isGoodFor({ kind, manner }: StoreUser, opening: Opening): boolean {
  return !opening.isLost && (kind === 'drains' || manner === opening.manner)
}

function lost(key: string): Error {
  return overflowError('SLUICE_OVERFLOW_OWNER_LOST', `no more the owner of ${key}`)
}
