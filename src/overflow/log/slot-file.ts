import { crc32 } from 'node:zlib'
import { errnoOf } from '../../kit/errno.ts'
import { readFully } from '../../kit/disk.ts'
import { writeFully, type LogFile, type LogFiles } from './files.ts'

const SLOT_BYTES = 4096
const SLOTS = 2
/** crc of what follows · length of the payload · version */
const HEADER_BYTES = 16
const AT = { length: 4, version: 8 } as const

/** Most bytes that fit into a slot, where nothing is said of its size. */
export const LONGEST_SLOT_PAYLOAD = SLOT_BYTES - HEADER_BYTES

interface Slot {
  readonly version: number
  readonly payload: Buffer
}

/**
 * A small value in a file, written over and over. It has two slots with a checksum each, written in turn, so that one is
 * whole whenever the power goes; the one with the higher version counts. Calls must not overlap.
 */
export class SlotFile {
  readonly #files: LogFiles
  readonly #path: string
  readonly #slotBytes: number
  #file: LogFile | undefined
  /** Of what is surely on disk. The next one goes into the other slot, again and again until that is confirmed. */
  #version = 0

  /** @param slotBytes of a slot; a file is always opened with the same. */
  constructor(files: LogFiles, path: string, slotBytes: number = SLOT_BYTES) {
    this.#files = files
    this.#path = path
    this.#slotBytes = slotBytes
  }

  /** Most bytes that fit. */
  get longestPayload(): number {
    return this.#slotBytes - HEADER_BYTES
  }

  /** @returns the value; undefined where there is no file yet, `damaged` where neither slot is whole. */
  async open(folder: string): Promise<Buffer | 'damaged' | undefined> {
    const found = await this.#files.open(this.#path).catch((error: unknown) => {
      if (errnoOf(error) !== 'ENOENT') throw error
    })
    this.#file = found ?? (await this.#create(folder))
    if (found === undefined) return undefined
    // A process that was killed may have written what the disk hasn't confirmed: nobody may act on that yet.
    await found.datasync()
    const size = this.#slotBytes
    const bytes = await readFully(found, 0, SLOTS * size)
    // As it was made, before the first value: a file of zeros, or shorter where the power went.
    if (isBlank(bytes)) return this.#fill(found)
    let newest: Slot | undefined
    for (let at = 0; at < SLOTS; at++) {
      const slot = slotIn(bytes.subarray(at * size, (at + 1) * size), size)
      if (slot !== undefined && slot.version > (newest?.version ?? 0)) newest = slot
    }
    this.#version = newest?.version ?? 0
    if (newest !== undefined) return newest.payload
    // The power went during the first write of all.
    const isFirst = isBlank(bytes.subarray(0, size)) || isBlank(bytes.subarray(size))
    return isFirst ? this.#fill(found) : 'damaged'
  }

  /** Resolves when the disk has confirmed the value. */
  async write(payload: Buffer): Promise<void> {
    const version = this.#version + 1
    const size = this.#slotBytes
    const file = (this.#file ??= await this.#files.open(this.#path))
    try {
      await writeFully(file, [slotOf(version, payload, size)], (version % SLOTS) * size)
      await file.datasync()
      this.#version = version
    } catch (error) {
      // What a descriptor says after a failed `fdatasync` isn't to be believed.
      await this.close()
      throw error
    }
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    await file?.close().catch(() => undefined)
  }

  async #create(folder: string): Promise<LogFile> {
    const file = await this.#files.create(this.#path)
    try {
      await this.#fill(file)
      await this.#files.syncFolder(folder)
      return file
    } catch (error) {
      await file.close().catch(() => undefined)
      throw error
    }
  }

  /** The room is taken at once: on a full disk a value can still be written over another. */
  async #fill(file: LogFile): Promise<undefined> {
    await writeFully(file, [Buffer.alloc(SLOTS * this.#slotBytes)], 0)
    await file.datasync()
    return undefined
  }
}

function isBlank(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0)
}

function slotOf(version: number, payload: Buffer, size: number): Buffer {
  const slot = Buffer.alloc(size)
  slot.writeUInt32BE(payload.length, AT.length)
  slot.writeBigUInt64BE(BigInt(version), AT.version)
  slot.set(payload, HEADER_BYTES)
  slot.writeUInt32BE(crc32(slot.subarray(AT.length)))
  return slot
}

function slotIn(slot: Buffer, size: number): Slot | undefined {
  if (slot.length < size || crc32(slot.subarray(AT.length)) !== slot.readUInt32BE()) return undefined
  const length = slot.readUInt32BE(AT.length)
  return {
    version: Number(slot.readBigUInt64BE(AT.version)),
    payload: slot.subarray(HEADER_BYTES, HEADER_BYTES + length),
  }
}
