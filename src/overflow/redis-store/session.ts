import type { SluiceError } from '../../core/errors.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import type { RedisLease } from '../../redis/lease.ts'
import { overflowError } from '../errors.ts'
import type { StoredSettled } from '../spill/frame-store.ts'
import { StreamCursor, type Epoch } from './stream-cursor.ts'

/** What is known of a stream. */
export interface Known {
  /** Behind all that is confirmed. */
  readonly next: number
  /** What is below may be gone, and isn't lost. */
  readonly head: number
  /** What was committed last; undefined where that isn't known. */
  readonly settled: StoredSettled | undefined
  /** Of all that was ever stored: before the first frame that is there, and up to `next`. */
  readonly bytesBeforeHead: number
  readonly bytesUntilNext: number
  /** In order, the last is the owner's own. */
  readonly epochs: readonly Epoch[]
}

interface Held {
  readonly connection: RedisConnection
  readonly lease: RedisLease
  readonly key: string
  /** Of a frame, as is to be expected. */
  readonly frameBytes: number
  onOwnerLost(error: Error): void
}

/** One time that a store is open. */
export class Session {
  readonly connection: RedisConnection
  readonly lease: RedisLease
  readonly key: string
  /** For people. */
  readonly name: string
  readonly cursor: StreamCursor
  readonly epochs: readonly Epoch[]
  next: number
  head: number
  settled: StoredSettled | undefined
  bytesBeforeHead: number
  bytesUntilNext: number
  /** Of what was given back behind the head, since the last commit. */
  bytesInGaps = 0
  /** Why nothing may be done any more. */
  lost: SluiceError | undefined
  readonly #onOwnerLost: (error: Error) => void
  readonly #underWay = new Set<Promise<unknown>>()

  constructor({ connection, lease, key, frameBytes, onOwnerLost }: Held, known: Known) {
    this.connection = connection
    this.lease = lease
    this.key = key
    this.name = `"${key}" at ${connection.address}`
    this.epochs = known.epochs
    this.next = known.next
    this.head = known.head
    this.settled = known.settled
    this.bytesBeforeHead = known.bytesBeforeHead
    this.bytesUntilNext = known.bytesUntilNext
    this.cursor = new StreamCursor(this, frameBytes)
    this.#onOwnerLost = onOwnerLost
  }

  get bytes(): number {
    return this.bytesUntilNext - this.bytesBeforeHead - this.bytesInGaps
  }

  /** The id of the frame that begins at a number, where one does. */
  idOf(number: number): string {
    const epoch = this.epochs.findLast(({ from }) => from <= number)?.epoch ?? 0
    return `${epoch}-${number}`
  }

  /** Whoever closes waits for it. */
  kept<T>(asked: Promise<T>): Promise<T> {
    const ended = asked.finally(() => this.#underWay.delete(ended))
    this.#underWay.add(ended)
    return ended
  }

  async idle(): Promise<void> {
    await Promise.allSettled(this.#underWay)
  }

  /** Nothing is done any more; its owner is told, once. */
  lose(cause: Error): SluiceError {
    if (this.lost !== undefined) return this.lost
    const message = `no more the owner of ${this.name}: ${cause.message}`
    this.lost = overflowError('SLUICE_OVERFLOW_OWNER_LOST', message, cause)
    this.#onOwnerLost(this.lost)
    return this.lost
  }

  /** Gives the lease back, where the server can be reached; else it runs out. */
  async end(): Promise<void> {
    await this.lease.release().catch(() => undefined)
    await this.connection.close()
  }
}
