import {
  realFileSystem,
  type FileDescriptor,
  type FolderEntry,
  type OutputFileSystem,
} from '../../src/kit/output-files/file-system.ts'

type Call = 'openFile' | 'write' | 'truncate' | 'datasync' | 'rename' | 'remove' | 'list' | 'makeFolder' | 'openToRead'

/** Real files, whose calls a test can let fail, or see. */
export class FaultyFiles implements OutputFileSystem {
  /** Calls so far, with their numbers: `write 12`, `datasync`. */
  readonly calls: string[] = []
  /** Descriptors whose `datasync` has failed, and that were used for another one. */
  retried = 0
  readonly #faults: { readonly call: Call; readonly code: string; readonly writes: number; callsBefore: number }[] = []

  /** Most files that were open at once, for appending. */
  mostOpen = 0
  #open = 0

  /** What a test wants to see before a file gets another name. */
  beforeRename = (): void => {}
  /** Most bytes that a write writes. */
  longestWrite = Infinity
  /** Most bytes that a read reads. */
  longestRead = Infinity

  /** The next call of this kind fails; a write may have written some bytes before. */
  failNext(call: Call, code: string, { writes = 0 }: { readonly writes?: number } = {}): void {
    this.failAt(call, 1, code, { writes })
  }

  /** The nth call of this kind from now on fails; to be said in that order. */
  // oxlint-disable-next-line max-params -- it reads as a sentence
  failAt(call: Call, nth: number, code: string, { writes = 0 }: { readonly writes?: number } = {}): void {
    this.#faults.push({ call, code, writes, callsBefore: nth - 1 })
  }

  async openFile(path: string, flags?: number): Promise<FileDescriptor> {
    await this.#reach('openFile')
    const file = await realFileSystem.openFile(path, flags)
    this.mostOpen = Math.max(this.mostOpen, ++this.#open)
    let isPoisoned = false
    return {
      stat: () => file.stat(),
      read: (buffer, ...[offset, length, position]) =>
        file.read(buffer, offset, Math.min(length, this.longestRead), position),
      close: () => {
        this.#open--
        return file.close()
      },
      sync: () => file.sync(),
      write: async (buffer, offset, length) => {
        const fault = this.#takeFault('write')
        this.calls.push(`write ${length}`)
        if (fault === undefined) return file.write(buffer, offset, Math.min(length, this.longestWrite))
        if (fault.writes > 0) await file.write(buffer, offset, fault.writes)
        throw errorOf(fault.code)
      },
      truncate: async (length) => {
        await this.#reach('truncate', ` ${length}`)
        await file.truncate(length)
      },
      datasync: async () => {
        if (isPoisoned) this.retried++
        try {
          await this.#reach('datasync')
        } catch (error) {
          isPoisoned = true
          throw error
        }
        await file.datasync()
      },
    }
  }

  openFolder(path: string): ReturnType<OutputFileSystem['openFolder']> {
    return realFileSystem.openFolder(path)
  }

  stat(path: string): ReturnType<OutputFileSystem['stat']> {
    return realFileSystem.stat(path)
  }

  realPath(path: string): Promise<string> {
    return realFileSystem.realPath(path)
  }

  async rename(path: string, newPath: string): Promise<void> {
    await this.#reach('rename')
    this.beforeRename()
    await realFileSystem.rename(path, newPath)
  }

  async remove(path: string): Promise<void> {
    await this.#reach('remove')
    await realFileSystem.remove(path)
  }

  async list(folder: string): Promise<readonly FolderEntry[]> {
    await this.#reach('list')
    return realFileSystem.list(folder)
  }

  async makeFolder(path: string): Promise<void> {
    await this.#reach('makeFolder')
    await realFileSystem.makeFolder(path)
  }

  async openToRead(path: string): ReturnType<OutputFileSystem['openToRead']> {
    await this.#reach('openToRead')
    return realFileSystem.openToRead(path)
  }

  async #reach(call: Call, detail = ''): Promise<void> {
    this.calls.push(`${call}${detail}`)
    const fault = this.#takeFault(call)
    if (fault !== undefined) throw errorOf(fault.code)
  }

  #takeFault(call: Call): { readonly code: string; readonly writes: number } | undefined {
    const index = this.#faults.findIndex((fault) => fault.call === call)
    if (index === -1 || this.#faults[index]!.callsBefore-- > 0) return undefined
    return this.#faults.splice(index, 1)[0]
  }
}

function errorOf(code: string): Error {
  return Object.assign(new Error(`${code}: made by a test`), { code })
}
