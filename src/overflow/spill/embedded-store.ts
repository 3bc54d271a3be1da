import type { Settled } from '../../core/overflow-store.ts'
import { overflowError, systemError } from '../errors.ts'
import { lockFolder, type FolderLock } from '../folder-lock.ts'
import { realLogFiles, type LogFiles } from '../log/files.ts'
import { SegmentedLog, type SegmentInfo } from '../log/log.ts'
import type { LogProblem } from '../log/problem.ts'
import {
  ONE_FRAME,
  FRAMES_PER_LIMIT,
  type FrameChunk,
  type FrameStore,
  type FrameStoreEvents,
  type NewFrame,
  type StoredSettled,
} from './frame-store.ts'
import { LogCursor } from './log-cursor.ts'
import { SettledFile, type Committed } from './settled-file.ts'
import { SettledRanges } from './settled-ranges.ts'
import { unsynced } from './unsynced-files.ts'

/**
 * When frames count as stored: `disk` when the disk has confirmed them, so that they survive a power cut; `os` when the
 * system has them, so that they survive the process only.
 */
export const DISK_DURABILITIES = ['disk', 'os'] as const
export type DiskDurability = (typeof DISK_DURABILITIES)[number]

export interface EmbeddedStoreOptions {
  readonly folder: string
  /** Bytes that its owner wants to keep at most; it takes frames of an eighth of that. */
  readonly limit: number
  readonly durability?: DiskDurability
  readonly files?: LogFiles
  readonly lock?: (folder: string) => Promise<FolderLock>
  /** Told of what is not as it was written, once each. */
  report?(problem: LogProblem): void
}

/** From one opening to the next. */
interface Session {
  readonly lock: FolderLock
  readonly log: SegmentedLog
  readonly file: SettledFile
  readonly cursor: LogCursor
  committed: Committed
  /** The last commit, and the last read; they never reject. */
  committing: Promise<void>
  reading: Promise<unknown>
}

/** A segment that is still written to is left for its room when all of it is settled and it has so much; or this share. */
const WORTH_BYTES = 1024 ** 2
const WORTH_SHARE = 8
/** Numbers behind the end of the log that were confirmed: so many a frame without bytes may stand for. */
const MOST_MISSING = 2 ** 32 - 1
const NOTHING: Committed = { below: 1, above: [], parts: 0, next: 1 }

/**
 * The embedded store of an overflow: frames in a segmented log, and what is settled in a file beside it. It needs no
 * server; one process has it at a time.
 *
 * Numbers that were confirmed, and of which the log knows nothing any more because its end was damaged or taken away, are
 * filled with a frame without bytes, so that none is used twice and they are told as lost.
 */
export class EmbeddedStore implements FrameStore {
  readonly mostFrameBytes: number
  readonly #options: EmbeddedStoreOptions
  readonly #files: LogFiles
  #session: Session | undefined

  constructor(options: EmbeddedStoreOptions) {
    const { limit, durability = 'disk', files = realLogFiles } = options
    this.mostFrameBytes = Math.floor(limit / FRAMES_PER_LIMIT)
    this.#options = options
    this.#files = durability === 'disk' ? files : unsynced(files)
  }

  get next(): number {
    return this.#session?.log.next ?? 1
  }

  get bytes(): number {
    return this.#session?.log.bytes ?? 0
  }

  /**
   * @throws SLUICE_LOG_LOCKED, SLUICE_LOG_FORBIDDEN, SLUICE_LOG_UNUSABLE, SLUICE_LOG_NEWER, SLUICE_LOG_FULL_DISK,
   *   SLUICE_LOG_WRITE_FAILED
   */
  async open(_events?: FrameStoreEvents): Promise<StoredSettled | undefined> {
    const { folder, lock = lockFolder } = this.#options
    const held = await lock(folder)
    try {
      return await this.#load(held)
    } catch (error) {
      await held.release()
      throw systemError('SLUICE_LOG_UNUSABLE', `cannot use "${folder}"`, error)
    }
  }

  /** @throws SLUICE_OVERFLOW_CLOSED, SLUICE_OVERFLOW_OWNER_LOST, and what the log throws: then nothing of them is stored */
  async append(number: number, frames: readonly NewFrame[]): Promise<void> {
    const { log } = this.#opened()
    const count = frames.reduce((sum, frame) => sum + frame.count, 0)
    if (number + count === log.next) return // They are there already.
    if (number === log.next) return void (await log.append(frames))
    const problem = `the next message in "${this.#options.folder}" is ${log.next}, not ${number}`
    throw overflowError('SLUICE_OVERFLOW_OWNER_LOST', `${problem}: somebody else has written to it`)
  }

