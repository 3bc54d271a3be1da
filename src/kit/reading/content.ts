import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { constants, gunzipSync } from 'node:zlib'
import { readFully } from '../disk.ts'
import { GzipBytes, type ByteSource } from './byte-source.ts'

/** The first bytes of a file, as unpacked: which file it is, whatever its name. A file may be shorter at first. */
export interface Head {
  readonly bytes: number
  readonly hash: string
}

/** The bytes before a place. */
export type Tail = Head

/** Bytes of a head; of a shorter one it is told with more certainty that another file is not the same. */
export const HEAD_BYTES = 1024
const TAIL_BYTES = 256
/** Packed bytes that unpack to a head at least, and to 4 MB at most. */
const PACKED_HEAD_BYTES = 4096

const GZIP_MAGIC = Buffer.from([0x1f, 0x8b])
const HASH_CHARACTERS = 32

export function hashOf(bytes: Uint8Array): Head {
  return { bytes: bytes.length, hash: createHash('sha256').update(bytes).digest('hex').slice(0, HASH_CHARACTERS) }
}

/** What a file begins with. */
export interface Beginning {
  readonly isPacked: boolean
  /** Up to `HEAD_BYTES`, unpacked. */
  readonly bytes: Buffer
}

export async function beginningOf(file: FileHandle): Promise<Beginning> {
  const raw = await readFully(file, 0, PACKED_HEAD_BYTES)
  if (!raw.subarray(0, GZIP_MAGIC.length).equals(GZIP_MAGIC))
    return { isPacked: false, bytes: raw.subarray(0, HEAD_BYTES) }
  return { isPacked: true, bytes: unpacked(raw).subarray(0, HEAD_BYTES) }
}

/** What can be unpacked of a beginning; nothing of one that is damaged. */
function unpacked(raw: Buffer): Buffer {
  try {
    return gunzipSync(raw, { finishFlush: constants.Z_SYNC_FLUSH })
  } catch {
    return Buffer.alloc(0)
  }
}

export function beginsWith({ bytes }: Beginning, head: Head): boolean {
  return bytes.length >= head.bytes && hashOf(bytes.subarray(0, head.bytes)).hash === head.hash
}

/** Whether a file that isn't packed still begins so. */
export async function hasHead(file: FileHandle, head: Head): Promise<boolean> {
  return hashOf(await readFully(file, 0, head.bytes)).hash === head.hash
}

/** The bytes before a place of a file that isn't packed. */
export async function tailAt(file: FileHandle, offset: number): Promise<Tail> {
  const length = Math.min(offset, TAIL_BYTES)
  return hashOf(await readFully(file, offset - length, length))
}

/** Whether a file has the same bytes before a place, as unpacked. */
export async function hasTail(
  file: FileHandle,
  isPacked: boolean,
  place: { offset: number; tail: Tail },
): Promise<boolean> {
  const { offset, tail } = place
  if (!isPacked) return (await tailAt(file, offset)).hash === tail.hash
  const source = new GzipBytes(file, offset - tail.bytes)
  try {
    return hashOf(await readUpTo(source, tail.bytes)).hash === tail.hash
  } catch {
    return false // It is damaged, or still being written.
  } finally {
    await source.close()
  }
}

async function readUpTo(source: ByteSource, length: number): Promise<Buffer> {
  let bytes = Buffer.alloc(0)
  while (bytes.length < length) {
    const more = await source.read()
    if (more === undefined) break
    bytes = Buffer.concat([bytes, more])
  }
  return bytes.subarray(0, length)
}
