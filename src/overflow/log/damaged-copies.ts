import { join } from 'node:path'
import { errnoOf } from '../../kit/errno.ts'
import { readFully } from '../../kit/disk.ts'
import { writeFully, type LogFile, type LogFiles } from './files.ts'
import type { LogProblem } from './problem.ts'

interface Copy {
  readonly path: string
  readonly bytes: number
}

/** Bytes of a segment that are no whole frame. */
export interface DamagedBytes {
  /** Of the segment. */
  readonly path: string
  readonly offset: number
  readonly bytes: number
}

const NAME = /^(\d{10})-.*[.](\d+)[.]damaged$/
const COPIED_AT_ONCE = 1024 ** 2

/**
 * Copies of damaged bytes beside their segments, for people to look at. They take no more than a share of what a log may
 * have: the oldest are removed, but for the last one, and that is told.
 */
export class DamagedCopies {
  readonly #files: LogFiles
  readonly #mostBytes: number
  readonly #report: (problem: LogProblem) => void
  /** The oldest first. */
  #copies: Copy[] = []
  /** Not copied again whenever the same bytes are read. */
  readonly #removed = new Set<string>()

  constructor(files: LogFiles, mostBytes: number, report: (problem: LogProblem) => void) {
    this.#files = files
    this.#mostBytes = mostBytes
    this.#report = report
  }

  /** Counts those of earlier runs. @param names of all files of the folder. */
  async find(folder: string, names: readonly string[]): Promise<void> {
    const found = names.flatMap((name) => {
      const [, sequence, offset] = NAME.exec(name) ?? []
      return sequence === undefined ? [] : [{ name, sequence: Number(sequence), offset: Number(offset) }]
    })
    for (const { name } of found.toSorted((a, b) => a.sequence - b.sequence || a.offset - b.offset)) {
      const path = join(folder, name)
      this.#copies.push({ path, bytes: await sizeOf(this.#files, path) })
    }
    await this.#makeRoom()
  }

  /** Copies bad bytes. @returns where they are; undefined where that fails, as on a full disk, or they were removed. */
  async keep(file: LogFile, bad: DamagedBytes): Promise<string | undefined> {
    const path = `${bad.path}.${bad.offset}.damaged`
    if (this.#removed.has(path)) return undefined
    if (this.#copies.some((one) => one.path === path)) return path
    // Before anything is waited for: whoever reads the same meanwhile must not copy it as well.
    this.#copies.push({ path, bytes: bad.bytes })
    await this.#makeRoom()
    if (await copied(this.#files, file, { ...bad, to: path })) return path
    this.#copies = this.#copies.filter((one) => one.path !== path)
    return undefined
  }

  /** The last one stays, however large it is. */
  async #makeRoom(): Promise<void> {
    let bytes = this.#copies.reduce((sum, one) => sum + one.bytes, 0)
    while (bytes > this.#mostBytes && this.#copies.length > 1) {
      const oldest = this.#copies.shift()!
      bytes -= oldest.bytes
      this.#removed.add(oldest.path)
      await this.#files.remove(oldest.path).catch(() => undefined)
      const { path, bytes: freed } = oldest
      this.#report({ kind: 'copy', path, offset: 0, bytes: freed, from: 0, to: 0, keptAs: undefined })
    }
  }
}

async function copied(files: LogFiles, file: LogFile, bad: DamagedBytes & { readonly to: string }): Promise<boolean> {
  let copy: LogFile | undefined
  try {
    copy = await files.create(bad.to)
    for (let done = 0; done < bad.bytes; done += COPIED_AT_ONCE) {
      const length = Math.min(COPIED_AT_ONCE, bad.bytes - done)
      await writeFully(copy, [await readFully(file, bad.offset + done, length)], done)
    }
    await copy.datasync()
    return true
  } catch (error) {
    if (copy === undefined) return errnoOf(error) === 'EEXIST'
    await files.remove(bad.to).catch(() => undefined) // Half of it would pass for all.
    return false
  } finally {
    await copy?.close().catch(() => undefined)
  }
}

export async function sizeOf(files: LogFiles, path: string): Promise<number> {
  const file = await files.open(path)
  try {
    return (await file.stat()).size
  } finally {
    await file.close()
  }
}
