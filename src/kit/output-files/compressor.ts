import { constants } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import type { WorkerContext } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import { errnoOf } from '../errno.ts'
import { printable } from '../text.ts'
import { removeIfThere, syncFolder, writeFully, type FileDescriptor, type OutputFileSystem } from './file-system.ts'
import { compressedName, partName } from './rotated-names.ts'

/** Files that wait; what is more stays as it is, and is found by the next start. */
const MOST_WAITING = 10_000
const READ_AT_ONCE = 65_536

/**
 * Compresses files that nobody writes any more, one at a time, beside everything else. What is compressed is hidden until the
 * disk has confirmed it; only then the file goes that it was made of. So at any moment one of the two is there, whole.
 */
export class Compressor {
  readonly #files: OutputFileSystem
  readonly #context: Pick<WorkerContext, 'node' | 'log' | 'metrics'>
  readonly #waiting: string[] = []
  readonly #stopping = new AbortController()
  #running: Promise<void> | undefined

  constructor(files: OutputFileSystem, context: Pick<WorkerContext, 'node' | 'log' | 'metrics'>) {
    this.#files = files
    this.#context = context
  }

  add(path: string): void {
    if (this.#waiting.length >= MOST_WAITING) return this.#context.metrics.add('gzip_skipped')
    this.#waiting.push(path)
    this.#running ??= this.#run()
  }

  /** Resolves when nothing waits any more. */
  async idle(): Promise<void> {
    await this.#running
  }

  /** What is not done stays as it was. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#waiting.length = 0
    await this.#running
  }

  async #run(): Promise<void> {
    for (let path = this.#waiting.shift(); path !== undefined; path = this.#waiting.shift()) await this.#compress(path)
    this.#running = undefined
  }

  /** Never rejects: a file that can't be compressed stays as it is. */
  async #compress(path: string): Promise<void> {
    const { node, log, metrics } = this.#context
    const folder = dirname(path)
    const name = compressedName(basename(path))
    const part = join(folder, partName(name))
    try {
      if (!(await this.#write(path, part))) return
      await this.#files.rename(part, join(folder, name))
      await syncFolder(this.#files, folder)
      // What has been removed meanwhile, as the oldest, is not to come back.
      if (!(await removeIfThere(this.#files, path))) await removeIfThere(this.#files, join(folder, name))
      metrics.add('gzipped')
    } catch (error) {
      await this.#files.remove(part).catch(() => undefined)
      if (this.#stopping.signal.aborted) return
      metrics.add('gzip_failures')
      const reason = errnoOf(error) ?? printable(asError(error).message, 200)
      log.warn(`cannot compress a rotated file, which stays as it is: ${reason}`, { node, path, reason })
    }
  }

  /** @returns whether there was something to compress: it may have been removed, as the oldest one. */
  async #write(path: string, part: string): Promise<boolean> {
    const source = await this.#files.openToRead(path).catch((error: unknown) => {
      if (errnoOf(error) === 'ENOENT') return undefined
      throw error
    })
    if (source === undefined) return false
    let target: FileDescriptor | undefined
    try {
      const opened = (target = await this.#files.openFile(part, constants.O_EXCL))
      await pipeline(
        () => chunksOf(source),
        createGzip(),
        async (compressed: AsyncIterable<Buffer>) => {
          for await (const chunk of compressed) await writeFully(opened, chunk)
        },
        { signal: this.#stopping.signal },
      )
      await opened.datasync()
      return true
    } finally {
      await source.close()
      await target?.close()
    }
  }
}

async function* chunksOf(file: Pick<FileDescriptor, 'read'>): AsyncGenerator<Buffer> {
  for (let position = 0; ;) {
    // A new one each time: what is given away may not be compressed yet.
    const buffer = Buffer.allocUnsafe(READ_AT_ONCE)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position)
    if (bytesRead === 0) return
    position += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
