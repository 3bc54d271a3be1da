import type { FileHandle } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'

/** The bytes of a file from a place on, as unpacked. Calls must not overlap. */
export interface ByteSource {
  /** Some bytes, which are overwritten by the next call of any; undefined where there is nothing, or nothing more yet. */
  read(): Promise<Buffer | undefined>
  close(): Promise<void>
}

/** Read at once of a file. */
const CHUNK_BYTES = 262_144
const UNPACKED_CHUNK_BYTES = 65_536
/** Given to the unpacker at once; ten times as much comes of it, a thousand times at most. */
const PACKED_CHUNK_BYTES = 8_192

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

  /** What was read from there on is not used. */
  backTo(offset: number): void {
    this.#offset = offset
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

/**
 * A file packed by gzip, unpacked as it is read; what comes before the place is unpacked and left out.
 *
 * The unpacker is given little at a time, and only when all that came of it before was read: a stream that reads ahead would
 * throw that away where it finds that the file is damaged, or cut off, further on.
 */
export class GzipBytes implements ByteSource {
  readonly #file: FileHandle
  readonly #unpacker = createGunzip({ chunkSize: UNPACKED_CHUNK_BYTES })
  readonly #packed = Buffer.allocUnsafe(PACKED_CHUNK_BYTES)
  readonly #unpacked: Buffer[] = []
  #offset = 0
  #toSkip: number
  #error: Error | undefined
  #hasEnded = false

  constructor(file: FileHandle, offset: number) {
    this.#file = file
    this.#toSkip = offset
    this.#unpacker.on('data', (chunk: Buffer) => this.#unpacked.push(chunk))
    this.#unpacker.on('end', () => (this.#hasEnded = true))
    this.#unpacker.on('error', (error) => (this.#error = error))
  }

  async read(): Promise<Buffer | undefined> {
    for (;;) {
      const chunk = this.#unpacked.shift()
      if (chunk === undefined) {
        if (this.#error !== undefined) throw this.#error
        if (this.#hasEnded) return undefined
        await this.#unpackMore()
      } else if (chunk.length > this.#toSkip) {
        const rest = chunk.subarray(this.#toSkip)
        this.#toSkip = 0
        return rest
      } else this.#toSkip -= chunk.length
    }
  }

  async close(): Promise<void> {
    this.#hasEnded = true
    this.#unpacker.destroy()
  }

  async #unpackMore(): Promise<void> {
    const { bytesRead } = await this.#file.read(this.#packed, 0, PACKED_CHUNK_BYTES, this.#offset)
    this.#offset += bytesRead
    await new Promise<void>((resolve) => {
      // It calls back neither where something follows that is not packed, nor where something is wrong.
      this.#unpacker.once('end', resolve).once('close', resolve)
      const done = (): void => {
        this.#unpacker.off('end', resolve).off('close', resolve)
        resolve()
      }
      if (bytesRead > 0) this.#unpacker.write(this.#packed.subarray(0, bytesRead), done)
      else this.#unpacker.end(done)
    })
  }
}
