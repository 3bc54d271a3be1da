import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** Something that somebody wants, in the words of a message; where that is a folder or a file, they end with it. */
export interface Claim {
  readonly wanted: string
}

/** Two who want what only one of them can have. */
export interface Clash<T> {
  readonly first: T
  readonly second: T
  /** How the two are one, where they are not written alike; for the end of a sentence. */
  readonly because?: string
}

/** What is said of a folder, or a file; the two ends of a pair share theirs, and nobody else does. */
const PLACE = /^(?:the (filling|draining) of )?(folder|file) (.+)$/s

/** A folder, with all that is in it, or a file. */
interface Folder<T> {
  readonly owner: T
  /** Without symbolic links, as far as it is there. */
  readonly path: string
  readonly end: string | undefined
  readonly kind: string
}

/**
 * Finds what is wanted twice: by the same words, or as one place that is written in two ways, or lies in the other. Each
 * owner clashes once, with the first of those before it.
 */
export function clashesOf<T extends Claim>(owners: readonly T[]): Clash<T>[] {
  const byWords = new Map<string, T>()
  const folders: Folder<T>[] = []
  return owners.flatMap((second): Clash<T>[] => {
    const folder = folderOf(second)
    const first = byWords.get(second.wanted)
    const other = folder && folders.find((each) => isShared(each, folder))
    if (first === undefined) byWords.set(second.wanted, second)
    if (folder !== undefined) folders.push(folder)
    if (first !== undefined) return [{ first, second }]
    return other === undefined ? [] : [{ first: other.owner, second, because: reasonOf(other, folder!) }]
  })
}

function folderOf<T extends Claim>(owner: T): Folder<T> | undefined {
  const [, end, kind, path] = PLACE.exec(owner.wanted) ?? []
  return path === undefined || !isAbsolute(path) ? undefined : { owner, path: realPathOf(path), end, kind: kind! }
}

/** The path without symbolic links, of which the end may not be there yet. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    const above = dirname(path)
    return above === path ? path : join(realPathOf(above), basename(path))
  }
}

function isShared<T>(one: Folder<T>, other: Folder<T>): boolean {
  if (one.path !== other.path) return isWithin(one.path, other.path) || isWithin(other.path, one.path)
  // One fills it, the other drains it.
  return one.end === undefined || other.end === undefined || one.end === other.end
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder === '/' ? folder : `${folder}/`)
}

function reasonOf<T>({ path: first }: Folder<T>, { path: second, kind }: Folder<T>): string {
  if (first === second) return `the same ${kind}`
  return isWithin(first, second) ? `a ${kind} around it` : `a ${kind} inside it`
}
