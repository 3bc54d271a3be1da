import { overflowError, systemError } from '../errors.ts'
import { realLogFiles, type LogFiles } from './files.ts'
import type { Frame, NewFrame } from './frame.ts'
import type { Head } from './head.ts'
import { once, type LogProblem } from './problem.ts'
import { recover } from './recovery.ts'
import { SegmentReader } from './segment-reader.ts'
import type { Segment } from './segment.ts'
import { WorkQueue, type Appended } from './work-queue.ts'
import { LogWriter } from './writer.ts'

export interface LogOptions {
  readonly folder: string
  /** Bytes that its owner wants to keep at most; it makes segments of at most an eighth of that. */
  readonly limit: number
  readonly files?: LogFiles
  /** Told of what is not as it was written, once each. */
  report?(problem: LogProblem): void
}

/** A stretch of the log that is dropped as a whole. */
export interface SegmentInfo {
  readonly sequence: number
  readonly first: number
  /** Behind its last number. */
  readonly until: number
  readonly bytes: number
  readonly isActive: boolean
}

/** Frames of one segment, in order. */
export interface LogChunk {
  /** Of the segment. */
  readonly sequence: number
  readonly frames: readonly Frame[]
}

/** Where a frame is. */
export interface FramePlace extends Appended {
  readonly bytes: number
}

const MOST_SEGMENT_BYTES = 64 * 1024 ** 2
const SEGMENTS_PER_LIMIT = 8

/**
 * A segmented log: numbered frames in files of a folder, appended at the end, read from any number on, and dropped segment
 * by segment, which takes no room and gives all of it back.
 *
 * What was confirmed survives the process and the power. Frames that were given and not confirmed may be there after a
 * crash, or not; then none of those behind them is, unless bytes between were damaged, which is told. One process at a
 * time has a log: whoever opens one has locked its folder (`lockFolder`).
 *
 *     head                                             next
 *      | 0000000003-… | 0000000005-… | 0000000006-… |    |
 *      first      until            (4 was dropped)   active
 *
 * Source: segmented logs as of Kafka and Vector; group commit and the rest as libraries measured in this project say.
 */
export class SegmentedLog {
  readonly segmentBytes: number
  readonly #folder: string
  readonly #files: LogFiles
  readonly #head: Head
  readonly #sealed: Segment[]
  readonly #writer: LogWriter
  readonly #queue: WorkQueue
  readonly #reader: SegmentReader
  #isClosed = false

  private constructor(
    { folder, limit, files, report }: Required<LogOptions>,
    { head, segments, active, next, sequence, copies }: Awaited<ReturnType<typeof recover>>,
  ) {
    this.segmentBytes = segmentBytesOf(limit)
    this.#folder = folder
    this.#files = files
    this.#head = head
    this.#sealed = segments
    const options = {
      files,
      folder,
      segmentBytes: this.segmentBytes,
      onSealed: (one: Segment) => void segments.push(one),
    }
    this.#writer = new LogWriter(options, { active, next, sequence })
    this.#queue = new WorkQueue(this.#writer)
    this.#reader = new SegmentReader({ folder, files, report }, { head, copies })
  }

  /** @throws SLUICE_LOG_FORBIDDEN, SLUICE_LOG_UNUSABLE, SLUICE_LOG_NEWER, SLUICE_LOG_FULL_DISK */
  static async open(options: LogOptions): Promise<SegmentedLog> {
    const { folder, files = realLogFiles } = options
    const report = once((problem) => options.report?.(problem))
    try {
      const place = { files, folder, report, mostCopied: segmentBytesOf(options.limit) }
      return new SegmentedLog({ ...options, files, report }, await recover(place))
    } catch (error) {
      throw systemError('SLUICE_LOG_UNUSABLE', `cannot use "${folder}"`, error)
    }
  }

  /** The first number that was not dropped. */
  get head(): number {
    return this.#head.head
  }

  /** The number of the next frame. */
  get next(): number {
    return this.#writer.next
  }

  /** Of what is stored, and of what waits to be. */
  get bytes(): number {
    return this.#segments.reduce((sum, { end }) => sum + end, this.#queue.pendingBytes)
  }

