import { realpathSync } from 'node:fs'
import { basename, dirname, isAbsolute, join } from 'node:path'

/** Something that somebody wants, in the words of a message; where that is a place on the disk, they end with it. */
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

/**
 * What is said of the folder of a store, of a root, which is a folder of files whose names nobody knows before, or of a file.
 * The two ends of a pair share theirs, and nobody else does.
 */
const PLACE = /^(?:the (filling|draining) of )?(folder|root|file) (.+)$/s

interface Place<T> {
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
  const places: Place<T>[] = []
  return owners.flatMap((second): Clash<T>[] => {
    const place = placeOf(second)
    const first = byWords.get(second.wanted)
    const other = place && places.find((each) => isShared(each, place))
    if (first === undefined) byWords.set(second.wanted, second)
    if (place !== undefined) places.push(place)
    if (first !== undefined) return [{ first, second }]
    return other === undefined ? [] : [{ first: other.owner, second, because: reasonOf(other, place!) }]
  })
}

function placeOf<T extends Claim>(owner: T): Place<T> | undefined {
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

function isShared<T>(one: Place<T>, other: Place<T>): boolean {
  if (one.path !== other.path) {
    const [inner, outer] = one.path.length > other.path.length ? [one, other] : [other, one]
    // A store knows its files: one beside them is none of its affair.
    return isWithin(inner.path, outer.path) && (inner.kind !== 'file' || outer.kind === 'root')
  }
  // One fills it, the other drains it.
  return one.end === undefined || other.end === undefined || one.end === other.end
}

function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder === '/' ? folder : `${folder}/`)
}

function reasonOf<T>({ path: first }: Place<T>, { path: second, kind }: Place<T>): string {
  const what = kind === 'file' ? 'file' : 'folder'
  if (first === second) return `the same ${what}`
  return isWithin(first, second) ? `a ${what} around it` : `a ${what} inside it`
}
