import { open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { z } from 'zod'
import { componentError } from '../component-errors.ts'
import { syncFolder } from '../disk.ts'
import { errnoOf } from '../errno.ts'
import { quotePath } from './record-faults.ts'

const NAME = 'checkpoints.json'
const DRAFT = 'checkpoints.draft'
const MODE = 0o640
const VERSION = 1

const count = z.int().min(0)
const bytes = z.object({ bytes: count, hash: z.string() })

const mark = z.object({
  /** What ids of its messages have in them: another one for each file there has ever been. */
  token: z.string().min(1),
  /** Where it was seen last. */
  path: z.string(),
  dev: z.number(),
  ino: z.number(),
  isPacked: z.boolean(),
  /** Its inode has other content now; -1 stands for the inode then, as for that of one that was removed. */
  isOverwritten: z.boolean().optional(),
  head: bytes,
  /** All before has an outcome; as unpacked. */
  offset: count,
  /** What comes before that, of a file that isn't packed. */
  tail: bytes.optional(),
  /** What has an outcome above. */
  above: z.array(z.tuple([count, count]).readonly()).readonly(),
  /** Its size on disk when all of it had an outcome; then it isn't opened while it has that. */
  doneAt: count.optional(),
  /** Wall clock. */
  seenAt: z.number(),
})

/** How far one file was read, and how it is told from others. */
export type Mark = z.output<typeof mark>

/** Marks of files that are gone: so many, for so long. */
const MOST_GONE = 1_000
const GONE_MS = 30 * 24 * 3_600_000

/** Those of files that are gone which aren't kept any longer. @param now wall clock. */
export function longGone(gone: readonly Mark[], now: number): Mark[] {
  const newestFirst = gone.toSorted((a, b) => b.seenAt - a.seenAt)
  return newestFirst.filter(({ seenAt }, nth) => nth >= MOST_GONE || seenAt < now - GONE_MS)
}

const content = z.object({ version: z.literal(VERSION), marks: z.array(mark) })

/**
 * How far files were read, in one small file that is written anew each time: under another name, synced, and renamed, so
 * that it is whole whenever the process or the power goes. A checksum tells of a disk that gave back something else.
 */
export class Checkpoints {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * @returns undefined at the first start of all.
   * @throws SLUICE_FILE_CHECKPOINTS_DAMAGED, SLUICE_FILE_CHECKPOINTS_FAILED
   */
  async load(): Promise<Mark[] | undefined> {
    const path = join(this.#folder, NAME)
    const text = await readFile(path, 'utf8').catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw failed(path, 'read', error)
    })
    if (text === undefined) return undefined
    const space = text.indexOf(' ')
    const json = text.slice(space + 1)
    const parsed = text.slice(0, space) === checksum(json) ? content.safeParse(JSON.parse(json)) : undefined
    if (parsed?.success === true) return parsed.data.marks
    throw componentError('SLUICE_FILE_CHECKPOINTS_DAMAGED', `the checkpoints in ${quotePath(path)} are damaged`)
  }

  /**
   * Resolves when the disk has confirmed them. Calls must not overlap.
   *
   * @throws SLUICE_FILE_CHECKPOINTS_FAILED
   */
  async save(marks: readonly Mark[]): Promise<void> {
    const path = join(this.#folder, NAME)
    try {
      const json = JSON.stringify({ version: VERSION, marks })
      const draft = join(this.#folder, DRAFT)
      await writeSynced(draft, `${checksum(json)} ${json}`)
      await rename(draft, path)
      await syncFolder(this.#folder)
    } catch (error) {
      throw failed(path, 'written', error)
    }
  }
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}

async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', MODE)
  try {
    await file.writeFile(text)
    await file.datasync()
  } finally {
    await file.close()
  }
}

function failed(path: string, what: string, cause: unknown): Error {
  const reason = errnoOf(cause) ?? (cause as Error).message
  return componentError('SLUICE_FILE_CHECKPOINTS_FAILED', `${quotePath(path)} cannot be ${what} (${reason})`, cause)
}
