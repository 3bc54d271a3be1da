import { crc32 } from 'node:zlib'

/** What is appended: bytes, and how many numbers they take, such as one per message in them. */
export interface NewFrame {
  readonly payload: Uint8Array
  /** 1 where nothing is said. */
  readonly count?: number
}

/** A record of a log. */
export interface Frame {
  /** Of its first message; the next frame's is this one's and its count. */
  readonly number: number
  readonly count: number
  readonly payload: Buffer
  /** Where it begins in its segment. */
  readonly offset: number
}

/**
 *     0        4        8        12                20       24
 *     | magic  | crc    | length | number          | count  | payload …
 *              the crc is of all that is behind it, and of the salt of the segment
 *
 * With the salt no frame of another segment, and none that a message contains, can be taken for one of this segment.
 */
export const FRAME_HEADER_BYTES = 24
const AT = { crc: 4, length: 8, number: 12, count: 20 } as const
export const FRAME_MAGIC = Buffer.from('SLF1', 'latin1')

const TWO_TO_32 = 2 ** 32

export function frameHeader(frame: NewFrame, number: number, salt: number): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES)
  header.set(FRAME_MAGIC)
  header.writeUInt32BE(frame.payload.length, AT.length)
  header.writeUInt32BE(Math.floor(number / TWO_TO_32), AT.number)
  header.writeUInt32BE(number % TWO_TO_32, AT.number + 4)
  header.writeUInt32BE(frame.count ?? 1, AT.count)
  header.writeUInt32BE(checksum(header.subarray(AT.length), frame.payload, salt), AT.crc)
  return header
}

function checksum(fields: Uint8Array, payload: Uint8Array, salt: number): number {
  return crc32(payload, crc32(fields, salt))
}

/** Bytes that a frame takes on disk. */
export function sizeOfFrame({ payload }: { readonly payload: Uint8Array }): number {
  return FRAME_HEADER_BYTES + payload.length
}

/** What must be known to read a segment's frames. */
export interface FrameBounds {
  readonly salt: number
  /** The number that the next frame should have; no frame has a smaller one. */
  readonly next: number
  /** Bytes of the segment from here on: no frame is longer. */
  readonly bytesLeft: number
}

/**
 * The frame at the beginning of `bytes`.
 *
 * @returns a number where that many bytes are needed to tell; undefined where there is no whole frame.
 */
export function frameAt(bytes: Buffer, offset: number, bounds: FrameBounds): Frame | number | undefined {
  if (bounds.bytesLeft < FRAME_HEADER_BYTES) return undefined
  if (bytes.length < FRAME_HEADER_BYTES) return FRAME_HEADER_BYTES
  if (!bytes.subarray(0, FRAME_MAGIC.length).equals(FRAME_MAGIC)) return undefined
  const size = FRAME_HEADER_BYTES + bytes.readUInt32BE(AT.length)
  const number = bytes.readUInt32BE(AT.number) * TWO_TO_32 + bytes.readUInt32BE(AT.number + 4)
  const count = bytes.readUInt32BE(AT.count)
  if (size > bounds.bytesLeft || number < bounds.next || count === 0) return undefined
  if (bytes.length < size) return size
  const payload = bytes.subarray(FRAME_HEADER_BYTES, size)
  const isWhole =
    checksum(bytes.subarray(AT.length, FRAME_HEADER_BYTES), payload, bounds.salt) === bytes.readUInt32BE(AT.crc)
  return isWhole ? { number, count, payload, offset } : undefined
}
