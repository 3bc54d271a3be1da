import { basename, dirname } from 'node:path'
import type { SluiceError } from '../core/errors.ts'
import { componentError, type ComponentErrorCode } from './component-errors.ts'
import { endOfLines } from './end-of-lines.ts'
import { errnoOf } from './errno.ts'
import { fileError, openError, writeError } from './output-files/errors.ts'
import {
  realFileSystem,
  syncFolder,
  writeFully,
  type FileDescriptor,
  type FileStatus,
  type FileSystem,
} from './output-files/file-system.ts'
import { quote } from './text.ts'

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
      throw openError(this.#path, error)
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
      await writeFully(file, bytes)
      this.#written += bytes.length
    } catch (error) {
      await this.#cutBack()
      throw writeError(this.#path, error)
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

  /**
   * Gives the file another name, which nothing has; the next write makes a new one at its path. What was written must be
   * confirmed before, or nobody minds that.
   *
   * @throws SLUICE_FILE_ROTATE_FAILED; then it is where it was.
   * @throws SLUICE_FILE_MOVED; then somebody else was quicker.
   */
  async moveTo(path: string): Promise<void> {
    await this.close()
    try {
      await this.#fileSystem.rename(this.#path, path)
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT')
        throw this.#error('SLUICE_FILE_ROTATE_FAILED', `cannot give the name ${quote(basename(path), 255)} to`, error)
      this.#forget()
      throw this.#moved(error)
    }
    this.#forget()
    await syncFolder(this.#fileSystem, dirname(path))
  }

  /** Closes a file that is of no use any more: the next write takes what is at the path then for another one. */
  async abandon(): Promise<void> {
    await this.close()
    this.#forget()
  }

  /** Bytes up to the end of the last write. */
  get size(): number {
    return this.#written
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    // What close could tell was told by the sync before it.
    await file?.close().catch(() => undefined)
  }

  #forget(): void {
    this.#identity = undefined
    this.#written = this.#durable = 0
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
    // A new file is there after a power cut only when its folder has been confirmed too.
    await syncFolder(this.#fileSystem, dirname(this.#path))
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
    await this.abandon()
    throw this.#moved()
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

  #moved(cause?: unknown): SluiceError {
    const problem = `${quote(this.#path, 200)} was renamed, removed or emptied meanwhile`
    return componentError('SLUICE_FILE_MOVED', problem, cause)
  }

  #error(code: ComponentErrorCode, problem: string, cause: unknown): SluiceError {
    return fileError(code, problem, { path: this.#path, cause })
  }
}
