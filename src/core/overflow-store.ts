import type { Message } from './message.ts'

/** Numbers of messages, from one on up to another. */
export interface StoredRange {
  readonly from: number
  readonly to: number
}

/** A part of a batch as an overflow keeps it; its data is that of the batch at its place, unless it says otherwise. */
export interface StoredPart {
  readonly id: string
  readonly key?: string | undefined
  /** Only where the data of the batch is no array with a value for each part. */
  readonly data?: unknown
  /** undefined where it carries what its batch does. */
  readonly details?: StoredDetails | undefined
  /** Where it is a batch itself. */
  readonly parts?: readonly StoredPart[] | undefined
}

/** What a part of a batch carries. Parts of a batch that have it in common may share the object. */
export interface StoredDetails {
  readonly headers: Readonly<Record<string, string>>
  /** Event time; ms since 1970. */
  readonly time: number
  readonly priority: number
  readonly deadline: number | undefined
  /** How much oftener it had been tried than its batch, or less often: what is tried later, both are. */
  readonly attemptsAhead: number
  readonly sizeBytes: number
}

/** A message as an overflow keeps it. Nothing but data, so that another process can go on with it (D17). */
export interface StoredMessage {
  /** Its place in the order: counted up from 1, never used twice. */
  readonly number: number
  readonly id: string
  readonly data: unknown
  readonly key: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Event time; ms since 1970. */
  readonly time: number
  readonly priority: number
  readonly deadline: number | undefined
  /** How often it had been tried when it was stored; 1 is the first. */
  readonly attempt: number
  readonly sizeBytes: number
  /** Of a batch. */
  readonly parts: readonly StoredPart[] | undefined
  /** When it was stored; ms since 1970. */
  readonly storedAt: number
}

/** A message that can't be written: its data contains itself, or is larger than the store takes. */
export interface Unwritable {
  readonly message: Message
  readonly error: Error
}

/** Messages on their way to the store. */
export interface Appending {
  /** Those that are written, in order: the first has the number that was `next`, each following one the next. */
  readonly written: readonly Message[]
  readonly unwritable: readonly Unwritable[]
  /**
   * Resolves when the store has confirmed all of them, at the durability that was asked for. Rejects only where they will
   * not be stored, because the store was closed or lost; what fails for a while is tried again, and told to `onTrouble`.
   */
  readonly stored: PromiseLike<void>
}

/** What was read: messages in order, those left out that were committed as settled. */
export interface StoredChunk {
  readonly messages: readonly StoredMessage[]
  /** What is missing or damaged; told again where it is read again. */
  readonly lost: readonly StoredRange[]
  /** From where to read on. */
  readonly next: number
}

/** What a store tells its overflow, at any time while it is open. */
export interface StoreEvents {
  /** It doesn't get on and tries again, or does again: then without an error. */
  onTrouble(error: Error | undefined): void
  /** The right to drain it was lost to another owner, or may have been: nothing of it may be delivered or committed any more. */
  onOwnerLost(error: Error): void
}

/** What is settled: everything below a number, and ranges above it. */
export interface Settled {
  readonly below: number
  readonly above: readonly StoredRange[]
  /** Parts of all that was ever settled in this store; a message that is no batch is one. */
  readonly parts: number
}

/** How much is in a store: what is appended and not settled. */
export interface StoreDepth {
  readonly messages: number
  readonly parts: number
  /** That it takes in the store, with what is settled and hasn't been given back yet. */
  readonly bytes: number
}

/**
 * The durable FIFO of an overflow, as the kernel sees it: numbered messages, appended at the end, read from any number
 * on, and given back from the beginning. One owner at a time has it.
 *
 *     below            next
 *      | settled | … | ──▶ append
 *             read ──▶
 */
export interface OverflowStore {
  /** The number of the next message; it is asked for while no append is under way. */
  readonly next: number
  /** With what is being appended, as far as bytes are concerned. */
  readonly depth: StoreDepth
  /** Takes the store over, and what is in it; it may be opened again after `close`. Resolves with what was committed last. */
  open(events: StoreEvents): PromiseLike<Settled>
  /**
   * What is given while an append is under way is stored behind it, and may be confirmed together with what is given later.
   *
   * @throws nothing: what can't be written is told.
   */
  append(messages: readonly Message[]): Appending
  /**
   * Reads confirmed messages from a number on; at least one, unless none is left, and about as many as are asked for. One
   * call at a time; it doesn't wait for appends.
   */
  read(from: number, most: number): PromiseLike<StoredChunk>
  /** Writes down what is settled, and gives back what isn't needed any more. One call at a time. */
  commit(settled: Settled): PromiseLike<void>
  /** What was given before is confirmed or rejected. Then another owner may have it. */
  close(): PromiseLike<void>
}
