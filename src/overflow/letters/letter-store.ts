import type { Letter } from '../../core/letter.ts'
import { quote } from '../../kit/text.ts'
import { overflowError } from '../errors.ts'
import { lockFolder, type FolderLock } from '../folder-lock.ts'
import type { LogFiles } from '../log/files.ts'
import { sizeOfFrame } from '../log/frame.ts'
import { SegmentedLog } from '../log/log.ts'
import type { LogProblem } from '../log/problem.ts'
import { matches, pageOf, type LetterFilter, type LetterPage } from './letter-filter.ts'
import {
  draftOf,
  letterIn,
  lineIn,
  recordIn,
  type Draft,
  type ListedLetter,
  type StoredLetter,
} from './letter-frame.ts'
import type { Entry } from './letter-index.ts'
import { LetterLog, type Stored } from './letter-log.ts'
import { Retries, type Retry } from './retries.ts'

export interface LetterStoreOptions {
  readonly folder: string
  /** Bytes that it takes on disk at most. */
  readonly limit: number
  /** Wall clock, ms since 1970. */
  readonly now?: () => number
  readonly files?: LogFiles
  readonly lock?: (folder: string) => Promise<FolderLock>
  /** Told of what is damaged. */
  report?(problem: LogProblem): void
}

const REMOVED_AT_ONCE = 10_000

/**
 * The embedded store of dead letters: bounded, and what it has confirmed survives the process and the power. One process
 * has it open; only summaries' keys are in memory, the rest is read when it is asked for.
 */
export class LetterStore {
  readonly folder: string
  readonly limit: number
  readonly #letters: LetterLog
  readonly #lock: FolderLock
  readonly #now: () => number
  readonly #retries = new Retries()

  private constructor({ folder, limit, now = Date.now }: LetterStoreOptions, letters: LetterLog, lock: FolderLock) {
    this.folder = folder
    this.limit = limit
    this.#letters = letters
    this.#lock = lock
    this.#now = now
  }

  /** @throws SLUICE_LOG_LOCKED, SLUICE_LOG_FORBIDDEN, SLUICE_LOG_UNUSABLE, SLUICE_LOG_NEWER, SLUICE_LOG_READ_FAILED */
  static async open(options: LetterStoreOptions): Promise<LetterStore> {
    const { folder, lock = lockFolder } = options
    const held = await lock(folder)
    try {
      return new LetterStore(options, await LetterLog.load(await SegmentedLog.open(options), options.limit), held)
    } catch (error) {
      await held.release()
      throw error
    }
  }

  get count(): number {
    return this.#letters.index.size
  }

  /** What it takes on disk. */
  get bytes(): number {
    return this.#letters.log.bytes
  }

  /** Bytes of letters that it still takes. */
  get room(): number {
    return this.#letters.room
  }

  /**
   * A letter that can be stored.
   *
   * @throws SLUICE_LETTER_NOT_JSON, SLUICE_LETTER_TOO_LARGE
   */
  draft(letter: Letter, editedAt?: number): Draft {
    const draft = draftOf({ letter, editedAt })
    const bytes = sizeOfFrame(draft)
    const most = this.#letters.log.segmentBytes
    if (bytes <= most) return draft
    const problem = `the letter of ${quote(letter.id)} takes ${bytes} bytes, more than ${most}`
    throw overflowError('SLUICE_LETTER_TOO_LARGE', problem)
  }

  /**
   * Stores letters; one with the id of another replaces that. Resolves when they are durable.
   *
   * @throws SLUICE_LETTERS_FULL, SLUICE_LOG_FULL_DISK, SLUICE_LOG_WRITE_FAILED, SLUICE_LOG_SYNC_FAILED,
   *   SLUICE_LOG_CLOSED, and what `draft` throws; then some of them may be stored.
   */
  async append(letters: readonly Letter[]): Promise<void> {
    const { error } = await this.store(letters.map((letter) => this.draft(letter)))
    if (error !== undefined) throw error
  }

  /** The same with drafts, as far as there is room. */
  store(drafts: readonly Draft[]): Promise<Stored> {
    return this.#letters.store(drafts)
  }

