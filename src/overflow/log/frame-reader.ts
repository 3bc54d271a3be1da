import { readFully } from '../../kit/disk.ts'
import type { LogFile } from './files.ts'
import { FRAME_HEADER_BYTES, FRAME_MAGIC, frameAt, sizeOfFrame, type Frame } from './frame.ts'

/** Bytes that are read at once; a longer frame is read whole. */
const CHUNK_BYTES = 1024 ** 2

/** What of a segment is read. */
export interface Stretch {
  readonly salt: number
  readonly from: number
  readonly to: number
  /** The number of the first frame. */
  readonly next: number
  /** Where the numbers end that are right in this segment. */
  readonly until: number
}

/** Bytes that are no whole frame. */
export interface BadBytes {
  readonly offset: number
  readonly bytes: number
  /** The first number that is missing. */
  readonly from: number
  /** The number of the whole frame behind; undefined where there is none, as behind a torn tail. */
  readonly to: number | undefined
}

export interface ReadChunk {
  readonly frames: readonly Frame[]
  /** What is wrong behind them. */
  readonly bad: BadBytes | undefined
}

/** Reads frames chunk by chunk. Bad bytes are told and left out; where they end is searched for. */
export async function* readFrames(file: LogFile, stretch: Stretch): AsyncGenerator<ReadChunk, void> {
  const reader = new FrameReader(file, stretch)
  while (!reader.isAtEnd) yield await reader.chunk()
}

class FrameReader {
  readonly #file: LogFile
  readonly #salt: number
  readonly #to: number
  readonly #until: number
  #at: number
  #next: number
  /** Bytes from a place on that were read last. */
  #window: Buffer = Buffer.alloc(0)
  #windowAt = 0

  constructor(file: LogFile, { salt, from, to, next, until }: Stretch) {
    this.#file = file
    this.#salt = salt
    this.#to = to
    this.#until = until
    this.#at = from
    this.#next = next
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#to || this.#next >= this.#until
  }

  async chunk(): Promise<ReadChunk> {
    const frames: Frame[] = []
    let bytes = 0
    while (!this.isAtEnd && bytes < CHUNK_BYTES) {
      const found = this.#look(this.#at)
      // One that needs another read waits for the next chunk, so that a chunk keeps one window alive.
      if (typeof found === 'number' && frames.length > 0) break
      const frame = typeof found === 'number' ? await this.#load(this.#at, found) : found
      if (frame === undefined) return { frames, bad: await this.#skip() }
      if (frame.number > this.#next) return { frames, bad: this.#bad(this.#at, frame.number) }
      frames.push(frame)
      bytes += sizeOfFrame(frame)
      this.#take(frame)
    }
    return { frames, bad: undefined }
  }

  #take(frame: Frame): void {
    this.#at = frame.offset + sizeOfFrame(frame)
    this.#next = frame.number + frame.count
  }

  /** The frame at a place, or how many bytes must be read to tell. */
  #look(offset: number): Frame | number | undefined {
    return frameAt(this.#bytesAt(offset), offset, {
      salt: this.#salt,
      next: this.#next,
      bytesLeft: this.#to - offset,
    })
  }

  async #load(offset: number, bytes: number): Promise<Frame | undefined> {
    let found: Frame | number | undefined = bytes
    while (typeof found === 'number') {
      const wanted: number = found
      this.#window = await readFully(this.#file, offset, Math.min(Math.max(wanted, CHUNK_BYTES), this.#to - offset))
      this.#windowAt = offset
      if (this.#window.length < wanted) return undefined
      found = this.#look(offset)
    }
    return found
  }

  /** Goes on to the next whole frame, or to the end. */
  async #skip(): Promise<BadBytes> {
    const from = this.#at
    for (let at = await this.#magicFrom(from + 1); at < this.#to; at = await this.#magicFrom(at + 1)) {
      const found = this.#look(at)
      const frame = typeof found === 'number' ? await this.#load(at, found) : found
      if (frame !== undefined) {
        this.#at = at
        return this.#bad(from, frame.number)
      }
    }
    this.#at = this.#to
    return this.#bad(from, undefined)
  }

  #bad(offset: number, to: number | undefined): BadBytes {
    const end = to === undefined ? undefined : Math.min(to, this.#until)
    const bad = { offset, bytes: this.#at - offset, from: this.#next, to: end }
    this.#next = end ?? this.#next
    return bad
  }

  /** Where the next frame may begin, from a place on; the end where it doesn't. */
  async #magicFrom(start: number): Promise<number> {
    let at = start
    while (at + FRAME_HEADER_BYTES <= this.#to) {
      if (this.#bytesAt(at).length < FRAME_MAGIC.length) {
        this.#window = await readFully(this.#file, at, Math.min(CHUNK_BYTES, this.#to - at))
        this.#windowAt = at
        if (this.#window.length < FRAME_MAGIC.length) break
      }
      const bytes = this.#bytesAt(at)
      const found = bytes.indexOf(FRAME_MAGIC)
      if (found !== -1) return at + found
      at += bytes.length - FRAME_MAGIC.length + 1
    }
    return this.#to
  }

  #bytesAt(offset: number): Buffer {
    const start = offset - this.#windowAt
    return start >= 0 && start <= this.#window.length ? this.#window.subarray(start) : Buffer.alloc(0)
  }
}
