import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { LogFile, LogFiles } from './files.ts'

/** Written in names: a file of a later form is left alone. */
const FORM = 1
const NAME = /^(\d{10})-(\d{16})-([0-9a-f]{8})[.]v(\d+)$/
const TWO_TO_32 = 2 ** 32

/** What the name of a segment's file says, so that a damaged byte in it can't take all of it away. */
export interface SegmentName {
  /** Which segment of the log it is; a later one is right where two have the same number. */
  readonly sequence: number
  /** Its first number. */
  readonly first: number
  /** Begins its checksums. */
  readonly salt: number
}

export interface ParsedName extends SegmentName {
  readonly isNewer: boolean
}

/** undefined where a file is no segment. */
export function parseSegmentName(name: string): ParsedName | undefined {
  const [, sequence, first, salt, form] = NAME.exec(name) ?? []
  if (sequence === undefined) return undefined
  return {
    sequence: Number(sequence),
    first: Number(first),
    salt: Number.parseInt(salt!, 16),
    isNewer: Number(form) > FORM,
  }
}

function nameOf({ sequence, first, salt }: SegmentName): string {
  const padded = [String(sequence).padStart(10, '0'), String(first).padStart(16, '0')]
  return `${padded.join('-')}-${salt.toString(16).padStart(8, '0')}.v${FORM}`
}

/** A stretch of a log in a file of its own. */
export class Segment implements SegmentName {
  readonly sequence: number
  readonly first: number
  readonly salt: number
  readonly path: string
  /** Where its numbers end; what is behind was never confirmed, or is in the next segment again. */
  until: number
  /** Bytes that count. */
  end: number
  /** Offsets of some frames, by number, so that a reader finds its place. */
  readonly #marks: { readonly number: number; readonly offset: number }[] = []

  constructor(folder: string, name: SegmentName, extent: { readonly until: number; readonly end: number }) {
    this.sequence = name.sequence
    this.first = name.first
    this.salt = name.salt
    this.path = join(folder, nameOf(name))
    this.until = extent.until
    this.end = extent.end
  }

  /** Makes the file of a new segment, whose folder is confirmed before anything is written. */
  static async create(
    files: LogFiles,
    folder: string,
    place: { readonly sequence: number; readonly first: number },
  ): Promise<{ readonly segment: Segment; readonly file: LogFile }> {
    const name = { ...place, salt: randomInt(TWO_TO_32) }
    const segment = new Segment(folder, name, { until: place.first, end: 0 })
    const file = await files.create(segment.path)
    try {
      await files.syncFolder(folder)
    } catch (error) {
      await file.close().catch(() => undefined)
      await files.remove(segment.path).catch(() => undefined)
      throw error
    }
    return { segment, file }
  }

  /** Counts a frame that is there, or was confirmed. */
  add(frame: { readonly number: number; readonly count: number; readonly offset: number }): void {
    this.until = frame.number + frame.count
    this.mark(frame.number, frame.offset)
  }

  /** Remembers where a frame is, if none near it is known. */
  mark(number: number, offset: number): void {
    const last = this.#marks.at(-1)
    if (last === undefined || offset >= last.offset + MARK_EVERY_BYTES) this.#marks.push({ number, offset })
  }

  /** The nearest known place at or before a number. */
  placeOf(number: number): { readonly number: number; readonly offset: number } {
    return this.#marks.findLast((mark) => mark.number <= number) ?? { number: this.first, offset: 0 }
  }
}

const MARK_EVERY_BYTES = 256 * 1024
