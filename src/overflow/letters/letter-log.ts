import { asError, SluiceError } from '../../core/errors.ts'
import { overflowError } from '../errors.ts'
import { sizeOfFrame, type Frame } from '../log/frame.ts'
import type { SegmentedLog } from '../log/log.ts'
import { Gate } from './gate.ts'
import { marksFrame, recordIn, type Draft, type Marks } from './letter-frame.ts'
import { LetterIndex, type Entry } from './letter-index.ts'

/** Each takes some 250 bytes of the heap for as long as it is stored. */
const MOST_LETTERS = 1_000_000
/** A segment's worth is kept free, so that letters can be removed from a full store. */
const PARTS_OF_LIMIT = 8
/** An active segment without a letter is left when it has this share of what a segment may have. */
const WASTED_SHARE = 8

/** How many letters were stored, and what kept the others from it. */
export interface Stored {
  readonly count: number
  /** SLUICE_LETTERS_FULL, or what the log throws; undefined where all are stored. */
  readonly error: Error | undefined
}

/**
 * Letters in a log. A letter is removed by a mark behind it, and a segment without letters is dropped; what it says of
 * letters in other segments is said again before, because a mark must outlive the letter that it removes. One that has few
 * letters left is written again, when there is no room otherwise.
 */
export class LetterLog {
  readonly log: SegmentedLog
  readonly index = new LetterIndex()
  readonly #limit: number
  /** Letters that are given and not confirmed. */
  #arriving = 0
  #isGivingBack = false
  readonly #gate = new Gate()

  private constructor(log: SegmentedLog, limit: number) {
    this.log = log
    this.#limit = limit
  }

  /** Reads all summaries. */
  static async load(log: SegmentedLog, limit: number): Promise<LetterLog> {
    const letters = new LetterLog(log, limit)
    const { index } = letters
    for await (const { sequence, frames } of log.read()) {
      for (const frame of frames) {
        const at = { sequence, number: frame.number, offset: frame.offset, bytes: sizeOfFrame(frame) }
        const record = recordIn(frame.payload)
        if (record === undefined) index.keep(at)
        else if ('summary' in record) index.put(record.summary, at)
        else index.mark(record.removed, at)
      }
    }
    index.sweep()
    index.settle(log.segments)
    return letters
  }

  /** Bytes of letters that it still takes. */
  get room(): number {
    if (this.#vacancies <= 0) return 0
    return Math.max(0, this.#limit - Math.ceil(this.#limit / PARTS_OF_LIMIT) - this.log.bytes)
  }

  /** Stores as many as there is room for, in order. Resolves when those are durable. */
  async store(drafts: readonly Draft[]): Promise<Stored> {
    let count = 0
    for (;;) {
      const rest = count === 0 ? drafts : drafts.slice(count)
      const stored = await this.#gate.among(() => this.#storeSome(rest))
      count += stored.count
      const isFull = stored.error instanceof SluiceError && stored.error.code === 'SLUICE_LETTERS_FULL'
      if (!isFull || !(await this.#gate.alone(() => this.#compact()))) return { count, error: stored.error }
    }
  }

  async #storeSome(drafts: readonly Draft[]): Promise<Stored> {
    let count = 0
    try {
      while (count < drafts.length) {
        const group = this.#groupOf(drafts, count)
        await this.#put(group)
        count += group.length
      }
      return { count, error: undefined }
    } catch (error) {
      return { count, error: asError(error) }
    }
  }

  /** What is written at once: it has to fit into a segment, and into what is left. @throws SLUICE_LETTERS_FULL */
  #groupOf(drafts: readonly Draft[], start: number): readonly Draft[] {
    const { room } = this
    const most = Math.min(drafts.length, start + this.#vacancies)
    const mostBytes = Math.min(room, this.log.segmentBytes)
    let bytes = 0
    let end = start
    for (; end < most; end++) {
      bytes += sizeOfFrame(drafts[end]!)
      if (bytes > mostBytes) break
    }
    if (end > start) return drafts.slice(start, end)
    const problem = `there are ${this.index.size} letters in ${this.log.bytes} of ${this.#limit} bytes`
    throw overflowError('SLUICE_LETTERS_FULL', `${problem}: no room for ${sizeOfFrame(drafts[start]!)} bytes more`)
  }

  get #vacancies(): number {
    return MOST_LETTERS - this.index.size - this.#arriving
  }

  /** @throws what the log throws */
  async #put(drafts: readonly Draft[]): Promise<void> {
    this.#arriving += drafts.length
    const { sequence, number, offset } = await this.log.append(drafts).finally(() => (this.#arriving -= drafts.length))
    let hasReplaced = false
    let at = offset
    for (const [index, { summary, payload }] of drafts.entries()) {
      const bytes = sizeOfFrame({ payload })
      hasReplaced = this.index.put(summary, { sequence, number: number + index, offset: at, bytes }) || hasReplaced
      at += bytes
    }
    if (hasReplaced) await this.#giveBack()
  }

  /** Resolves when that is durable. */
  async remove(entries: readonly Entry[]): Promise<void> {
    if (entries.length === 0) return
    await this.#gate.among(async () => {
      await this.#mark(this.index.marksOf(entries))
      this.index.remove(entries)
      await this.#giveBack()
    })
  }

  /**
   * Takes letters out without a word: their segments are dropped, oldest first, as far as all letters of a segment are
   * among them. It needs no room, and so works on a full disk.
   */
  dropOldest(isRemoved: (entry: Entry) => boolean): Promise<number> {
    return this.#gate.among(() => this.#dropOldest(isRemoved))
  }

  async #dropOldest(isRemoved: (entry: Entry) => boolean): Promise<number> {
    const before = this.index.size
    for (const { sequence, until } of this.log.segments) {
      const theirs = this.index.entriesOf(sequence)
      // Of what was written just now the index may not know yet.
      if (theirs.length !== this.index.liveIn(sequence, until) || !theirs.every(isRemoved)) break
      await this.log.drop([sequence])
      if (this.log.segments[0]?.sequence === sequence) break
      this.index.remove(theirs)
      this.#forget()
    }
    return before - this.index.size
  }

