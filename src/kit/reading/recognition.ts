import { open, type FileHandle } from 'node:fs/promises'
import { endOfLines } from '../end-of-lines.ts'
import type { Mark } from './checkpoints.ts'
import { beginningOf, beginsWith, HEAD_BYTES, hashOf, hasTail, type Beginning } from './content.ts'
import { keyOf, type Candidate } from './paths.ts'
import type { SourceFile } from './source-file.ts'
import { randomToken } from '../../core/mint.ts'

/** What a file that is met is held against. */
export interface Seen {
  /** Of the file that had its inode. */
  readonly mark: Mark | undefined
  /** All files that are there, by device and inode. */
  readonly there: ReadonlyMap<string, Candidate>
  readonly startsAtEnd: boolean
}

/** A file that is there, and isn't read. */
export interface Met extends Seen {
  readonly handle: FileHandle
  readonly beginning: Beginning
  readonly candidate: Candidate
}

interface RecognitionContext {
  random(): number
  readonly clock: { now(): number; date(): number }
  readonly tools: { readonly isOnce: boolean }
  readonly rotateWait: number
}

/**
 * Which file is which: by device and inode, and by what it begins with, since an inode is used again. One that is gone and
 * comes back as another one, packed, or copied before it was emptied, is known by its content: by its first bytes, and by
 * those before the place up to which it was read.
 */
export class Recognition {
  readonly #context: RecognitionContext
  readonly #files: readonly SourceFile[]
  readonly #marks: ReadonlyMap<string, Mark>
  /** By their keys, those that look like another one that is there; since when they have that size. */
  readonly #copies = new Map<string, { readonly since: number; readonly size: number }>()

  /** @param files those that are open. @param marks of all, by their tokens. */
  constructor(context: RecognitionContext, files: readonly SourceFile[], marks: ReadonlyMap<string, Mark>) {
    this.#context = context
    this.#files = files
    this.#marks = marks
  }

  /**
   * Marks by device and inode. Where a file is met that has none, its content may be what was in another one before: so
   * those that have got other content are found first. @param met files that aren't open.
   */
  async byKey(met: readonly Candidate[]): Promise<ReadonlyMap<string, Mark>> {
    const known = new Map([...this.#marks.values()].map((mark) => [keyOf(mark), mark]))
    const isAnyNew = met.some((candidate) => !known.has(keyOf(candidate)))
    for (const candidate of isAnyNew ? met : []) {
      const mark = known.get(keyOf(candidate))
      if (mark === undefined || mark.doneAt === candidate.size || (await this.#isStill(candidate, mark))) continue
      overwritten(mark)
      known.delete(keyOf(candidate))
    }
    return known
  }

  /** @returns the mark of a file; or the one whose content it has now; or that it is to be met again later. */
  async known({ handle, beginning, candidate, mark, there }: Met): Promise<Mark | SourceFile | 'waits' | undefined> {
    if (mark !== undefined) {
      if (await isSame(handle, beginning, mark)) return mark
      overwritten(mark)
    }
    for (const file of this.#files) {
      const mayBe = file.isCut && candidate.size >= file.size && !beginning.isPacked && file.mark.head.bytes > 0
      if (mayBe && (await isSame(handle, beginning, file.mark))) return file
    }
    const opened = new Set(this.#files.map((file) => file.mark.token))
    for (const gone of this.#marks.values()) {
      if (opened.has(gone.token) || there.has(keyOf(gone)) || gone.tail === undefined) continue
      // Of one of which nothing has an outcome all comes again anyway, where that is certain with its ids.
      if (gone.offset === 0 && gone.head.bytes < HEAD_BYTES) continue
      // One that was removed may be written again with the same content: that is another one.
      if (!beginning.isPacked && gone.isOverwritten !== true) continue
      if (await isSame(handle, beginning, gone)) return gone
    }
    return this.#isCopy(beginning, candidate, there) ? 'waits' : undefined
  }

  /** Of a file that nothing is known of. */
  async newMark({ handle, beginning, candidate, startsAtEnd }: Met): Promise<Mark> {
    const { path, dev, ino, size } = candidate
    const { isPacked, bytes } = beginning
    const offset = startsAtEnd && !isPacked ? await endOfLines(handle, size) : 0
    const done = startsAtEnd && isPacked ? { doneAt: size } : {}
    const token = this.#newToken()
    const seenAt = this.#context.clock.date()
    return { token, path, dev, ino, isPacked, head: hashOf(bytes), offset, above: [], seenAt, ...done }
  }

  #newToken(): string {
    for (;;) {
      const token = randomToken(() => this.#context.random())
      if (!this.#marks.has(token)) return token
    }
  }

  /** After a look at all. */
  looked(there: ReadonlyMap<string, Candidate>): void {
    for (const key of this.#copies.keys()) if (!there.has(key)) this.#copies.delete(key)
  }

  /**
   * What looks like another one that is there may be its copy, made before that is emptied, or may be it, packed and not yet
   * complete. It is waited with until the other one is complete, or, where that is still there, for some time. Of what is
   * packed too little may have been written to see what it looks like.
   */
  #isCopy(beginning: Beginning, candidate: Candidate, there: ReadonlyMap<string, Candidate>): boolean {
    if (this.#context.tools.isOnce) return false
    const opened = new Set(this.#files.map(({ mark }) => mark))
    const others = [...this.#marks.values()].filter((mark) => opened.has(mark) || there.has(keyOf(mark)))
    const alike = others.filter((mark) => isAlike(beginning, mark))
    if (alike.length === 0 && !others.some((mark) => mayBecome(beginning, mark))) return false
    if (beginning.isPacked && alike.some((mark) => !there.has(keyOf(mark)))) return true
    const now = this.#context.clock.now()
    const last = this.#copies.get(keyOf(candidate))
    const since = last?.size === candidate.size ? last.since : now
    this.#copies.set(keyOf(candidate), { since, size: candidate.size })
    return now - since < this.#context.rotateWait
  }

  /** What can't be read now stays known: it is met, and told, later. */
  async #isStill({ path }: Candidate, mark: Mark): Promise<boolean> {
    const handle = await open(path, 'r').catch(() => undefined)
    if (handle === undefined) return true
    try {
      return await isSame(handle, await beginningOf(handle), mark)
    } finally {
      await handle.close()
    }
  }
}

/** Of one that isn't packed it takes more: small files often begin in the same way. */
function isAlike(beginning: Beginning, { head, isPacked }: Mark): boolean {
  if (isPacked || head.bytes === 0) return false
  return (beginning.isPacked || head.bytes === HEAD_BYTES) && beginsWith(beginning, head)
}

/** Whether a packed file is so short as yet that it may turn out to be another one. */
function mayBecome({ isPacked, bytes }: Beginning, { head, isPacked: wasPacked }: Mark): boolean {
  return isPacked && !wasPacked && bytes.length < head.bytes
}

function overwritten(mark: Mark): void {
  Object.assign(mark, { ino: -1, isOverwritten: true })
}

async function isSame(handle: FileHandle, beginning: Beginning, mark: Mark): Promise<boolean> {
  if (!beginsWith(beginning, mark.head)) return false
  const { offset, tail } = mark
  return tail === undefined || (await hasTail(handle, beginning.isPacked, { offset, tail }))
}
