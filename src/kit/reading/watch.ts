import { open, type FileHandle } from 'node:fs/promises'
import type { Log } from '../../core/component.ts'
import { endOfLines } from '../end-of-lines.ts'
import { errnoOf } from '../errno.ts'
import type { Mark } from './checkpoints.ts'
import { beginningOf, beginsWith, HEAD_BYTES, hashOf, hasTail, type Beginning } from './content.ts'
import { keyOf, pathError, type Candidate, type Problem } from './paths.ts'
import { quotePath } from './record-faults.ts'
import { SourceFile, type ReadingTools } from './source-file.ts'

/** Files that are open at once; of more, those that nothing comes to are closed. */
const MOST_OPEN = 256
/** A copy of a file that is emptied next shows at the next look at the latest. */
const LOOKS_FOR_COPY = 2

export interface WatchContext {
  readonly node: string
  readonly log: Log
  readonly metrics: { add(name: string, count?: number): void }
  random(): number
  readonly clock: { now(): number; date(): number }
  readonly tools: ReadingTools
  readonly rotateWait: number
  /** A file is not read any more. */
  closed(file: SourceFile): void
}

/** What a look has brought. */
export interface Looked {
  readonly problems: readonly Problem[]
  /** There are more files than may be open. */
  readonly hasMore: boolean
}

/** What a file that is met is held against. */
interface Seen {
  /** Of a file with the same inode. */
  readonly mark: Mark | undefined
  readonly byKey: ReadonlyMap<string, Candidate>
  readonly startsAtEnd: boolean
}

/**
 * Which files are there, and which of them is which: by device and inode, and by what they begin with, since an inode is
 * used again. A file that is gone and comes back as another one, copied or packed, is known by its content: by its first
 * bytes, and by those before the place up to which it was read.
 */
export class Watch {
  /** Those that are open, in the order in which they were found. */
  readonly files: SourceFile[] = []
  /** Of all files, also of those that are gone. */
  readonly marks: Map<string, Mark>
  readonly #context: WatchContext
  /** By their keys, those that look like another one that is there, which may be emptied next; since when. */
  readonly #copies = new Map<string, number>()

  constructor(context: WatchContext, marks: readonly Mark[]) {
    this.#context = context
    this.marks = new Map(marks.map((mark) => [mark.token, mark]))
  }

  /** Compares what is open with what is there. Nothing may be read meanwhile. @param startsAtEnd of what is new. */
  async look(candidates: readonly Candidate[], startsAtEnd = false): Promise<Looked> {
    const byKey = new Map(candidates.map((candidate) => [keyOf(candidate), candidate]))
    for (const file of this.files) await this.#lookAt(file, byKey.get(keyOf(file.mark)))
    const opened = new Set(this.files.map(({ mark }) => keyOf(mark)))
    const known = new Map([...this.marks.values()].map((mark) => [keyOf(mark), mark]))
    const problems: Problem[] = []
    let hasMore = false
    for (const candidate of candidates) {
      const key = keyOf(candidate)
      const mark = known.get(key)
      if (mark !== undefined) mark.seenAt = this.#context.clock.date()
      if (opened.has(key) || mark?.doneAt === candidate.size) continue
      if (!(await this.#hasRoom())) {
        hasMore = true
        continue
      }
      const problem = await this.#meet(candidate, { mark, byKey, startsAtEnd })
      if (problem !== undefined) problems.push(problem)
    }
    for (const key of this.#copies.keys()) if (!byKey.has(key)) this.#copies.delete(key)
    return { problems, hasMore }
  }

  /** Lets go of what is read to its end and has an outcome. */
  async retire(file: SourceFile): Promise<void> {
    if (file.isCut) this.marks.delete(file.mark.token)
    else if (file.trouble === undefined) {
      await file.marked()
      file.mark.doneAt = file.size
    }
    await this.#close(file)
  }

  async #close(file: SourceFile): Promise<void> {
    const index = this.files.indexOf(file)
    if (index !== -1) this.files.splice(index, 1)
    for (const other of this.files) if (other.after === file) other.after = undefined
    this.#context.closed(file)
    await file.close()
  }

  async #lookAt(file: SourceFile, candidate: Candidate | undefined): Promise<void> {
    const now = this.#context.clock.now()
    if (file.isCut) return file.looksSinceCut++ < LOOKS_FOR_COPY ? undefined : file.end()
    const status = candidate ?? (await file.handle.stat())
    if (!file.mark.isPacked && (await this.#isCut(file, status))) return this.#cut(file)
    const hasChanged = status.size !== file.size || status.mtimeMs !== file.changedAt
    file.hasChanged(status, now)
    if (file.trouble !== undefined && (hasChanged || !file.mark.isPacked)) await file.retry()
    if (candidate?.path === file.mark.path) file.movedAt = undefined
    else file.movedAt ??= now
    const isQuiet = now - Math.max(file.movedAt ?? Infinity, file.grewAt) >= this.#context.rotateWait
    if (isQuiet && file.isExhausted) file.finish()
  }

  /** Somebody has emptied the file, or written over its beginning. */
  async #isCut(file: SourceFile, status: Pick<Candidate, 'size' | 'mtimeMs'>): Promise<boolean> {
    if (status.size < file.readTo) return true
    if (status.size === file.size && status.mtimeMs === file.changedAt) return false
    const beginning = await beginningOf(file.handle)
    if (!beginsWith(beginning, file.mark.head)) return true
    if (file.mark.head.bytes < HEAD_BYTES) file.mark.head = hashOf(beginning.bytes)
    return false
  }

  #cut(file: SourceFile): void {
    const { node, log, metrics } = this.#context
    const unread = Math.max(0, file.size - file.readTo)
    file.cut()
    metrics.add('truncated_files')
    const rest = unread === 0 ? '' : `; ${unread} bytes that were not read are gone, unless a copy of it is read`
    log.warn(`${quotePath(file.mark.path)} was emptied or written over: it is read from its beginning${rest}`, {
      node,
      path: file.mark.path,
      unreadBytes: unread,
    })
  }

