import { errnoOf } from '../../kit/errno.ts'
import { systemError } from '../errors.ts'
import type { DamagedCopies } from './damaged-copies.ts'
import { readFully } from '../../kit/disk.ts'
import type { LogFile, LogFiles } from './files.ts'
import { frameAt, type Frame } from './frame.ts'
import { readFrames, type BadBytes } from './frame-reader.ts'
import type { Head } from './head.ts'
import type { LogProblem } from './problem.ts'
import type { Segment } from './segment.ts'

/** Reads segments, and tells what is damaged or missing in them. */
export class SegmentReader {
  readonly #folder: string
  readonly #files: LogFiles
  readonly #report: (problem: LogProblem) => void
  readonly #head: Head
  readonly #copies: DamagedCopies

  constructor(
    place: { readonly folder: string; readonly files: LogFiles; report(problem: LogProblem): void },
    { head, copies }: { readonly head: Head; readonly copies: DamagedCopies },
  ) {
    this.#folder = place.folder
    this.#files = place.files
    this.#report = place.report
    this.#head = head
    this.#copies = copies
  }

  /** Frames from a number on, as far as they were confirmed when it begins. @throws SLUICE_LOG_READ_FAILED */
  async *read(segment: Segment, from: number): AsyncGenerator<readonly Frame[], void> {
    const { salt, end, until } = segment
    const file = await this.#open(segment)
    if (file === undefined) return this.tellMissing(from, until)
    const { number, offset } = segment.placeOf(from)
    let next = number
    try {
      for await (const { frames, bad } of readFrames(file, { salt, from: offset, to: end, next, until })) {
        for (const frame of frames) segment.mark(frame.number, frame.offset)
        const wanted = frames.filter((frame) => frame.number + frame.count > from)
        next = (bad && (bad.to ?? until)) ?? nextOf(frames) ?? next
        if (bad !== undefined) await this.#tellBad(segment, file, bad)
        if (wanted.length > 0) yield wanted
      }
    } catch (error) {
      throw systemError('SLUICE_LOG_READ_FAILED', `cannot read "${segment.path}"`, error)
    } finally {
      await file.close().catch(() => undefined)
    }
    // A file that was cut between two frames.
    this.tellMissing(Math.max(from, next), until)
  }

  /** undefined where its bytes are damaged. @throws SLUICE_LOG_READ_FAILED */
  async readOne(
    segment: Segment,
    { offset, number, bytes }: { readonly offset: number; readonly number: number; readonly bytes: number },
  ): Promise<Frame | undefined> {
    const file = await this.#open(segment)
    if (file === undefined) return undefined
    try {
      const read = await readFully(file, offset, bytes)
      const found = frameAt(read, offset, { salt: segment.salt, next: number, bytesLeft: bytes })
      return typeof found === 'object' ? found : undefined
    } catch (error) {
      throw systemError('SLUICE_LOG_READ_FAILED', `cannot read "${segment.path}"`, error)
    } finally {
      await file.close().catch(() => undefined)
    }
  }

  /** undefined where it was dropped, or somebody has removed it. */
  async #open({ path }: Segment): Promise<LogFile | undefined> {
    try {
      return await this.#files.open(path)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw systemError('SLUICE_LOG_READ_FAILED', `cannot read "${path}"`, error)
    }
  }

  async #tellBad(
    segment: Segment,
    file: LogFile,
    { offset, bytes, from, to = segment.until }: BadBytes,
  ): Promise<void> {
    const { path } = segment
    const keptAs = bytes > 0 ? await this.#copies.keep(file, { path, offset, bytes }) : undefined
    this.#report({ kind: 'damaged', path, offset, bytes, from, to, keptAs })
  }

  /** Numbers of which there is nothing, but for those that were dropped. */
  tellMissing(from: number, to: number): void {
    for (const range of from < to ? this.#head.missingOf({ from, to }) : []) {
      this.#report({ kind: 'missing', path: this.#folder, offset: 0, bytes: 0, ...range, keptAs: undefined })
    }
  }
}

function nextOf(frames: readonly Frame[]): number | undefined {
  const last = frames.at(-1)
  return last && last.number + last.count
}
