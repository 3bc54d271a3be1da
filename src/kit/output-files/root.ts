import { constants } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { componentError } from '../component-errors.ts'
import { errnoOf } from '../errno.ts'
import { quote } from '../text.ts'
import { openError } from './errors.ts'
import { syncFolder, type FileDescriptor, type FileSystem, type OutputFileSystem } from './file-system.ts'
import { pathError } from './paths.ts'

/** What a path of names comes to by what stands there already; another path would be taken. */
const PROBLEMS: Readonly<Record<string, string>> = {
  EISDIR: 'that is a folder',
  ENOTDIR: 'a name in it is a file, and no folder',
  ELOOP: 'that is a symbolic link',
  ENAMETOOLONG: 'it is too long',
}

/**
 * A folder that files are made in, at paths of which nobody knows before what they are. Each time that a file is opened its
 * folder is looked at: that no symbolic link leads elsewhere, and that it is there; it is made if need be.
 */
export class Root {
  readonly #files: OutputFileSystem
  readonly #given: string
  /** Without symbolic links; known once it is open. */
  #path = ''

  constructor(path: string, files: OutputFileSystem) {
    this.#given = resolve(path)
    this.#files = files
  }

  /** @throws as a file that is opened. @returns the path of the folder. */
  async open(): Promise<string> {
    const files = this.#files
    try {
      await this.#make(this.#given)
      this.#path = await files.realPath(this.#given)
      await (await files.openFolder(this.#path)).close()
      return this.#path
    } catch (error) {
      if (errnoOf(error) !== 'ENOTDIR') throw openError(this.#given, error)
      throw componentError('SLUICE_FILE_UNUSABLE', `${quote(this.#given, 200)} is a file, not a folder`, error)
    }
  }

  /** Where a file is. @param path relative, and checked. */
  at(path: string): string {
    return join(this.#path, path)
  }

  /** The file system, in which files are opened below this folder only. @throws SLUICE_FILE_PATH_INVALID */
  get fileSystem(): FileSystem {
    const files = this.#files
    return {
      openFile: (path) => this.#openFile(path),
      openFolder: (path) => files.openFolder(path),
      stat: (path) => files.stat(path),
      rename: (path, newPath) => files.rename(path, newPath),
    }
  }

  async #openFile(path: string): Promise<FileDescriptor> {
    try {
      await this.#reach(dirname(path))
      return await this.#files.openFile(path, constants.O_NOFOLLOW)
    } catch (error) {
      const problem = PROBLEMS[errnoOf(error) ?? '']
      throw problem === undefined ? error : pathError(`cannot write ${quote(path, 200)}: ${problem}`, error)
    }
  }

  /** A folder that is a symbolic link, or lies behind one, is refused wherever it leads: one file has one path. */
  async #reach(folder: string): Promise<void> {
    const real = await this.#realPath(folder)
    if (real === undefined) {
      const above = dirname(folder)
      if (folder !== this.#path) await this.#reach(above)
      if (await this.#make(folder)) return await syncFolder(this.#files, above)
    } else if (real === folder) return
    // It may have been made meanwhile.
    const found = real ?? (await this.#realPath(folder))
    if (found === folder) return
    const target = found === undefined ? 'nowhere' : `to ${quote(found, 200)}`
    throw pathError(`the folder ${quote(folder, 200)} is a symbolic link, or behind one: it leads ${target}`)
  }

  async #realPath(folder: string): Promise<string | undefined> {
    try {
      return await this.#files.realPath(folder)
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    }
  }

  /** @returns whether it was not there. */
  async #make(folder: string): Promise<boolean> {
    try {
      await this.#files.makeFolder(folder)
      return true
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false
      throw error
    }
  }
}
