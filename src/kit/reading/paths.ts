import { stat } from 'node:fs/promises'
import { join, resolve, sep } from 'node:path'
import type { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { errnoOf } from '../errno.ts'
import { quotePath } from './record-faults.ts'

/** A file that may be read. */
export interface Candidate {
  readonly path: string
  readonly dev: number
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  /** Named as it is, and not found by a pattern. */
  readonly isNamed: boolean
}

/** What is wrong with a path. */
export interface Problem {
  readonly path: string
  readonly error: SluiceError
  readonly isNamed: boolean
}

export interface Found {
  /** The one that was changed first comes first; of hard links one. */
  readonly candidates: readonly Candidate[]
  readonly problems: readonly Problem[]
}

/** A pattern and the folder in which it is searched. */
interface Pattern {
  readonly folder: string
  readonly pattern: string
}

/** What is used of tinyglobby. */
interface PatternLibrary {
  glob(
    pattern: string,
    options: { cwd: string; ignore: readonly string[]; absolute: boolean; expandDirectories: boolean },
  ): Promise<string[]>
  isDynamicPattern(path: string): boolean
}

/** Calls of `stat` at once, which leave the pool of threads to others. */
const STATS_AT_ONCE = 32

/** Finds the files that paths and patterns name. The library for patterns is loaded when there is one. */
export class Paths {
  readonly #named: readonly string[]
  readonly #patterns: readonly Pattern[]
  readonly #exclude: readonly string[]
  readonly #glob: PatternLibrary['glob']

  private constructor(paths: readonly string[], exclude: readonly string[], library: PatternLibrary) {
    this.#named = paths.filter((path) => !library.isDynamicPattern(path)).map((path) => resolve(unescaped(path)))
    this.#patterns = paths.filter((path) => library.isDynamicPattern(path)).map((path) => patternOf(path, library))
    this.#exclude = exclude.map((path) => resolve(path))
    this.#glob = library.glob
  }

  static async of(paths: readonly string[], exclude: readonly string[]): Promise<Paths> {
    return new Paths(paths, exclude, await import('tinyglobby'))
  }

  async find(): Promise<Found> {
    const matched = await Promise.all(this.#patterns.map((pattern) => this.#matches(pattern)))
    const named = new Set(this.#named)
    const paths = [...new Set([...named, ...matched.flat()])]
    const looks: (Candidate | Problem | undefined)[] = []
    for (let from = 0; from < paths.length; from += STATS_AT_ONCE) {
      const some = paths.slice(from, from + STATS_AT_ONCE)
      looks.push(...(await Promise.all(some.map((path) => look(path, named.has(path))))))
    }
    const seen = looks.filter((one) => one !== undefined)
    const byKey = new Map<string, Candidate>()
    for (const one of seen) if (!('error' in one) && !byKey.has(keyOf(one))) byKey.set(keyOf(one), one)
    return { candidates: [...byKey.values()].toSorted(byAge), problems: seen.filter((one) => 'error' in one) }
  }

  async #matches({ folder, pattern }: Pattern): Promise<string[]> {
    const options = { cwd: folder, ignore: this.#exclude, absolute: true, expandDirectories: false }
    return (await this.#glob(pattern, options)).map((path) => resolve(path))
  }
}

/** Which file it is, for as long as it is there. */
export function keyOf({ dev, ino }: Pick<Candidate, 'dev' | 'ino'>): string {
  return `${dev}:${ino}`
}

/** `\\[` in a path that is no pattern is a bracket. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([!()*+?@[\]{|}])/g, '$1')
}

/** Searched in the lowest folder that it names, so that nothing beside is gone through. */
function patternOf(path: string, { isDynamicPattern }: PatternLibrary): Pattern {
  const parts = path.split('/')
  // Braces and brackets may have a slash in them.
  const first = parts.findIndex((part) => isDynamicPattern(part) || /[{(]/.test(part))
  const fixed = Math.max(0, first)
  const folder = parts.slice(0, fixed).join('/')
  return { folder: resolve(path.startsWith('/') ? join(sep, folder) : folder), pattern: parts.slice(fixed).join('/') }
}

async function look(path: string, isNamed: boolean): Promise<Candidate | Problem | undefined> {
  try {
    const found = await stat(path)
    const { dev, ino, size, mtimeMs } = found
    if (found.isFile()) return { path, dev, ino, size, mtimeMs, isNamed }
    const what = found.isDirectory() ? 'is a folder' : 'is no regular file'
    return isNamed
      ? { path, isNamed, error: componentError('SLUICE_FILE_NOT_REGULAR', `${quotePath(path)} ${what}`) }
      : undefined
  } catch (error) {
    // What a pattern has found may have gone since.
    const isGone = errnoOf(error) === 'ENOENT'
    return isGone && !isNamed ? undefined : { path, isNamed, error: pathError(path, error) }
  }
}

const FORBIDDEN = new Set(['EACCES', 'EPERM'])

/** What a system call says of a path. */
export function pathError(path: string, cause: unknown): SluiceError {
  const errno = errnoOf(cause) ?? String((cause as Error | undefined)?.message)
  if (errno === 'ENOENT' || errno === 'ENOTDIR')
    return componentError('SLUICE_FILE_MISSING', `there is no ${quotePath(path)}`, cause)
  const code = FORBIDDEN.has(errno) ? 'SLUICE_FILE_UNREADABLE' : 'SLUICE_FILE_READ_FAILED'
  return componentError(code, `${quotePath(path)} cannot be read (${errno})`, cause)
}

function byAge(a: Candidate, b: Candidate): number {
  return a.mtimeMs - b.mtimeMs || (a.path < b.path ? -1 : 1)
}
