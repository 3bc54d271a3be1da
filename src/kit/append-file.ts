import { constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { asError, type SluiceError } from '../core/errors.ts'
import { componentError, type ComponentErrorCode } from './component-errors.ts'
import { endOfLines } from './end-of-lines.ts'
import { errnoOf } from './errno.ts'
import { kindOfSystemError } from './system-errors.ts'
import { quote } from './text.ts'

/** A file and its size; `dev` and `ino` say which one it is, whatever its path. */
export interface FileStatus {
  readonly dev: number
  readonly ino: number
  readonly size: number
  isFile(): boolean
}

/** What is needed of an open file; Node's `FileHandle` is one. */
export interface FileDescriptor {
  stat(): Promise<FileStatus>
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ readonly bytesRead: number }>
  /** Writes at the end, perhaps less than asked for. */
  write(buffer: Uint8Array, offset: number, length: number): Promise<{ readonly bytesWritten: number }>
  truncate(length: number): Promise<void>
  datasync(): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** The file system as an append file sees it. */
export interface FileSystem {
  /** Opens for reading and appending; makes the file where there is none. */
  openFile(path: string): Promise<FileDescriptor>
  openFolder(path: string): Promise<Pick<FileDescriptor, 'sync' | 'close'>>
  /** What is at the path now. */
  stat(path: string): Promise<FileStatus>
}

/** Its owner writes, its group reads. */
const MODE = 0o640

export const realFileSystem: FileSystem = {
  openFile: (path) => open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT, MODE),
  openFolder: (path) => open(path, constants.O_RDONLY | constants.O_DIRECTORY),
  stat: (path) => stat(path),
}

const FORBIDDEN = new Set(['EACCES', 'EPERM', 'EROFS'])

/**
 * A file of lines that only grows, for one writer; calls must not overlap.
 *
 * After a failed write it is cut back to its last good end. After a failed `fdatasync` the descriptor isn't used again,
 * because Linux may have dropped the pages and would call the next try a success: what was not confirmed is cut off,
 * and the file is opened anew.
 *
 * With each confirmation it looks whether the path still leads to the file. Where somebody has renamed, removed or
 * emptied it, what was not confirmed before is not called durable, and the next write opens what is at the path then.
 */
export class AppendFile {
  readonly #path: string
  readonly #fileSystem: FileSystem
  #file: FileDescriptor | undefined
  /** Which file the two counts below are about; undefined where that isn't known any more. */
  #identity: Pick<FileStatus, 'dev' | 'ino'> | undefined
  /** Bytes up to the end of the last write that went well, and up to what the disk has confirmed. */
  #written = 0
  #durable = 0

  constructor(path: string, fileSystem: FileSystem = realFileSystem) {
    this.#path = path
    this.#fileSystem = fileSystem
  }

  /**
   * Opens the file, makes it where there is none, and cuts a last line without its end off.
   *
   * @returns how many bytes were cut off.
   * @throws SLUICE_FILE_FORBIDDEN, SLUICE_FILE_UNUSABLE; as `append` where another try may do
   */
  async open(): Promise<number> {
    try {
      this.#file = await this.#openRegular()
      return await this.#adopt(this.#file, await this.#file.stat())
    } catch (error) {
      await this.close()
      throw this.#openError(error)
    }
  }

