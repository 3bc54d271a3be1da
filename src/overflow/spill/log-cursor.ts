import type { StoredRange } from '../../core/overflow-store.ts'
import type { Frame } from '../log/frame.ts'
import type { LogChunk, SegmentedLog } from '../log/log.ts'
import type { FrameChunk, NumberedFrame } from './frame-store.ts'

/** Reads a log from place to place; who goes on where it was finds the file open. */
export class LogCursor {
  readonly #log: SegmentedLog
  #chunks: AsyncGenerator<LogChunk, void> | undefined
  /** Read, and not given out. */
  #frames: Frame[] = []
  /** The number that comes next. */
  #at = 0

  constructor(log: SegmentedLog) {
    this.#log = log
  }

  /** @throws SLUICE_LOG_READ_FAILED, SLUICE_LOG_CLOSED; then it can be tried again */
  async read(from: number, mostBytes: number): Promise<FrameChunk> {
    if (from !== this.#at) await this.#moveTo(from)
    const end = this.#log.next
    const frames: NumberedFrame[] = []
    const lost: StoredRange[] = []
    let bytes = 0
    while (this.#at < end) {
      const frame = this.#frames[0] ?? (await this.#load())
      if (frame === undefined) {
        this.#miss(lost, end)
        break
      }
      if (frames.length > 0 && bytes + frame.payload.length > mostBytes) break
      this.#frames.shift()
      this.#miss(lost, frame.number)
      if (frame.payload.length === 0) this.#miss(lost, frame.number + frame.count)
      else frames.push(frame)
      bytes += frame.payload.length
      this.#at = frame.number + frame.count
    }
    // Who waits for more keeps no file from being given back.
    if (this.#at >= end) await this.#moveTo(this.#at)
    return { frames, lost, next: this.#at }
  }

  /** The file of the last read is closed. */
  async close(): Promise<void> {
    await this.#moveTo(0)
  }

  async #moveTo(from: number): Promise<void> {
    const chunks = this.#chunks
    this.#chunks = undefined
    this.#frames = []
    this.#at = from
    await chunks?.return()
  }

  /** The first frame of what comes; undefined where nothing does. */
  async #load(): Promise<Frame | undefined> {
    this.#chunks ??= this.#log.read(this.#at)
    try {
      const { value } = await this.#chunks.next()
      if (value === undefined) this.#chunks = undefined
      else this.#frames = [...value.frames]
    } catch (error) {
      this.#chunks = undefined
      throw error
    }
    return this.#frames[0]
  }

  /** Of the numbers from where it is up to one there is nothing; of those below the head it is as it should be. */
  #miss(lost: StoredRange[], to: number): void {
    const from = Math.max(this.#at, this.#log.head)
    if (from >= to) return
    const last = lost.at(-1)
    if (last?.to === from) lost[lost.length - 1] = { from: last.from, to }
    else lost.push({ from, to })
    this.#at = to
  }
}
