import { resolve } from 'node:path'
import type { Message } from '../../core/message.ts'
import type { Selector } from '../expression/compile.ts'
import type { FileSystem, OutputFileSystem } from './file-system.ts'
import { checkPath } from './paths.ts'
import { Root } from './root.ts'
import { LONGEST_ADDITION } from './rotated-names.ts'

/** One file, or for each message one below a folder. */
export type Target = { readonly path: string } | { readonly root: string; readonly to: Selector }

/** Says which messages go to which file. */
export class Targets {
  readonly #to: Selector | undefined
  /** Of the one file; empty where there are several. */
  readonly #path: string
  readonly #root: Root | undefined
  readonly #files: OutputFileSystem
  readonly #reservedBytes: number
  readonly #fail: (message: Message, error: unknown) => void
  #rootPath = ''

  constructor(
    target: Target,
    files: OutputFileSystem,
    given: { readonly isRenamed: boolean; readonly fail: (message: Message, error: unknown) => void },
  ) {
    this.#path = 'path' in target ? resolve(target.path) : ''
    this.#to = 'to' in target ? target.to : undefined
    this.#files = files
    this.#root = 'root' in target ? new Root(target.root, files) : undefined
    this.#reservedBytes = given.isRenamed ? LONGEST_ADDITION : 0
    this.#fail = given.fail
  }

  async open(): Promise<void> {
    if (this.#root !== undefined) this.#rootPath = await this.#root.open()
  }

  /** Without symbolic links; empty where there is one file. */
  get root(): string {
    return this.#rootPath
  }

  /** The file system in which the files are opened. */
  get fileSystem(): FileSystem {
    if (this.#root !== undefined) return this.#root.fileSystem
    const files = this.#files
    return {
      openFile: (path) => files.openFile(path),
      openFolder: (path) => files.openFolder(path),
      stat: (path) => files.stat(path),
      rename: (path, newPath) => files.rename(path, newPath),
    }
  }

  /** Messages by the path of their file, in order. Those whose path is none fail. */
  of(messages: readonly Message<never>[]): Iterable<readonly [path: string, messages: readonly Message<never>[]]> {
    const to = this.#to
    if (to === undefined) return [[this.#path, messages]]
    const groups = new Map<string, Message<never>[]>()
    for (const message of messages) {
      const path = this.#pathOf(message, to)
      if (path === undefined) continue
      const group = groups.get(path)
      if (group === undefined) groups.set(path, [message])
      else group.push(message)
    }
    return groups
  }

  #pathOf(message: Message, to: Selector): string | undefined {
    try {
      return this.#root!.at(checkPath(to(message), this.#reservedBytes))
    } catch (error) {
      this.#fail(message, error)
      return undefined
    }
  }
}
