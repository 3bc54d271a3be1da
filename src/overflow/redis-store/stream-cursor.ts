import type { StoredRange } from '../../core/overflow-store.ts'
import type { RedisConnection } from '../../redis/connection.ts'
import type { FrameChunk, NumberedFrame } from '../spill/frame-store.ts'
import { entriesIn } from './stream-entry.ts'

/** An owner's turn, of which there are frames, and the number of its first. */
export interface Epoch {
  readonly epoch: number
  readonly from: number
}

/** What a cursor is told about the stream that it reads. */
export interface Stream {
  readonly connection: RedisConnection
  readonly key: string
  /** In order; the last is that of the owner. */
  readonly epochs: readonly Epoch[]
  /** What is below may be gone, and isn't lost. */
  readonly head: number
  /** Behind all that is confirmed. */
  readonly next: number
}

/** Asked for at once: one more step each time, so that a change to large frames doesn't bring too much of them. */
const MOST_ENTRIES = 64
const MOST_GROWTH = 2

/**
 * Reads a stream from place to place. Ids grow with the numbers, but for a number the epoch in which it was stored must be
 * found first; who goes on where it was needs no search.
 */
export class StreamCursor {
  readonly #stream: Stream
  /** The number that comes next; 0 where that isn't known. */
  #at = 0
  /** From where XRANGE goes on. */
  #from = '-'
  /** Read, and not given out. */
  #ahead: NumberedFrame[] = []
  /** Of frames, as they were in the last answer. */
  #frameBytes: number
  #entries = MOST_ENTRIES / MOST_GROWTH

  /** @param frameBytes of a frame, as is to be expected. */
  constructor(stream: Stream, frameBytes: number) {
    this.#stream = stream
    this.#frameBytes = frameBytes
  }

  /** @throws what the connection throws; then it can be tried again */
  async read(from: number, mostBytes: number): Promise<FrameChunk> {
    if (from !== this.#at) await this.#seek(from)
    // What is confirmed now, an answer from now on has, or it is lost.
    const end = this.#stream.next
    const frames: NumberedFrame[] = []
    const lost: StoredRange[] = []
    let bytes = 0
    let hasAsked = false
    while (this.#at < end) {
      const isEmpty = this.#ahead.length === 0
      if (isEmpty && hasAsked && frames.length > 0) break
      hasAsked ||= isEmpty
      const frame = this.#ahead[0] ?? (await this.#load(mostBytes))
      if (frame === undefined || frame.number >= end) {
        this.#pass(end, lost)
        break
      }
      if (frames.length > 0 && bytes + frame.payload.length > mostBytes) break
      this.#ahead.shift()
      const until = frame.number + frame.count
      if (until <= this.#at) continue
      this.#pass(frame.number, lost)
      frames.push(frame)
      bytes += frame.payload.length
      this.#at = until
    }
    return { frames, lost, next: Math.max(this.#at, from) }
  }

  /** To the frame that holds a number, or behind the last one before it. */
  async #seek(number: number): Promise<void> {
    const { connection, key, epochs } = this.#stream
    this.#at = 0
    this.#ahead = []
    this.#from = '-'
    const epoch = epochs.findLast(({ from }) => from <= number)?.epoch
    if (epoch !== undefined) {
      const reply = await connection.sendForBytes('xrevrange', key, `${epoch}-${number}`, '-', 'COUNT', 1)
      const [before] = entriesIn(reply)
      if (before !== undefined) this.#from = `(${before.id}`
      if (before?.frame !== undefined) this.#ahead = [before.frame]
    }
    this.#at = number
  }

  /** The first frame of what comes; undefined where nothing does. */
  async #load(mostBytes: number): Promise<NumberedFrame | undefined> {
    const { connection, key } = this.#stream
    for (;;) {
      const wanted = Math.max(1, Math.min(Math.floor(mostBytes / this.#frameBytes), this.#entries, MOST_ENTRIES))
      const entries = entriesIn(await connection.sendForBytes('xrange', key, this.#from, '+', 'COUNT', wanted))
      const last = entries.at(-1)
      if (last === undefined) return undefined
      this.#from = `(${last.id}`
      this.#ahead = entries.flatMap(({ frame }) => (frame === undefined ? [] : [frame]))
      this.#entries = wanted * MOST_GROWTH
      if (this.#ahead.length > 0) {
        const bytes = this.#ahead.reduce((sum, { payload }) => sum + payload.length, 0)
        this.#frameBytes = Math.max(1, bytes / this.#ahead.length)
        return this.#ahead[0]
      }
    }
  }

  /** Goes on at a number; of those before it there is nothing. */
  #pass(to: number, lost: StoredRange[]): void {
    const from = Math.max(this.#at, this.#stream.head)
    this.#at = Math.max(this.#at, to)
    if (from >= to) return
    const last = lost.at(-1)
    if (last?.to === from) lost[lost.length - 1] = { from: last.from, to }
    else lost.push({ from, to })
  }
}
