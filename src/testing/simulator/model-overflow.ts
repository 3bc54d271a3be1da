import { adopt } from '../../core/call.ts'
import { SluiceError } from '../../core/errors.ts'
import { partCount, type Message } from '../../core/message.ts'
import { Deferred } from './world.ts'
import type {
  Appending,
  OverflowStore,
  Settled,
  StoreDepth,
  StoredChunk,
  StoredMessage,
  StoreEvents,
} from '../../core/overflow-store.ts'

/** What a store is asked for. */
export type StoreCall = 'open' | 'append' | 'read' | 'commit' | 'close'

/** What of a store survives its process. */
export class ModelDisk {
  /** Confirmed; in the order of their numbers, which have no gaps. */
  readonly entries: StoredMessage[] = []
  settled: Settled = { below: 1, above: [], parts: 0 }
  next = 1
}

/** A call of the store; one of both, once. */
export interface Effect<T> {
  /** It takes effect. */
  take(): T
  /** It never will. */
  drop(): void
  /** Another owner has the store since the call began: it must not take effect. */
  readonly isFenced: boolean
}

/** Decides when, and whether, a call of the store takes effect and is answered. */
export type Answer = <T>(call: StoreCall, effect: Effect<T>) => PromiseLike<T>

/** An overflow's store as a model has it: a list. It stands beside the real ones, and is never in their place. */
export class ModelOverflow implements OverflowStore {
  readonly #disk: ModelDisk
  readonly #answer: Answer
  readonly #date: () => number
  #next = 1
  #settled: Settled = { below: 1, above: [], parts: 0 }
  #events: StoreEvents | undefined
  /** Owners that there have been. */
  #owners = 1
  /** The first is under way, the others wait for it. */
  #appends: (() => void)[] = []
  /** Calls under way; of each kind one at a time. */
  #underWay = new Set<StoreCall>()

  constructor(disk: ModelDisk, { answer, date }: { readonly answer: Answer; readonly date: () => number }) {
    this.#disk = disk
    this.#answer = answer
    this.#date = date
  }

  get next(): number {
    return this.#next
  }

  get depth(): StoreDepth {
    const { below, above } = this.#settled
    const settled = above.reduce((sum, { from, to }) => sum + to - from, 0)
    const messages = this.#next - below - settled
    return { messages, parts: messages, bytes: 100 * messages }
  }

  /** Another owner takes it; what is under way takes no effect any more. */
  lose(error: Error): void {
    this.#owners++
    this.#underWay = new Set()
    this.#appends = []
    this.#events?.onOwnerLost(error)
  }

  /** An append doesn't get on, or does again. */
  trouble(error: Error | undefined): void {
    this.#events?.onTrouble(error)
  }

  open(events: StoreEvents): PromiseLike<Settled> {
    this.#events = events
    return this.#call('open', () => {
      this.#next = this.#disk.next
      this.#settled = this.#disk.settled
      return this.#settled
    })
  }

  append(messages: readonly Message[]): Appending {
    const written = messages.filter(({ data }) => typeof data !== 'function')
    const unwritable = messages
      .filter(({ data }) => typeof data === 'function')
      .map((message) => ({ message, error: new SluiceError('SLUICE_MESSAGE_INVALID', 'a function is no data') }))
    const first = this.#next
    this.#next += written.length
    const storedAt = this.#date()
    const entries = written.map((message, index) => entryOf(message, first + index, storedAt))
    const effect = (): void => {
      this.#disk.entries.push(...entries)
      this.#disk.next = first + entries.length
    }
    return { written, unwritable, stored: this.#behindOthers(() => this.#call('append', effect)) }
  }

  /** One append after the other takes effect; what is behind one that fails never does. */
  #behindOthers(append: () => PromiseLike<void>): PromiseLike<void> {
    const stored = new Deferred()
    const appends = this.#appends
    const done = (): void => {
      appends.shift()
      stored.resolve(undefined)
      if (appends === this.#appends) appends[0]?.() // Else another owner has it.
    }
    const failed = (error: unknown): void => {
      appends.length = 0
      stored.reject(error)
    }
    const begin = (): void => adopt(append(), done, failed)
    if (appends.push(begin) === 1) begin()
    return stored as PromiseLike<void>
  }

  read(from: number, most: number): PromiseLike<StoredChunk> {
    return this.#call('read', () => {
      const { entries } = this.#disk
      const start = Math.max(0, from - (entries[0]?.number ?? from))
      const chunk = entries.slice(start, start + most)
      const isSettled = ({ number }: StoredMessage): boolean =>
        this.#settled.above.some(({ from: first, to }) => first <= number && number < to)
      return {
        messages: chunk.filter((entry) => !isSettled(entry)),
        lost: [],
        next: (chunk.at(-1)?.number ?? from - 1) + 1,
      }
    })
  }

  commit(settled: Settled): PromiseLike<void> {
    return this.#call('commit', () => {
      this.#settled = settled
      this.#disk.settled = settled
      const { entries } = this.#disk
      const kept = entries.findIndex(({ number }) => number >= settled.below)
      entries.splice(0, kept === -1 ? entries.length : kept)
    })
  }

  close(): PromiseLike<void> {
    return this.#call('close', () => {})
  }

  #call<T>(call: StoreCall, effect: () => T): PromiseLike<T> {
    const underWay = this.#underWay
    if (underWay.has(call)) throw new Error(`two calls of ${call} at once`)
    underWay.add(call)
    const owner = this.#owners
    const isFenced = (): boolean => owner !== this.#owners
    const drop = (): void => void underWay.delete(call)
    const take = (): T => {
      drop()
      return effect()
    }
    return this.#answer(call, {
      take,
      drop,
      get isFenced() {
        return isFenced()
      },
    })
  }
}

function entryOf(message: Message, number: number, storedAt: number): StoredMessage {
  const { id, data, key, headers, time, priority, deadline, attempt, sizeBytes } = message
  const parts = keptParts(message)
  if (partCount(message) !== (parts?.length ?? 1)) throw new Error('a batch has its parts')
  return { number, id, data, key, headers, time, priority, deadline, attempt, sizeBytes, parts, storedAt }
}

function keptParts({ parts }: Message): StoredMessage['parts'] {
  return parts?.map((part) => ({ id: part.id, key: part.key, parts: keptParts(part) }))
}
