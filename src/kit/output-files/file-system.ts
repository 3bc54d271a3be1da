import { constants } from 'node:fs'
import { mkdir, open, readdir, realpath, rename, stat, unlink } from 'node:fs/promises'
import { errnoOf } from '../errno.ts'

/** A file and its size; `dev` and `ino` say which one it is, whatever its path. */
export interface FileStatus {
  readonly dev: number
  readonly ino: number
  readonly size: number
  /** When it was last written to, in ms since 1970. */
  readonly mtimeMs: number
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

/** The file system as a file sees it that is appended to. */
export interface FileSystem {
  /** Opens for reading and appending; makes the file where there is none. @param flags more of `fs.constants`. */
  openFile(path: string, flags?: number): Promise<FileDescriptor>
  openFolder(path: string): Promise<Pick<FileDescriptor, 'sync' | 'close'>>
  /** What is at the path now. */
  stat(path: string): Promise<FileStatus>
  rename(path: string, newPath: string): Promise<void>
}

/** What is in a folder; a symbolic link is neither. */
export interface FolderEntry {
  readonly name: string
  isFile(): boolean
  isDirectory(): boolean
}

/** The file system as those see it who look after many files. */
export interface FolderSystem {
  /** Opens a file that is there, for reading. */
  openToRead(path: string): Promise<Pick<FileDescriptor, 'read' | 'close'>>
  remove(path: string): Promise<void>
  list(folder: string): Promise<readonly FolderEntry[]>
  /** Makes a folder in one that is there. */
  makeFolder(path: string): Promise<void>
  /** The path without symbolic links. */
  realPath(path: string): Promise<string>
}

export type OutputFileSystem = FileSystem & FolderSystem

/** Its owner writes, its group reads. */
const FILE_MODE = 0o640
const FOLDER_MODE = 0o750

export const realFileSystem: OutputFileSystem = {
  openFile: (path, flags = 0) =>
    open(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | flags, FILE_MODE),
  openFolder: (path) => open(path, constants.O_RDONLY | constants.O_DIRECTORY),
  stat: (path) => stat(path),
  rename: (path, newPath) => rename(path, newPath),
  openToRead: (path) => open(path, constants.O_RDONLY),
  remove: (path) => unlink(path),
  list: (folder) => readdir(folder, { withFileTypes: true }),
  makeFolder: (path) => mkdir(path, FOLDER_MODE),
  realPath: (path) => realpath(path),
}

/** What was made, renamed or removed in a folder is so after a power cut too. */
export async function syncFolder(files: Pick<FileSystem, 'openFolder'>, path: string): Promise<void> {
  const folder = await files.openFolder(path).catch(() => undefined)
  // Some file systems can't do that, and need not.
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

/** Writes all of it at the end. */
export async function writeFully(file: Pick<FileDescriptor, 'write'>, bytes: Uint8Array): Promise<void> {
  for (let offset = 0; offset < bytes.length;) {
    const { bytesWritten } = await file.write(bytes, offset, bytes.length - offset)
    offset += bytesWritten
  }
}

/** Removes a file. @returns whether it was there. */
export async function removeIfThere(files: Pick<FolderSystem, 'remove'>, path: string): Promise<boolean> {
  try {
    await files.remove(path)
    return true
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false
    throw error
  }
}
