import type { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { quote } from '../text.ts'
import { isRotatedName, nameOfPart } from './rotated-names.ts'

/** What file systems take, in bytes of UTF-8. */
const LONGEST_SEGMENT = 255
const LONGEST_PATH = 2_048

/** Controls, which make a name that nobody can type, and halves of characters, which have no UTF-8. */
// oxlint-disable-next-line no-control-regex -- to find control characters is what it is for
const UNWRITABLE = /[\u0000-\u001f\u007f]|\p{Surrogate}/u

export function pathError(problem: string, cause?: unknown): SluiceError {
  return componentError('SLUICE_FILE_PATH_INVALID', problem, cause)
}

/**
 * Checks a path that was made of data: relative, of names only, so that it leads to a file below a root.
 *
 * @param reservedBytes how much longer names are made that the file gets later; 0 where it is never renamed.
 * @throws SLUICE_FILE_PATH_INVALID
 */
export function checkPath(path: unknown, reservedBytes: number): string {
  if (typeof path !== 'string') throw pathError(`the path is no text: ${path === null ? 'null' : typeof path}`)
  const problem = problemOf(path, reservedBytes)
  if (problem !== undefined) throw pathError(`${quote(path, 200)} is no path of a file below the root: ${problem}`)
  return path
}

function problemOf(path: string, reservedBytes: number): string | undefined {
  if (path === '') return 'it is empty'
  if (path.startsWith('/')) return 'it is absolute'
  if (UNWRITABLE.test(path)) return 'it has control characters, or halves of characters, in it'
  if (Buffer.byteLength(path) > LONGEST_PATH) return `it has more than ${LONGEST_PATH} bytes`
  const segments = path.split('/')
  for (const segment of segments) {
    if (segment === '') return 'it has an empty name in it'
    if (segment === '.' || segment === '..') return `it has ${quote(segment)} in it`
    if (Buffer.byteLength(segment) > LONGEST_SEGMENT) return `a name in it has more than ${LONGEST_SEGMENT} bytes`
  }
  const name = segments.at(-1)!
  if (nameOfPart(name) !== undefined) return 'it is called as files are that are not complete'
  if (reservedBytes === 0) return undefined
  if (isRotatedName(name)) return 'it is called as files are that were rotated'
  const longest = LONGEST_SEGMENT - reservedBytes
  return Buffer.byteLength(name) > longest
    ? `its name has more than ${longest} bytes: the rest is for rotation`
    : undefined
}
