import { basename, dirname, join } from 'node:path'
import { errnoOf } from '../errno.ts'
import type { FolderEntry, OutputFileSystem } from './file-system.ts'
import { isRotatedName, nameOfPart, readRotatedName } from './rotated-names.ts'

/** What a process that was killed has left. */
export interface Leftovers {
  /** Paths of hidden files that never became complete. */
  readonly parts: readonly string[]
  /** Paths of rotated files that are not compressed, or not known to be. */
  readonly plain: readonly string[]
}

/** Looks beside one live file for what belongs to it. */
export async function leftoversBeside(live: string, files: OutputFileSystem): Promise<Leftovers> {
  const folder = dirname(live)
  const name = basename(live)
  const isOurs = (part: string): boolean => part === name || readRotatedName(name, part) !== undefined
  const found = (await list(folder, files)).filter((entry) => entry.isFile())
  return {
    parts: found.filter((entry) => isOurs(nameOfPart(entry.name) ?? '')).map((entry) => join(folder, entry.name)),
    plain: found
      .filter((entry) => readRotatedName(name, entry.name)?.isCompressed === false)
      .map((entry) => join(folder, entry.name)),
  }
}

/** Looks everywhere below a root; symbolic links are not followed. */
export async function leftoversBelow(root: string, files: OutputFileSystem): Promise<Leftovers> {
  const parts: string[] = []
  const plain: string[] = []
  const folders = [root]
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for (const entry of await list(folder, files)) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) folders.push(path)
      else if (!entry.isFile()) continue
      else if (nameOfPart(entry.name) !== undefined) parts.push(path)
      else if (isRotatedName(entry.name) && !entry.name.endsWith('.gz')) plain.push(path)
    }
  }
  return { parts, plain }
}

/** A folder that is gone has nothing in it. */
async function list(folder: string, files: OutputFileSystem): Promise<readonly FolderEntry[]> {
  try {
    return await files.list(folder)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return []
    throw error
  }
}