  /** @throws SLUICE_OVERFLOW_CLOSED, SLUICE_LOG_READ_FAILED */
  async read(from: number, mostBytes: number): Promise<FrameChunk> {
    const session = this.#opened()
    const chunk = mostBytes > ONE_FRAME ? session.cursor.read(from, mostBytes) : readAside(session, from, mostBytes)
    session.reading = chunk.catch(() => undefined)
    return await chunk
  }

  /** @throws SLUICE_OVERFLOW_CLOSED, SLUICE_LOG_WRITE_FAILED, SLUICE_LOG_FULL_DISK, SLUICE_LOG_FORBIDDEN */
  async commit({ below, above, parts }: Settled): Promise<void> {
    const session = this.#opened()
    const committing = this.#commit(session, { below, above, parts, next: session.log.next })
    session.committing = committing.catch(() => undefined)
    await committing
  }

  async close(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    this.#session = undefined
    const { log, file, cursor, lock } = session
    await Promise.all([session.reading, session.committing])
    await cursor.close()
    const { committed } = session
    try {
      // What the next one doesn't find at the end is lost then, and told.
      if (committed.next !== log.next) await this.#write(session, { ...committed, next: log.next })
      await this.#giveBack(session, 0)
    } catch {
      // It comes again, or is given back later: what was committed counts.
    } finally {
      await log.close()
      await file.close()
      await lock.release()
    }
  }

  async #load(lock: FolderLock): Promise<StoredSettled | undefined> {
    const { folder, limit, report } = this.#options
    const files = this.#files
    const log = await SegmentedLog.open({ folder, limit, files, ...(report === undefined ? {} : { report }) })
    const file = new SettledFile(files, folder)
    try {
      const read = await file.open(folder)
      const isLikely = typeof read !== 'object' || read.next - log.next <= MOST_MISSING
      const found = isLikely ? read : 'damaged'
      if (found === 'damaged') report?.({ ...NO_NUMBERS, kind: 'head', path: file.path })
      const isKnown = found !== undefined && found !== 'damaged'
      const committed = isKnown ? found : { ...NOTHING, below: log.head, next: log.next }
      const missing = committed.next - log.next
      if (missing > 0) await log.append([{ payload: Buffer.alloc(0), count: missing }])
      this.#session = {
        lock,
        log,
        file,
        cursor: new LogCursor(log),
        committed,
        committing: Promise.resolve(),
        reading: Promise.resolve(),
      }
      return isKnown ? committed : undefined
    } catch (error) {
      await log.close()
      await file.close()
      throw error
    }
  }

  async #commit(session: Session, committed: Committed): Promise<void> {
    await this.#write(session, committed)
    await this.#giveBack(session, WORTH_BYTES)
  }

  async #write(session: Session, committed: Committed): Promise<void> {
    const { file } = session
    try {
      session.committed = await file.write(committed)
    } catch (error) {
      throw systemError('SLUICE_LOG_WRITE_FAILED', `cannot write "${file.path}"`, error)
    }
  }

  /** Only what is settled, and written down as such: at the beginning, and what was dropped behind what somebody has. */
  async #giveBack({ log, committed }: Session, worthBytes: number): Promise<void> {
    const worth = Math.min(worthBytes, log.segmentBytes / WORTH_SHARE)
    const numbers = new SettledRanges(committed)
    const isSettled = ({ first, until }: SegmentInfo): boolean =>
      until <= committed.below || (first < until && numbers.unsettledOf({ from: first, to: until }).length === 0)
    const old = log.segments.filter((one) => isSettled(one) && (!one.isActive || one.bytes >= worth))
    if (old.length > 0) await log.drop(old.map(({ sequence }) => sequence))
  }

  #opened(): Session {
    if (this.#session !== undefined) return this.#session
    throw overflowError('SLUICE_OVERFLOW_CLOSED', `the overflow in "${this.#options.folder}" is closed`)
  }
}

const NO_NUMBERS = { offset: 0, bytes: 0, from: 0, to: 0, keptAs: undefined } as const

/** One frame, without disturbing who reads on. */
async function readAside({ log }: Session, from: number, mostBytes: number): Promise<FrameChunk> {
  const aside = new LogCursor(log)
  try {
    return await aside.read(from, mostBytes)
  } finally {
    await aside.close()
  }
}
