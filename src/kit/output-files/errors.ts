import { asError, SluiceError } from '../../core/errors.ts'
import { componentError, type ComponentErrorCode } from '../component-errors.ts'
import { errnoOf } from '../errno.ts'
import { kindOfSystemError } from '../system-errors.ts'
import { quote } from '../text.ts'

const FORBIDDEN = new Set(['EACCES', 'EPERM', 'EROFS'])

/** What is said of a file or folder, with the reason that the system gave. */
export function fileError(
  code: ComponentErrorCode,
  problem: string,
  { path, cause }: { readonly path: string; readonly cause: unknown },
): SluiceError {
  const reason = errnoOf(cause) ?? asError(cause).message
  return componentError(code, `${problem} ${quote(path, 200)} (${reason})`, cause)
}

/** Why something cannot be opened. */
export function openError(path: string, cause: unknown): Error {
  const at = { path, cause }
  const errno = errnoOf(cause)
  if (errno === undefined || errno.startsWith('SLUICE_')) return asError(cause)
  if (FORBIDDEN.has(errno)) return fileError('SLUICE_FILE_FORBIDDEN', 'no permission to write', at)
  if (errno === 'ENOENT') return fileError('SLUICE_FILE_UNUSABLE', 'there is no folder for', at)
  if (kindOfSystemError(cause) === 'place') return writeError(path, cause)
  if (errno === 'EISDIR') return fileError('SLUICE_FILE_UNUSABLE', 'this is a folder, not a file:', at)
  if (errno === 'ENOTDIR') return fileError('SLUICE_FILE_UNUSABLE', 'something on the way is a file, not a folder:', at)
  return fileError('SLUICE_FILE_UNUSABLE', 'cannot open', at)
}

/** Why something cannot be written. */
export function writeError(path: string, cause: unknown): SluiceError {
  // Where the path itself can't be, whoever gave it is told so.
  if (cause instanceof SluiceError && cause.kind === 'message') return cause
  const errno = errnoOf(cause)
  const isFull = errno === 'ENOSPC' || errno === 'EDQUOT'
  if (isFull) return fileError('SLUICE_FILE_FULL', 'the disk is full; cannot write', { path, cause })
  return fileError('SLUICE_FILE_WRITE_FAILED', 'cannot write', { path, cause })
}
