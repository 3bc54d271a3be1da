import { open, type FileHandle } from 'node:fs/promises'
import type { Log } from '../../core/component.ts'
import { errnoOf } from '../errno.ts'
import type { Mark } from './checkpoints.ts'
import { beginningOf, beginsWith, HEAD_BYTES, hashOf } from './content.ts'
import { keyOf, pathError, type Candidate, type Problem } from './paths.ts'
import { Recognition, type Seen } from './recognition.ts'
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
  /** Paths of those that are left for later: there are more files than may be open. */
  readonly unmet: ReadonlySet<string>
}

/** Which files are there: opens them, and notices what becomes of them. */
export class Watch {
  /** Those that are open, in the order in which they were found. */
  readonly files: SourceFile[] = []
  /** Of all files, also of those that are gone. */
  readonly marks: Map<string, Mark>
  readonly #context: WatchContext
  readonly #recognition: Recognition

  constructor(context: WatchContext, marks: readonly Mark[]) {
    this.#context = context
    this.marks = new Map(marks.map((mark) => [mark.token, mark]))
    this.#recognition = new Recognition(context, this.files, this.marks)
  }

  /** Compares what is open with what is there. Nothing may be read meanwhile. @param startsAtEnd of what is new. */
  async look(candidates: readonly Candidate[], startsAtEnd = false): Promise<Looked> {
    const byKey = new Map(candidates.map((candidate) => [keyOf(candidate), candidate]))
    const problems: Problem[] = []
    for (const file of this.files) {
      const problem = await this.#tryLookAt(file, byKey.get(keyOf(file.mark)))
      if (problem !== undefined) problems.push(problem)
    }
    const opened = new Set(this.files.map(({ mark }) => keyOf(mark)))
    const known = await this.#recognition.byKey(candidates.filter((candidate) => !opened.has(keyOf(candidate))))
    const unmet = new Set<string>()
    for (const candidate of candidates) {
      const key = keyOf(candidate)
      const mark = known.get(key)
      if (mark !== undefined) mark.seenAt = this.#context.clock.date()
      if (opened.has(key) || mark?.doneAt === candidate.size || this.#isEmptyYet(candidate)) continue
      if (!(await this.#hasRoom())) {
        unmet.add(candidate.path)
        continue
      }
      const problem = await this.#meet(candidate, { mark, there: byKey, startsAtEnd })
      if (problem !== undefined) problems.push(problem)
    }
    this.#recognition.looked(byKey)
    return { problems, unmet }
  }

  /** What will be in it isn't known: it may be packed. */
  #isEmptyYet({ size }: Pick<Candidate, 'size'>): boolean {
    return size === 0 && !this.#context.tools.isOnce
  }

  /** Lets go of what is read to its end and has an outcome. */
  async retire(file: SourceFile): Promise<void> {
    if (file.isCut) this.marks.delete(file.mark.token)
    else if (file.trouble !== undefined) {
      // The rest may come yet. What can't even be marked stays as it was.
      await file.marked().catch(() => undefined)
    } else {
      await file.marked()
      file.mark.doneAt = file.size
      // Its inode will be that of another one.
      if ((await file.handle.stat()).nlink === 0) file.mark.ino = -1
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

  /** One that can't be looked at keeps nobody from the others. A handle may be stale, as after its server was started anew. */
  async #tryLookAt(file: SourceFile, candidate: Candidate | undefined): Promise<Problem | undefined> {
    try {
      await this.#lookAt(file, candidate)
      return undefined
    } catch (error) {
      const { path, isPacked } = file.mark
      const problem = { path, isNamed: false, error: pathError(path, error) }
      if (candidate !== undefined && !isPacked) return (await this.#openAgain(file, candidate)) ?? problem
      if (candidate === undefined && errnoOf(error) === 'ESTALE') {
        // It is gone: of one that is only there under its handle, that goes on to work.
        file.trouble = { error, at: this.#context.clock.now(), isTold: true }
        file.end()
      }
      return problem
    }
  }

  /** The next look finds out whether it is what it was. */
  async #openAgain(file: SourceFile, candidate: Candidate): Promise<Problem | undefined> {
    return await this.#open(candidate, async (handle) => {
      if (keyOf(await handle.stat()) !== keyOf(candidate)) return false
      await file.moveTo(handle, candidate)
      file.changedAt = Number.NaN
      return true
    })
  }

  async #lookAt(file: SourceFile, candidate: Candidate | undefined): Promise<void> {
    const now = this.#context.clock.now()
    if (file.isCut) return file.looksSinceCut++ < LOOKS_FOR_COPY ? undefined : file.end()
    // It may have been read on since the look: that it was shorter then says nothing.
    const isStale = candidate === undefined || candidate.size < file.readTo
    const status = isStale ? await file.handle.stat() : candidate
    if (!file.mark.isPacked && (await this.#isCut(file, status))) return this.#cut(file)
    const hasChanged = status.size !== file.size || status.mtimeMs !== file.changedAt
    file.hasChanged(status, now)
    if (file.trouble !== undefined && (hasChanged || !file.mark.isPacked)) await file.retry()
    if (candidate?.path === file.mark.path) file.movedAt = undefined
    else file.movedAt ??= now
    const isQuiet = now - Math.max(file.movedAt ?? Infinity, file.grewAt) >= this.#context.rotateWait
    if (!isQuiet || !file.isExhausted) return
    // Where unpacking has stopped, no line ends.
    if (file.mark.isPacked && file.trouble !== undefined) file.end()
    else file.finish()
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
    return await this.#open(candidate, (handle) => this.#takes(handle, candidate, seen))
  }

  /** @param takes whether the handle is used. */
  async #open(candidate: Candidate, takes: (handle: FileHandle) => Promise<boolean>): Promise<Problem | undefined> {
    let handle: FileHandle | undefined
    try {
      handle = await open(candidate.path, 'r')
      if (!(await takes(handle))) await handle.close()
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
    // It may have been emptied since the look.
    if (!beginning.isPacked && this.#isEmptyYet({ size: beginning.bytes.length })) return false
    const met = { handle, beginning, candidate, ...seen }
    const known = await this.#recognition.known(met)
    if (known === 'waits') return false
    if (known instanceof SourceFile) {
      await known.moveTo(handle, candidate)
      return true
    }
    const mark = known ?? (await this.#recognition.newMark(met))
    return await this.#adopt(handle, mark, { candidate, isPacked: beginning.isPacked, isNew: known === undefined })
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
    delete mark.isOverwritten
    Object.assign(mark, { path, dev, ino, isPacked })
    const { clock, tools } = this.#context
    const file = new SourceFile({ file: handle, mark, candidate, now: clock.now() }, tools)
    await file.readHeader()
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
