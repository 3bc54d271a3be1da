import type { FileHandle } from 'node:fs/promises'
import type { Timer } from '../../core/env.ts'
import { GzipBytes, PlainBytes, type ByteSource } from './byte-source.ts'
import type { Mark } from './checkpoints.ts'
import { hasHead, tailAt } from './content.ts'
import { CsvRecords } from './csv-records.ts'
import { Outstanding, type Entry, type Stretch } from './outstanding.ts'
import type { Candidate } from './paths.ts'
import type { Fault, Records } from './records.ts'
import { namesIn } from './header.ts'
import type { MakeRecords } from './settings.ts'

/** What an open file is read with. */
export interface ReadingTools {
  readonly makeRecords: MakeRecords
  /** One for all files, since one is read from at a time. */
  readonly buffer: Buffer
  /** Whether what is at its end now is complete. */
  readonly isOnce: boolean
}

/**
 * One file that is open, from where it was read to before. It stays the same when it is renamed.
 *
 *     with an outcome │ out │ read, not given │ in the file only │
 *                  prefix passed           readTo              size
 */
export class SourceFile {
  readonly mark: Mark
  readonly outstanding: Outstanding
  /** Of each of its messages. */
  readonly headers: Readonly<Record<string, string>>
  /** It was read from before, or its mark has been written down: what is given has the same id when it comes again. */
  isRegistered = false
  /** What was at its path before, whose rest comes first. */
  after: SourceFile | undefined
  /** On disk, at the last look, and when it was changed; ms of the wall clock. */
  size: number
  changedAt: number
  /** When it was seen to have grown, and to be gone from its path; monotonic ms. */
  grewAt: number
  movedAt: number | undefined
  /** Its content is gone from the file: somebody has emptied it, or written over it. Looks at the files since then. */
  isCut = false
  looksSinceCut = 0
  /** What kept it from being read, until it changes, and since when; monotonic ms. */
  trouble: { readonly error: unknown; readonly at: number; isTold: boolean } | undefined
  /** Those that failed, for as long as they wait to be given again; nothing else is given meanwhile. */
  failed: Entry[] = []
  /** When they may be given; monotonic ms. */
  dueAt = 0
  /** Runs while some wait. */
  timer: Timer | undefined
  #file: FileHandle
  readonly #tools: ReadingTools
  #bytes: ByteSource
  #records: Records
  /** Outcomes of an earlier run, which aren't given again. */
  #settled: Stretch[]
  #hasRecords = false
  #isAtEnd = false
  #hasEnded = false

  constructor(opened: { file: FileHandle; mark: Mark; candidate: Candidate; now: number }, tools: ReadingTools) {
    const { file, mark, candidate, now } = opened
    this.mark = mark
    this.headers = Object.freeze({ path: mark.path })
    this.outstanding = new Outstanding(mark.offset)
    this.size = candidate.size
    this.changedAt = candidate.mtimeMs
    this.grewAt = now
    this.#file = file
    this.#tools = tools
    this.#settled = [...mark.above]
    this.#bytes = this.#bytesFrom(mark.offset)
    this.#records = tools.makeRecords(mark.offset)
  }

  /** Records may be taken without reading. */
  get hasRecords(): boolean {
    return this.#hasRecords
  }

  /** Nothing is to be had of it now. */
  get isExhausted(): boolean {
    const hasMore = !this.#isAtEnd && !this.#hasEnded && !this.isCut && this.trouble === undefined
    return !this.#hasRecords && !hasMore
  }

  /** All of it was given. */
  get isFinished(): boolean {
    return this.#hasEnded && !this.#hasRecords
  }

  /** Nothing of it is under way, and nothing will be. */
  get isDone(): boolean {
    return this.isFinished && this.outstanding.count === 0
  }

  /** Nothing of it is to be had before what failed was given again, or what comes before it. */
  get isBlocked(): boolean {
    return !this.isRegistered || this.failed.length > 0 || this.after?.isExhausted === false
  }

  /** How far it was read, of a file that isn't packed. */
  get readTo(): number {
    return this.#bytes instanceof PlainBytes ? this.#bytes.offset : 0
  }