  /** Letters by when they failed, a page at a time. */
  async list(page: LetterPage = {}): Promise<{ letters: ListedLetter[]; next: string | undefined }> {
    const { found, next } = pageOf(this.#letters.index.entries(), page)
    const letters: ListedLetter[] = []
    for (const entry of found) letters.push(await this.#listed(entry))
    return { letters, next }
  }

  /**
   * A letter with all that is known of it; undefined where there is none with this id.
   *
   * @throws SLUICE_LETTER_DAMAGED, SLUICE_LOG_READ_FAILED
   */
  async show(id: string): Promise<StoredLetter | undefined> {
    const entry = this.#letters.index.get(id)
    return entry && this.#read(entry)
  }

  /**
   * Gives a letter other data; its id and its story stay. Resolves when that is durable.
   *
   * @throws SLUICE_LETTER_UNKNOWN, SLUICE_LETTER_UNDER_WAY, and what `show` and `append` throw.
   */
  async edit(id: string, data: unknown): Promise<void> {
    const entry = this.#entryOf(id)
    const { letter } = await this.#read(entry)
    // It may have been retried, removed or replaced meanwhile.
    if (this.#entryOf(id) !== entry)
      throw overflowError('SLUICE_LETTER_UNDER_WAY', `${quote(id)} has failed again just now`)
    const { error } = await this.store([this.draft({ ...letter, data }, this.#now())])
    if (error !== undefined) throw error
  }

  /** @returns how many there were of these. Resolves when they are durably gone. */
  async remove(ids: readonly string[]): Promise<number> {
    return this.#remove([...new Set(ids)].flatMap((id) => this.#letters.index.get(id) ?? []))
  }

  /** Removes all that match. On a full disk, what can be removed without room: the oldest. @returns how many. */
  async purge(filter: LetterFilter = {}): Promise<number> {
    const found = [...this.#letters.index.entries()].filter((entry) => matches(filter, entry))
    let removed = 0
    try {
      for (let start = 0; start < found.length; start += REMOVED_AT_ONCE) {
        removed += await this.#remove(found.slice(start, start + REMOVED_AT_ONCE))
      }
    } catch (error) {
      const isPurged = new Set(found)
      const dropped = await this.#letters.dropOldest((entry) => isPurged.has(entry))
      if (dropped === 0) throw error
      // There is room now.
      removed += dropped + (await this.purge(filter))
    }
    return removed
  }

  /** A line of JSON per letter, as it is stored; in the order in which they were. */
  async *export(filter: LetterFilter = {}): AsyncGenerator<string, void> {
    const { log, index } = this.#letters
    for await (const { frames } of log.read()) {
      for (const { number, payload } of frames) {
        const record = recordIn(payload)
        const entry = record !== undefined && 'summary' in record ? index.get(record.summary.id) : undefined
        if (entry?.number === number && matches(filter, entry)) yield lineIn(payload)
      }
    }
  }

  /**
   * Gives letters out to be retried; those that are under way already, or not there, are left out. They stay stored until
   * their retry says that they were handled.
   *
   * @throws SLUICE_LOG_READ_FAILED
   */
  async beginRetry(ids: readonly string[]): Promise<Retry[]> {
    const begun: Retry[] = []
    for (const id of ids) {
      const entry = this.#letters.index.get(id)
      if (entry === undefined || !this.#retries.begin(entry)) continue
      const stored = await this.#read(entry).catch(() => undefined)
      if (stored === undefined) this.#retries.end(entry)
      else begun.push(this.#retryOf(entry, stored))
    }
    return begun
  }

  /** Resolves when it is known of all letters that were given out what became of them. */
  async retriesEnded(): Promise<void> {
    await this.#retries.ended()
  }

  /** What was given before is stored; nothing is taken any more. */
  async close(): Promise<void> {
    await this.#letters.log.close()
    await this.#lock.release()
  }

  #retryOf(entry: Entry, { letter, editedAt }: StoredLetter): Retry {
    return {
      letter,
      editedAt,
      handled: async () => {
        await this.#remove(this.#letters.index.get(entry.id) === entry ? [entry] : [])
        this.#retries.end(entry)
      },
      failed: () => this.#retries.end(entry),
    }
  }

  async #remove(entries: readonly Entry[]): Promise<number> {
    await this.#letters.remove(entries)
    return entries.length
  }

  #entryOf(id: string): Entry {
    const entry = this.#letters.index.get(id)
    if (entry === undefined) throw overflowError('SLUICE_LETTER_UNKNOWN', `there is no letter of ${quote(id)}`)
    if (this.#retries.has(id)) throw overflowError('SLUICE_LETTER_UNDER_WAY', `${quote(id)} is being retried`)
    return entry
  }

  async #read(entry: Entry): Promise<StoredLetter> {
    const frame = await this.#letters.read(entry)
    if (frame !== undefined) return letterIn(frame.payload)
    throw overflowError(
      'SLUICE_LETTER_DAMAGED',
      `the letter of ${quote(entry.id)} cannot be read from "${this.folder}"`,
    )
  }

  async #listed(entry: Entry): Promise<ListedLetter> {
    const { id, node, code, failedAt } = entry
    const frame = await this.#letters.read(entry)
    const record = frame && recordIn(frame.payload)
    const known = { id, node, code, failedAt, isUnderWay: this.#retries.has(id), isDamaged: record === undefined }
    return record !== undefined && 'summary' in record ? { ...record.summary, ...known } : known
  }
}
