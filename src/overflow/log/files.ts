import { constants } from 'node:fs'
import { access, mkdir, open, readdir, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { syncFolder } from '../../kit/disk.ts'
import { errnoOf } from '../../kit/errno.ts'

/** What a log needs of an open file; Node's `FileHandle` is one. */
export interface LogFile {
  /** `nlink` is 0 when somebody has removed the file. */
  stat(): Promise<{ readonly size: number; readonly nlink: number }>
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
  /** Writes one buffer after the other from a position on, perhaps fewer bytes than asked for. */
  writev(buffers: readonly Uint8Array[], position: number): Promise<{ readonly bytesWritten: number }>
  truncate(length: number): Promise<void>
  datasync(): Promise<void>
  close(): Promise<void>
}

/** The file system as a log sees it. */
export interface LogFiles {
  /** Makes a folder, and those above it, where there are none. */
  makeFolder(folder: string): Promise<void>
  list(folder: string): Promise<readonly string[]>
  /** Makes a file, which must not be there yet. */
  create(path: string): Promise<LogFile>
  /** Opens a file, to read and to write. */
  open(path: string): Promise<LogFile>
  remove(path: string): Promise<void>
  /** What was made in a folder is there after a power cut. */
  syncFolder(folder: string): Promise<void>
}

/** What messages say is nobody else's affair. */
const FOLDER_MODE = 0o750
const FILE_MODE = 0o640

export const realLogFiles: LogFiles = {
  makeFolder,
  list: (folder) => readdir(folder),
  create: (path) => open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, FILE_MODE),
  open: (path) => open(path, constants.O_RDWR),
  remove: (path) => unlink(path),
  syncFolder,
}

/**
 * Makes a folder, and those above it, where there are none. (Not by `recursive`: with that Node.js tries for ever where a
 * folder that is there takes none, as `/proc`.)
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await isMade(folder)) return
  await makeFolder(dirname(folder))
  try {
    await mkdir(folder, FOLDER_MODE)
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error
  }
  await syncFolder(dirname(folder))
}

async function isMade(folder: string): Promise<boolean> {
  try {
    await access(folder)
    return true
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    return false
  }
}

/** Writes all of it: what a short write left over is written by another one. */
export async function writeFully(file: LogFile, buffers: readonly Uint8Array[], position: number): Promise<void> {
  let left = buffers
  let at = position
  while (left.length > 0) {
    const { bytesWritten } = await file.writev(left, at)
    at += bytesWritten
    left = without(left, bytesWritten)
  }
}

/** What is left of buffers behind their first bytes. */
function without(buffers: readonly Uint8Array[], count: number): readonly Uint8Array[] {
  let rest = count
  for (let index = 0; index < buffers.length; index++) {
    const buffer = buffers[index]!
    if (rest < buffer.length) return [buffer.subarray(rest), ...buffers.slice(index + 1)]
    rest -= buffer.length
  }
  return []
}
