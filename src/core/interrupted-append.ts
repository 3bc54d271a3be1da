import { adopt } from './call.ts'
import { asError } from './errors.ts'
import type { Message } from './message.ts'
import type { OverflowStore, Settled, StoredChunk, StoreEvents } from './overflow-store.ts'

/** Messages on their way to a store that was lost meanwhile: nobody knows whether they are stored. */
export interface InterruptedAppend {
  readonly messages: readonly Message[]
  /** The number that the first was to have. */
  readonly first: number
}

interface OverflowOpening {
  readonly store: OverflowStore
  readonly events: StoreEvents
  readonly interrupted: InterruptedAppend | undefined
}

/** A store that has been opened, and how many of the messages of an interrupted append are in it: the first ones. */
export interface Opened {
  readonly settled: Settled
  readonly stored: number
}

/** Opens a store, and finds out what became of an append that was under way when it was lost. One of both is called back. */
export function openAgain(
  { store, events, interrupted }: OverflowOpening,
  done: (opened: Opened) => void,
  failed: (error: Error) => void,
): void {
  const giveUp = (error: Error): void => {
    const closed = (): void => failed(error)
    adopt(store.close(), closed, closed)
  }
  const search = (settled: unknown): void => {
    const found = (stored: number): void => done({ settled: settled as Settled, stored })
    if (interrupted === undefined) found(0)
    else new Search(interrupted, store, { found, failed: giveUp }).begin()
  }
  adopt(store.open(events), search, (error) => failed(asError(error)))
}

interface Told {
  found(stored: number): void
  failed(error: Error): void
}

/**
 * Looks for messages under the numbers that they were to have. Where somebody has taken all of them out already, they are
 * not found, and stored once more.
 */
class Search {
  readonly #messages: readonly Message[]
  readonly #first: number
  /** Behind the last that may be there. */
  readonly #end: number
  readonly #store: OverflowStore
  readonly #told: Told
  #isAnyThere = false

  constructor({ messages, first }: InterruptedAppend, store: OverflowStore, told: Told) {
    this.#messages = messages
    this.#first = first
    this.#end = Math.min(first + messages.length, store.next)
    this.#store = store
    this.#told = told
  }

  begin(): void {
    if (this.#end <= this.#first) this.#told.found(0)
    else this.#look(this.#first)
  }

  #look(from: number): void {
    const heard = (chunk: unknown): void => this.#compare(from, chunk as StoredChunk)
    adopt(this.#store.read(from, this.#end - from), heard, (error) => this.#told.failed(asError(error)))
  }

  #compare(from: number, { messages, next }: StoredChunk): void {
    for (const { number, id } of messages) {
      if (number >= this.#end) break
      if (this.#messages[number - this.#first]!.id !== id) return this.#told.found(0)
      this.#isAnyThere = true
    }
    const at = Math.max(next, from + 1)
    if (at < this.#end) this.#look(at)
    else this.#told.found(this.#isAnyThere ? this.#end - this.#first : 0)
  }
}