  /** Reads some bytes. @throws what the system says; then the same can be tried again. */
  async readOn(): Promise<void> {
    const { readTo } = this
    const bytes = await this.#bytes.read()
    if (bytes !== undefined && !(await this.#isUntouched(readTo))) {
      // The next look finds out what it is.
      this.#isAtEnd = true
      this.changedAt = Number.NaN
      return
    }
    if (this.#hasEnded) return
    if (bytes !== undefined) this.#records.push(bytes)
    else if (this.mark.isPacked || this.#tools.isOnce) this.finish()
    else this.#isAtEnd = true
    this.#hasRecords ||= bytes !== undefined
  }

  /** The next record; undefined where there is none without reading. */
  next(): Entry | Fault | undefined {
    for (;;) {
      const record = this.#records.next()
      if (record === undefined) {
        this.#hasRecords = false
        this.outstanding.pass(this.#records.at)
        return undefined
      }
      if (!this.#wasSettled(record.start)) return record
      this.outstanding.pass(record.end)
    }
  }

  /** What is at its end without an end of line is a record: nothing more will come. */
  finish(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#hasRecords = true
    this.#records.end()
  }

  /** Nothing more is to be had of it, not even what it has begun. What was read is still given. */
  end(): void {
    this.#hasEnded = true
  }

  /** Its content is gone; it comes back only by `moveTo`. */
  cut(): void {
    this.isCut = true
    Object.assign(this.mark, { ino: -1, isOverwritten: true })
  }

  /** There may be more to read. */
  hasChanged({ size, mtimeMs }: Pick<Candidate, 'size' | 'mtimeMs'>, now: number): void {
    if (size > this.size) this.grewAt = now
    if (size > this.readTo) this.#isAtEnd = false
    this.size = size
    this.changedAt = mtimeMs
  }

  /** After a trouble: what is packed is unpacked again. */
  async retry(): Promise<void> {
    this.trouble = undefined
    if (!this.mark.isPacked || this.#hasRecords) return
    const names = this.#names
    await this.#bytes.close()
    this.#bytes = this.#bytesFrom(this.#records.at)
    this.#records = this.#tools.makeRecords(this.#records.at, names)
  }

  /** The same content is in another file now, which is read on. */
  async moveTo(file: FileHandle, candidate: Candidate): Promise<void> {
    const { readTo } = this
    await this.#file.close()
    this.#file = file
    this.#bytes = new PlainBytes(file, readTo, this.#tools.buffer)
    this.isCut = false
    this.#isAtEnd = false
    Object.assign(this.mark, { dev: candidate.dev, ino: candidate.ino })
    delete this.mark.isOverwritten
    this.size = candidate.size
    this.changedAt = candidate.mtimeMs
  }

  /** Its mark as it is now. @throws what the system says; then it is as it was. */
  async marked(): Promise<Mark> {
    const { mark } = this
    const { prefix } = this.outstanding
    const above = this.outstanding.above()
    if (mark.isPacked || this.isCut) delete mark.tail
    else if (mark.offset !== prefix || mark.tail === undefined) mark.tail = await tailAt(this.#file, prefix)
    return Object.assign(mark, { offset: prefix, above })
  }

  get handle(): FileHandle {
    return this.#file
  }

  async close(): Promise<void> {
    await this.#bytes.close().catch(() => undefined)
    await this.#file.close().catch(() => undefined)
  }

  /** Asked after a read: then what was read is of the content that was there before. If not, it counts as not read. */
  async #isUntouched(readFrom: number): Promise<boolean> {
    if (!(this.#bytes instanceof PlainBytes) || this.#tools.isOnce) return true
    let isUntouched = false
    try {
      isUntouched = await hasHead(this.#file, this.mark.head)
    } finally {
      if (!isUntouched) this.#bytes.backTo(readFrom)
    }
    return isUntouched
  }

  get #names(): readonly string[] | undefined {
    return this.#records instanceof CsvRecords ? this.#records.names : undefined
  }

  /** To be called before all else: one that isn't read from its beginning has its names there all the same. */
  async readHeader(): Promise<void> {
    const { offset, isPacked } = this.mark
    if (!(this.#records instanceof CsvRecords) || this.#names !== undefined || offset === 0) return
    const names = await namesIn(this.#file, isPacked, this.#tools.makeRecords)
    this.#records = this.#tools.makeRecords(offset, names)
  }

  #bytesFrom(offset: number): ByteSource {
    return this.mark.isPacked
      ? new GzipBytes(this.#file, offset)
      : new PlainBytes(this.#file, offset, this.#tools.buffer)
  }

  #wasSettled(start: number): boolean {
    let first = this.#settled[0]
    while (first !== undefined && first[1] <= start) {
      this.#settled.shift()
      first = this.#settled[0]
    }
    return first !== undefined && first[0] <= start
  }
}