  /**
   * Writes behind what is there, whole or not at all.
   *
   * @throws SLUICE_FILE_FULL, SLUICE_FILE_WRITE_FAILED
   */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      const file = (this.#file ??= await this.#reopen())
      for (let offset = 0; offset < bytes.length;) {
        const { bytesWritten } = await file.write(bytes, offset, bytes.length - offset)
        offset += bytesWritten
      }
      this.#written += bytes.length
    } catch (error) {
      await this.#cutBack()
      throw this.#writeError(error)
    }
  }

  /**
   * Waits until the disk has confirmed all that was written.
   *
   * @throws SLUICE_FILE_SYNC_FAILED; then what was not confirmed isn't in the file any more.
   * @throws SLUICE_FILE_MOVED; then it isn't in the file that was renamed or removed. Of one that was emptied it may
   *   be gone or not.
   */
  async sync(): Promise<void> {
    if (this.#durable === this.#written) return
    try {
      const file = (this.#file ??= await this.#reopen())
      await file.datasync()
    } catch (error) {
      this.#written = this.#durable
      await this.#cutBack()
      await this.close()
      throw this.#error('SLUICE_FILE_SYNC_FAILED', 'the disk has not confirmed what was written to', error)
    }
    await this.#checkPlace()
    this.#durable = this.#written
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    // What close could tell was told by the sync before it.
    await file?.close().catch(() => undefined)
  }

  async #openRegular(): Promise<FileDescriptor> {
    const file = await this.#fileSystem.openFile(this.#path)
    if ((await file.stat()).isFile()) return file
    await file.close()
    throw componentError(
      'SLUICE_FILE_UNUSABLE',
      `${quote(this.#path, 200)} is not a regular file: give the path of one`,
    )
  }

  /** Takes what is in the file for its good part, but for a last line without its end. @returns how much that was. */
  async #adopt(file: FileDescriptor, { dev, ino, size }: FileStatus): Promise<number> {
    const end = await endOfLines(file, size)
    if (end < size) await this.#cut(file, end)
    await this.#syncFolder()
    this.#identity = { dev, ino }
    this.#written = this.#durable = end
    return size - end
  }

  /** What lies in a file that nobody finds by its path is lost, and so is what was in it before it was emptied. */
  async #checkPlace(): Promise<void> {
    const found = await this.#fileSystem.stat(this.#path).catch(() => undefined)
    const isThere = found !== undefined && this.#isSame(found)
    if (isThere && found.size >= this.#written) return
    this.#written = this.#durable
    // Where the lines end in a file that was emptied isn't known: cutting it could tear one.
    if (!isThere) await this.#cutBack()
    await this.close()
    this.#identity = undefined
    throw componentError('SLUICE_FILE_MOVED', `${quote(this.#path, 200)} was renamed, removed or emptied meanwhile`)
  }

  #isSame({ dev, ino }: FileStatus): boolean {
    return this.#identity?.dev === dev && this.#identity.ino === ino
  }

  /** After a failure. The end may not be where it was left: what is behind it was never reported as written. */
  async #reopen(): Promise<FileDescriptor> {
    const file = await this.#openRegular()
    try {
      const status = await file.stat()
      if (!this.#isSame(status)) await this.#adopt(file, status)
      else if (status.size > this.#written) await this.#cut(file, this.#written)
      return file
    } catch (error) {
      await file.close()
      throw error
    }
  }

  /** Where that fails as well, the file is opened anew before the next write. */
  async #cutBack(): Promise<void> {
    const file = this.#file
    if (file === undefined) return
    try {
      // Never longer than it is: somebody else may have emptied it, and the hole would be filled with zeros.
      if ((await file.stat()).size > this.#written) await file.truncate(this.#written)
    } catch {
      await this.close()
    }
  }

  async #cut(file: FileDescriptor, length: number): Promise<void> {
    await file.truncate(length)
    await file.datasync()
  }

  /** A new file is there after a power cut only when its folder has been confirmed too. */
  async #syncFolder(): Promise<void> {
    const folder = await this.#fileSystem.openFolder(dirname(this.#path)).catch(() => undefined)
    // Some file systems can't do that, and need not.
    await folder?.sync().catch(() => undefined)
    await folder?.close()
  }

  #openError(error: unknown): Error {
    const errno = errnoOf(error)
    if (errno === undefined || errno.startsWith('SLUICE_')) return asError(error)
    if (FORBIDDEN.has(errno)) return this.#error('SLUICE_FILE_FORBIDDEN', 'no permission to write', error)
    if (errno === 'ENOENT') return this.#error('SLUICE_FILE_UNUSABLE', 'there is no folder for', error)
    if (kindOfSystemError(error) === 'place') return this.#writeError(error)
    if (errno === 'EISDIR') return this.#error('SLUICE_FILE_UNUSABLE', 'this is a folder, not a file:', error)
    return this.#error('SLUICE_FILE_UNUSABLE', 'cannot open', error)
  }

  #writeError(error: unknown): SluiceError {
    const errno = errnoOf(error)
    if (errno !== 'ENOSPC' && errno !== 'EDQUOT') return this.#error('SLUICE_FILE_WRITE_FAILED', 'cannot write', error)
    return this.#error('SLUICE_FILE_FULL', 'the disk is full; cannot write', error)
  }

  #error(code: ComponentErrorCode, problem: string, cause: unknown): SluiceError {
    const reason = errnoOf(cause) ?? asError(cause).message
    return componentError(code, `${problem} ${quote(this.#path, 200)} (${reason})`, cause)
  }
}