  async #meet(candidate: Candidate, seen: Seen): Promise<Problem | undefined> {
    let handle: FileHandle | undefined
    try {
      handle = await open(candidate.path, 'r')
      if (!(await this.#takes(handle, candidate, seen))) await handle.close()
      return undefined
    } catch (error) {
      await handle?.close().catch(() => undefined)
      if (errnoOf(error) === 'ENOENT') return undefined // Gone between two calls.
      const { path, isNamed } = candidate
      return { path, isNamed, error: pathError(path, error) }
    }
  }

  /** @returns whether the handle is used. */
  async #takes(handle: FileHandle, candidate: Candidate, seen: Seen): Promise<boolean> {
    if (keyOf(await handle.stat()) !== keyOf(candidate)) return false // Another one since.
    const beginning = await beginningOf(handle)
    const known = await this.#known(handle, beginning, { candidate, ...seen })
    if (known === 'waits') return false
    if (known === 'moved') return true
    const mark = known ?? (await this.#newMark(handle, beginning, { candidate, ...seen }))
    return await this.#adopt(handle, mark, { candidate, isPacked: beginning.isPacked, isNew: known === undefined })
  }

  /** What is known of a file: by its inode, or, where that is gone, by its content. */
  async #known(
    handle: FileHandle,
    beginning: Beginning,
    seen: Seen & { candidate: Candidate },
  ): Promise<Mark | 'waits' | 'moved' | undefined> {
    const { candidate, mark, byKey } = seen
    if (mark !== undefined) {
      if (await isSame(handle, beginning, mark)) return mark
      mark.ino = -1
    }
    for (const file of this.files) {
      const isCopy = file.isCut && candidate.size >= file.size && !beginning.isPacked && file.mark.head.bytes > 0
      if (!isCopy || !(await isSame(handle, beginning, file.mark))) continue
      await file.moveTo(handle, candidate)
      return 'moved'
    }
    const opened = new Set(this.files.map((file) => file.mark.token))
    for (const gone of this.marks.values()) {
      if (opened.has(gone.token) || byKey.has(keyOf(gone)) || gone.offset === 0 || gone.tail === undefined) continue
      if (await isSame(handle, beginning, gone)) return gone
    }
    return this.#isCopy(beginning, candidate) ? 'waits' : undefined
  }

  /** What looks like another one that is there may be its copy, made before that is emptied. It is given some time. */
  #isCopy(beginning: Beginning, candidate: Candidate): boolean {
    const { hash } = hashOf(beginning.bytes)
    const isLike = beginning.bytes.length === HEAD_BYTES && this.files.some(({ mark }) => mark.head.hash === hash)
    if (!isLike || this.#context.tools.isOnce) return false
    const now = this.#context.clock.now()
    const since = this.#copies.get(keyOf(candidate)) ?? now
    this.#copies.set(keyOf(candidate), since)
    return now - since < this.#context.rotateWait
  }

  async #newMark(
    handle: FileHandle,
    { isPacked, bytes }: Beginning,
    { candidate, startsAtEnd }: { candidate: Candidate; startsAtEnd: boolean },
  ): Promise<Mark> {
    const { path, dev, ino, size } = candidate
    const offset = startsAtEnd && !isPacked ? await endOfLines(handle, size) : 0
    const done = startsAtEnd && isPacked ? { doneAt: size } : {}
    const token = Math.floor(this.#context.random() * 2 ** 48).toString(36)
    const seenAt = this.#context.clock.date()
    return { token, path, dev, ino, isPacked, head: hashOf(bytes), offset, above: [], seenAt, ...done }
  }

  async #adopt(
    handle: FileHandle,
    mark: Mark,
    { candidate, isPacked, isNew }: { candidate: Candidate; isPacked: boolean; isNew: boolean },
  ): Promise<boolean> {
    const { path, dev, ino, size } = candidate
    this.marks.set(mark.token, mark)
    if (isNew && mark.doneAt === size) return false
    delete mark.doneAt
    Object.assign(mark, { path, dev, ino, isPacked })
    const { clock, tools } = this.#context
    const file = await SourceFile.open({ file: handle, mark, candidate, now: clock.now() }, tools)
    file.isRegistered = !isNew
    file.after = this.files.findLast((other) => other.mark.path === path)
    this.files.push(file)
    return true
  }

  /** Closes the one that has been quiet for longest, where too many are open. */
  async #hasRoom(): Promise<boolean> {
    if (this.files.length < MOST_OPEN) return true
    const [quietest] = this.files
      .filter((file) => file.isExhausted && file.outstanding.count === 0 && file.movedAt === undefined)
      .toSorted((a, b) => a.grewAt - b.grewAt)
    if (quietest === undefined) return false
    await this.retire(quietest)
    return true
  }
}

async function isSame(handle: FileHandle, beginning: Beginning, mark: Mark): Promise<boolean> {
  if (!beginsWith(beginning, mark.head)) return false
  const { offset, tail } = mark
  return tail === undefined || (await hasTail(handle, beginning.isPacked, { offset, tail }))
}
