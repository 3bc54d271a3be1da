import type { FileHandle } from 'node:fs/promises'
import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** The bytes of a file from a place on, as unpacked. Calls must not overlap. */
export interface ByteSource {
  /** Some bytes, which are overwritten by the next call of any; undefined where there is nothing, or nothing more yet. */
  read(): Promise<Buffer | undefined>
  close(): Promise<void>
}

/** Read at once of a file. */
const CHUNK_BYTES = 262_144
const PACKED_CHUNK_BYTES = 65_536

/** A file as it is. Whoever gives the buffer may give it to many, since one is read from at a time. */
export class PlainBytes implements ByteSource {
  readonly #file: FileHandle
  readonly #buffer: Buffer
  #offset: number

  constructor(file: FileHandle, offset: number, buffer: Buffer = chunkBuffer()) {
    this.#file = file
    this.#offset = offset
    this.#buffer = buffer
  }

  /** How far it was read. */
  get offset(): number {
    return this.#offset
  }

  async read(): Promise<Buffer | undefined> {
    const { bytesRead } = await this.#file.read(this.#buffer, 0, this.#buffer.length, this.#offset)
    if (bytesRead === 0) return undefined
    this.#offset += bytesRead
    return this.#buffer.subarray(0, bytesRead)
  }

  async close(): Promise<void> {}
}

export function chunkBuffer(): Buffer {
  return Buffer.allocUnsafe(CHUNK_BYTES)
}

/** A file packed by gzip, unpacked as it is read; what comes before the place is unpacked and left out. */
export class GzipBytes implements ByteSource {
  readonly #chunks: NodeJS.AsyncIterator<Buffer>
  #toSkip: number

  constructor(file: FileHandle, offset: number) {
    this.#toSkip = offset
    const packed = Readable.from(chunksOf(file), { objectMode: false })
    const unpacked = pipeline(packed, createGunzip({ chunkSize: PACKED_CHUNK_BYTES }), ignore)
    // Errors come to whoever reads; one that comes when nobody does any more is nobody's.
    unpacked.on('error', ignore)
    this.#chunks = unpacked[Symbol.asyncIterator]() as NodeJS.AsyncIterator<Buffer>
  }

  async read(): Promise<Buffer | undefined> {
    for (;;) {
      const { value, done } = await this.#chunks.next()
      if (done === true) return undefined
      if (value.length <= this.#toSkip) {
        this.#toSkip -= value.length
        continue
      }
      const rest = value.subarray(this.#toSkip)
      this.#toSkip = 0
      return rest
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }
}

/** (The stream of a `FileHandle` closes that, or what else reads from it.) */
async function* chunksOf(file: FileHandle): AsyncGenerator<Buffer> {
  for (let offset = 0; ;) {
    const buffer = Buffer.allocUnsafe(PACKED_CHUNK_BYTES)
    const { bytesRead } = await file.read(buffer, 0, buffer.length, offset)
    if (bytesRead === 0) return
    offset += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}

function ignore(): void {}