  /** The last may be the one that is written to. */
  get segments(): readonly SegmentInfo[] {
    const active = this.#writer.segment
    return this.#segments.map((one) => {
      const { sequence, first, until, end } = one
      return { sequence, first, until, bytes: end, isActive: one === active }
    })
  }

  /**
   * Appends frames, all of them or none; what was appended before is before them. Resolves when the disk has confirmed.
   *
   * @throws SLUICE_LOG_FULL_DISK, SLUICE_LOG_WRITE_FAILED, SLUICE_LOG_SYNC_FAILED, SLUICE_LOG_FORBIDDEN, SLUICE_LOG_CLOSED
   */
  async append(frames: readonly NewFrame[]): Promise<Appended> {
    this.#checkOpen()
    return this.#queue.append(frames)
  }

  /**
   * Reads frames from a number on, or from the head, chunk by chunk, up to the last that is confirmed then. What is
   * damaged or missing is told and left out.
   *
   * @throws SLUICE_LOG_READ_FAILED
   */
  async *read(from: number = this.head): AsyncGenerator<LogChunk, void> {
    let at = Math.max(from, this.head)
    for (;;) {
      this.#checkOpen()
      const segment = this.#segments.find(({ until }) => until > at)
      if (segment === undefined) return this.#reader.tellMissing(at, this.next)
      this.#reader.tellMissing(at, segment.first)
      at = Math.max(at, segment.first)
      const { until, sequence } = segment
      for await (const frames of this.#reader.read(segment, at)) yield { sequence, frames }
      at = until
    }
  }

  /**
   * Reads one frame. @returns undefined where its bytes are damaged, or its segment was dropped.
   *
   * @throws SLUICE_LOG_READ_FAILED
   */
  async readOne(place: FramePlace): Promise<Frame | undefined> {
    this.#checkOpen()
    const segment = this.#segments.find(({ sequence }) => sequence === place.sequence)
    return segment && this.#reader.readOne(segment, place)
  }

  /** Drops all segments whose numbers are below one. */
  async trim(before: number): Promise<boolean> {
    const old = this.#segments.filter(({ until }) => until <= before)
    return this.drop(old.map(({ sequence }) => sequence))
  }

  /**
   * Drops segments: first that is written down, then the files are removed. What is appended meanwhile is not dropped: a
   * segment that has got more since the call stays.
   *
   * @returns false where too many gaps would have to be written down; drop older segments first.
   */
  async drop(sequences: readonly number[]): Promise<boolean> {
    this.#checkOpen()
    const seen = this.next
    const isWanted = ({ sequence, until }: Segment): boolean => until <= seen && sequences.includes(sequence)
    return this.#queue.run(async () => {
      if (this.#writer.segment !== undefined && isWanted(this.#writer.segment)) await this.#writer.leave()
      const dropped = this.#sealed.filter(isWanted)
      if (dropped.length === 0) return true
      const head = this.#segments.find((segment) => !dropped.includes(segment))?.first ?? this.next
      try {
        return await this.#remove(dropped, head)
      } catch (error) {
        throw systemError('SLUICE_LOG_WRITE_FAILED', `cannot give room back in "${this.#folder}"`, error)
      }
    })
  }

  /** What was given before is written; nothing is taken any more. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#queue.run(async () => {
      await this.#writer.leave()
      await this.#head.close()
    })
  }

  get #segments(): readonly Segment[] {
    const { segment } = this.#writer
    return segment === undefined ? this.#sealed : [...this.#sealed, segment]
  }

  async #remove(dropped: readonly Segment[], head: number): Promise<boolean> {
    const ranges = dropped.map(({ first, until }) => ({ from: first, to: until }))
    if (!(await this.#head.drop(ranges, { head, sequence: this.#writer.sequence }))) return false
    for (const segment of dropped) this.#sealed.splice(this.#sealed.indexOf(segment), 1)
    for (const { path } of dropped) await this.#files.remove(path)
    return true
  }

  #checkOpen(): void {
    if (this.#isClosed) throw overflowError('SLUICE_LOG_CLOSED', `the store in "${this.#folder}" is closed`)
  }
}

function segmentBytesOf(limit: number): number {
  return Math.min(MOST_SEGMENT_BYTES, Math.floor(limit / SEGMENTS_PER_LIMIT))
}
