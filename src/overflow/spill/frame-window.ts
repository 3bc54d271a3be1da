import type { StoredChunk, StoredMessage, StoredRange } from '../../core/overflow-store.ts'
import { decodeFrame } from './frame-decoder.ts'
import type { FrameStore, NumberedFrame } from './frame-store.ts'
import type { SettledRanges } from './settled-ranges.ts'

/** Read at once: so much that a store that is far away is kept busy. */
const READ_BYTES = 1024 ** 2

/**
 * The stretch of a store that is being read: frames as they came, and what is left of the one that was decoded last, so
 * that none is decoded twice by a reader that goes on where it was.
 *
 *     … delivered | rest of a frame | frames | in the store only …
 *                at
 */
export class FrameWindow {
  readonly #store: FrameStore
  readonly #readBytes: number
  /** The number that comes next. */
  #at = 0
  #rest: readonly StoredMessage[] = []
  #restAt = 0
  #frames: NumberedFrame[] = []
  /** Lost numbers from `#at` on, as far as frames were read. */
  #lost: StoredRange[] = []
  /** Behind the last frame that was read. */
  #end = 0

  constructor(store: FrameStore, readBytes = READ_BYTES) {
    this.#store = store
    this.#readBytes = readBytes
  }

  get at(): number {
    return this.#at
  }

  /** @throws SLUICE_OVERFLOW_NEWER, and what the store throws; then it can be tried again. */
  async read(from: number, most: number, settled: SettledRanges): Promise<StoredChunk> {
    if (from !== this.#at) this.#moveTo(from)
    const messages: StoredMessage[] = []
    const lost: StoredRange[] = []
    while (messages.length < most) {
      if (this.#restAt < this.#rest.length) this.#take(messages, most, settled)
      else if (this.#frames.length > 0) {
        // What is before a frame that is refused is given out first.
        if (!(await this.#decode(messages.length === 0))) break
      } else if (messages.length > 0 || this.#at >= this.#store.next || !(await this.#load())) break
      this.#tellLost(lost, settled)
      if (lost.length > 0 && messages.length === 0 && this.#isAtGap()) break
    }
    return { messages, lost, next: this.#at }
  }

  /** What comes next isn't there yet. */
  #isAtGap(): boolean {
    return this.#restAt >= this.#rest.length && this.#frames.length === 0
  }

  #moveTo(from: number): void {
    this.#at = from
    this.#end = from
    this.#rest = []
    this.#frames = []
    this.#lost = []
  }

  /** @returns whether there is anything. */
  async #load(): Promise<boolean> {
    const { frames, lost, next } = await this.#store.read(this.#end, this.#readBytes)
    this.#frames = [...frames]
    this.#lost.push(...lost)
    const hasMore = next > this.#end
    this.#end = Math.max(this.#end, next)
    if (frames.length === 0) this.#at = this.#end
    return hasMore
  }

  /**
   * The frame stays until it is decoded: what fails can be tried again.
   *
   * @returns false where it is refused, and that isn't to be told yet.
   */
  async #decode(isTold: boolean): Promise<boolean> {
    const frame = this.#frames[0]!
    const until = frame.number + frame.count
    let messages: StoredMessage[] | undefined
    try {
      messages = await decodeFrame(frame)
    } catch (error) {
      if (isTold) throw error
      return false
    }
    this.#frames.shift()
    this.#rest = messages ?? []
    this.#restAt = Math.max(0, this.#at - frame.number)
    if (messages === undefined) {
      this.#lost.push({ from: Math.max(this.#at, frame.number), to: until })
      this.#at = until
    } else this.#at = Math.max(this.#at, frame.number)
    return true
  }

  #take(into: StoredMessage[], most: number, settled: SettledRanges): void {
    const rest = this.#rest
    let at = this.#restAt
    for (; at < rest.length && into.length < most; at++) {
      const message = rest[at]!
      if (!settled.has(message.number)) into.push(message)
      this.#at = message.number + 1
    }
    this.#restAt = at
    if (at === rest.length) this.#rest = []
    if (this.#isAtGap()) this.#at = Math.max(this.#at, this.#end)
  }

  /** A range is told with the messages before which it was, so that one that is read again isn't told in advance. */
  #tellLost(into: StoredRange[], settled: SettledRanges): void {
    if (this.#lost.length === 0) return
    const isPassed = ({ to }: StoredRange): boolean => to <= this.#at
    into.push(...this.#lost.filter(isPassed).flatMap((range) => settled.unsettledOf(range)))
    this.#lost = this.#lost.filter((range) => !isPassed(range))
  }
}
