import type { SluiceError } from '../../core/errors.ts'
import { errnoOf } from '../../kit/errno.ts'
import { overflowError, systemError } from '../errors.ts'
import { writeFully, type LogFile, type LogFiles } from './files.ts'
import { frameHeader, sizeOfFrame, type NewFrame } from './frame.ts'
import { Segment } from './segment.ts'

interface Active {
  readonly segment: Segment
  readonly file: LogFile
}

/** Frames that are written and confirmed together, in one segment. */
export interface FrameGroup {
  readonly frames: readonly NewFrame[]
  readonly bytes: number
}

/** Where frames went. */
export interface Written {
  readonly segment: Segment
  /** Of the first byte. */
  readonly offset: number
  /** Of the first frame. */
  readonly number: number
}

export interface WriterOptions {
  readonly files: LogFiles
  readonly folder: string
  /** A segment is left before it has more, unless one group is larger. */
  readonly segmentBytes: number
  /** Told of a segment that was left, and has something in it. */
  onSealed(segment: Segment): void
}

/**
 * Writes groups of frames at the end of a log; calls must not overlap. A group is whole in one segment. What fails leaves
 * nothing behind that counts: a segment is cut back after a failed write, and left after a failed `fdatasync`, whose
 * descriptor would call the next try a success although Linux has dropped the pages.
 */
export class LogWriter {
  readonly #options: WriterOptions
  #active: Active | undefined
  #sequence: number
  #next: number

  constructor(options: WriterOptions, start: { active: Active | undefined; next: number; sequence: number }) {
    this.#options = options
    this.#active = start.active
    this.#next = start.next
    this.#sequence = start.sequence
  }

  /** The number of the next frame. */
  get next(): number {
    return this.#next
  }

  get sequence(): number {
    return this.#sequence
  }

  get segment(): Segment | undefined {
    return this.#active?.segment
  }

  /**
   * Resolves when the disk has confirmed the group.
   *
   * @throws SLUICE_LOG_FULL_DISK, SLUICE_LOG_WRITE_FAILED, SLUICE_LOG_SYNC_FAILED, SLUICE_LOG_FORBIDDEN
   */
  async write(group: FrameGroup): Promise<Written> {
    for (let isLastTry = false; ; isLastTry = true) {
      const active = await this.#roomFor(group.bytes)
      await this.#put(active, group)
      const fault = await this.#confirm(active)
      if (fault === undefined) return this.#count(active.segment, group)
      await this.leave()
      if (isLastTry) throw fault
    }
  }

  /** Nothing more is written to the segment; one in which nothing was confirmed is taken away. */
  async leave(): Promise<void> {
    const active = this.#active
    this.#active = undefined
    if (active === undefined) return
    const { segment, file } = active
    // At once: whoever reads meanwhile would take it for lost.
    if (segment.end > 0) this.#options.onSealed(segment)
    // For whoever looks at the file; what is behind its end doesn't count either way.
    await file.truncate(segment.end).catch(() => undefined)
    await file.close().catch(() => undefined)
    if (segment.end === 0) await this.#options.files.remove(segment.path).catch(() => undefined)
  }

  async #roomFor(bytes: number): Promise<Active> {
    const active = this.#active
    if (active === undefined) return this.#create()
    const { end } = active.segment
    if (end === 0 || end + bytes <= this.#options.segmentBytes) return active
    await this.leave()
    return this.#create()
  }

  async #create(): Promise<Active> {
    const { files, folder } = this.#options
    try {
      // A number that was used stays used: what a failed try has left may come to light after a crash.
      this.#active = await Segment.create(files, folder, { sequence: ++this.#sequence, first: this.#next })
      return this.#active
    } catch (error) {
      throw systemError('SLUICE_LOG_WRITE_FAILED', `cannot make a file in "${folder}"`, error)
    }
  }

  async #put({ segment, file }: Active, { frames }: FrameGroup): Promise<void> {
    try {
      await writeFully(file, this.#encode(frames, segment.salt), segment.end)
    } catch (error) {
      await this.#cut({ segment, file })
      throw systemError('SLUICE_LOG_WRITE_FAILED', `cannot write to "${segment.path}"`, error)
    }
  }

  /** Durably, or what was cut off could come back at a power cut behind what is written in its place. */
  async #cut({ segment, file }: Active): Promise<void> {
    try {
      await file.truncate(segment.end)
      await file.datasync()
    } catch {
      await this.leave()
    }
  }

  #encode(frames: readonly NewFrame[], salt: number): Uint8Array[] {
    let number = this.#next
    return frames.flatMap((frame) => {
      const header = frameHeader(frame, number, salt)
      number += frame.count ?? 1
      return [header, frame.payload]
    })
  }

  /** @returns what kept the disk from confirming, if anything did. */
  async #confirm({ file, segment }: Active): Promise<SluiceError | undefined> {
    try {
      const [, { nlink }] = await Promise.all([file.datasync(), file.stat()])
      if (nlink > 0) return undefined
      // What lies in a file that nobody finds by its name is not durable.
      return overflowError('SLUICE_LOG_SYNC_FAILED', `"${segment.path}" was removed while it was written to`)
    } catch (error) {
      return overflowError(
        'SLUICE_LOG_SYNC_FAILED',
        `the disk has not confirmed "${segment.path}" (${errnoOf(error) ?? String(error)})`,
        error,
      )
    }
  }

  #count(segment: Segment, { frames, bytes }: FrameGroup): Written {
    const written = { segment, offset: segment.end, number: this.#next }
    let offset = segment.end
    for (const frame of frames) {
      segment.add({ number: this.#next, count: frame.count ?? 1, offset })
      this.#next += frame.count ?? 1
      offset += sizeOfFrame(frame)
    }
    segment.end += bytes
    return written
  }
}