  /** Reads the frame of a letter; undefined where it is damaged. @throws SLUICE_LOG_READ_FAILED */
  async read(entry: Entry): Promise<Frame | undefined> {
    for (;;) {
      const { number } = entry
      const frame = await this.log.readOne({ ...entry })
      // It may have been moved meanwhile.
      if (frame !== undefined || entry.number === number) return frame
    }
  }

  /** Drops segments in which there is no letter. What goes wrong with that is tried again the next time. */
  async #giveBack(): Promise<void> {
    if (this.#isGivingBack) return
    this.#isGivingBack = true
    try {
      for (let idle = this.#idle(); idle.length > 0; idle = this.#idle()) {
        const covered = this.index.coveredBy(idle)
        if (covered.size > 0) await this.#mark(this.index.marksFor(covered))
        const before = this.log.segments.length
        await this.log.drop(idle)
        this.#forget()
        if (this.log.segments.length >= before) return
      }
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      // The letters are removed, which is what was asked for; their room comes back later.
    } finally {
      this.#isGivingBack = false
    }
  }

  /**
   * Makes room in a store whose segments have few letters left: those of one are written again at the end, so that it can
   * be dropped. @returns whether there is more room.
   */
  async #compact(): Promise<boolean> {
    const before = this.room
    try {
      const sealed = this.log.segments.filter(({ isActive }) => !isActive)
      for (const entries of this.index.sparse(sealed, this.#limit - this.log.bytes)) {
        if (!(await this.#rewrite(entries))) continue
        await this.#giveBack()
        return this.room > before
      }
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error
      // What kept it from that, as a full disk, keeps letters from being stored just so, and is told there.
    }
    return false
  }

  /** Nothing else is under way: what is removed or replaced meanwhile would come back. @returns false where one is damaged. */
  async #rewrite(entries: readonly Entry[]): Promise<boolean> {
    const frames: Frame[] = []
    for (const entry of entries) {
      const frame = await this.log.readOne(entry)
      if (frame === undefined) return false
      frames.push(frame)
    }
    if (frames.length === 0) return true
    const { sequence, number, offset } = await this.log.append(frames.map(({ payload }) => ({ payload })))
    let at = offset
    for (const [index, entry] of entries.entries()) {
      this.index.move(entry, { sequence, number: number + index, offset: at, bytes: entry.bytes })
      at += entry.bytes
    }
    return true
  }

  /** Marks that are said again go into the active segment, which then isn't dropped. */
  #idle(): number[] {
    const idle = this.log.segments.filter(
      ({ sequence, until, bytes, isActive }) =>
        this.index.isIdle(sequence, until) && (!isActive || bytes * WASTED_SHARE >= this.log.segmentBytes),
    )
    const all = idle.map(({ sequence }) => sequence)
    if (this.index.coveredBy(all).size === 0) return all
    return idle.filter(({ isActive }) => !isActive).map(({ sequence }) => sequence)
  }

  async #mark(removed: Marks): Promise<void> {
    const payload = marksFrame(removed)
    const { sequence, number, offset } = await this.log.append([{ payload }])
    this.index.mark(removed, { sequence, number, offset, bytes: sizeOfFrame({ payload }) })
  }

  #forget(): void {
    const there = new Set(this.log.segments.map(({ sequence }) => sequence))
    this.index.forget((sequence) => there.has(sequence))
  }
}
