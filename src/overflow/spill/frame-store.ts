import type { Settled, StoredRange } from '../../core/overflow-store.ts'

/** Of what the owner of a store wants to keep at most, so many of its largest frames take all. */
export const FRAMES_PER_LIMIT = 8

/** Bytes that hold messages; what they say is their owner's affair. */
export interface NewFrame {
  /** At least one byte. */
  readonly payload: Uint8Array
  /** How many messages it holds, at least one: each has a number. */
  readonly count: number
}

/** A frame that is stored. */
export interface NumberedFrame extends NewFrame {
  /** Of its first message; the next frame's is this one's and its count. */
  readonly number: number
}

/** So many bytes to read are one frame, wherever it is. */
export const ONE_FRAME = 1

/** What was read. */
export interface FrameChunk {
  /** In order; the first may begin before the number that was asked for. */
  readonly frames: readonly NumberedFrame[]
  /** Numbers from the one that was asked for up to `next` of which there is no whole frame any more; also settled ones. */
  readonly lost: readonly StoredRange[]
  /** From where to read on: behind the last frame, and behind what is lost. */
  readonly next: number
}

/** What was committed last, as a store remembers it. */
export interface StoredSettled extends Omit<Settled, 'parts'> {
  /** undefined where ranges were forgotten: then their messages are not settled, and nobody knows how many parts they had. */
  readonly parts: number | undefined
}

/** What a store tells, at any time while it is open. */
export interface FrameStoreEvents {
  /** Another owner has it, or may have it from now on: nothing is written to it any more. Told once. */
  onOwnerLost(error: Error): void
}

/**
 * Where the frames of an overflow are kept: a file system, Redis, or what you write yourself. Numbers are those of
 * messages, counted up from 1; a frame has as many as it holds messages, and all of them together have no gap.
 *
 * One owner at a time has it. Its owner calls `append`, `read` and `commit` one at a time each, but a read while frames are
 * appended, and so on. An error of any of them says that it may be tried again, but for `SLUICE_OVERFLOW_OWNER_LOST` and
 * `SLUICE_OVERFLOW_CLOSED`.
 *
 *     committed below            next
 *      | may be given back | … | ──▶ append
 *                     read ──▶
 */
export interface FrameStore {
  /** The number of the next message: behind all that is confirmed. */
  readonly next: number
  /** That it takes, with what is settled and hasn't been given back yet. */
  readonly bytes: number
  /** The largest frame that it takes; the same at any time. */
  readonly mostFrameBytes: number
  /**
   * Takes it over with what is in it, or waits until its owner has left, or rejects with `SLUICE_LOG_LOCKED` or the like.
   * It may be opened again after `close`.
   *
   * @returns what was committed last; undefined where nothing was, or where that isn't known any more: then all that is
   *   stored counts as unsettled.
   */
  open(events: FrameStoreEvents): Promise<StoredSettled | undefined>
  /**
   * Appends frames, all of them or none. Resolves when they are confirmed, at the durability that was asked for.
   *
   * @param number of the first message: `next`. Where an append has failed and nobody knows whether it took effect, it is
   *   called again with the same number and the same frames, which must be there once in the end.
   */
  append(number: number, frames: readonly NewFrame[]): Promise<void>
  /**
   * Reads confirmed frames from a number on, as many as fit into so many bytes; at least one, unless none is left. What
   * was committed as settled below may be gone, and isn't lost.
   */
  read(from: number, mostBytes: number): Promise<FrameChunk>
  /**
   * Writes down what is settled, all of it, each time, and gives back what isn't needed any more. It may forget ranges of
   * `above` where there are too many to write down, so that these messages come again after a crash; never `below`. Then
   * `parts` is what it doesn't remember either.
   */
  commit(settled: Settled): Promise<void>
  /** What is under way is confirmed or rejected, then another owner may have it. Where it isn't open, it does nothing. */
  close(): Promise<void>
}
