import { crc32 } from 'node:zlib'

/** What of a frame is known without reading its messages. */
export interface FrameHeader {
  readonly codec: Codec
  /** Messages. */
  readonly count: number
  /** Parts of all of them; a message that is no batch is one. */
  readonly parts: number
  /** Parts of all messages that were ever stored before them. */
  readonly partsBefore: number
  /** Wall clock, ms since 1970. */
  readonly storedAt: number
}

/** How the messages of a frame are written. */
export type Codec = 'json' | 'json+deflate'

/** Their place here is their number in a frame. */
const CODECS: readonly Codec[] = ['json', 'json+deflate']

/** Of frames that are written here. */
const VERSION = 2

/**
 *     0     4         5       6       10      14             20         26
 *     | crc | version | codec | count | parts | parts before | stored at | messages …
 *           the crc is of all that is behind it; it and the version are at the same place in every version
 */
export const HEADER_BYTES = 26
const AT = { version: 4, codec: 5, count: 6, parts: 10, partsBefore: 14, storedAt: 20 } as const
const LONG_BYTES = 6
/** So many parts nobody stores; there is room behind them for as many again. */
export const MOST_PARTS = 2 ** 47

/** Writes the header of a frame whose messages are in their place already. */
export function sealFrame(payload: Buffer, header: FrameHeader): void {
  payload[AT.version] = VERSION
  payload[AT.codec] = CODECS.indexOf(header.codec)
  payload.writeUInt32BE(header.count, AT.count)
  payload.writeUInt32BE(header.parts, AT.parts)
  payload.writeUIntBE(header.partsBefore, AT.partsBefore, LONG_BYTES)
  payload.writeUIntBE(Math.max(0, Math.floor(header.storedAt)), AT.storedAt, LONG_BYTES)
  payload.writeUInt32BE(crc32(payload.subarray(AT.version)))
}

/** The header of a frame; `damaged` where its bytes are not those that were written, `newer` where a later version wrote it. */
export function headerOf(given: Uint8Array): FrameHeader | 'damaged' | 'newer' {
  const payload = Buffer.from(given.buffer, given.byteOffset, given.byteLength)
  if (payload.length <= AT.version || crc32(payload.subarray(AT.version)) !== payload.readUInt32BE()) return 'damaged'
  const version = payload[AT.version]!
  if (version > VERSION) return 'newer'
  const codec = CODECS[payload[AT.codec]!]
  if (codec === undefined || version < VERSION || payload.length < HEADER_BYTES) return 'damaged'
  const partsBefore = payload.readUIntBE(AT.partsBefore, LONG_BYTES)
  if (partsBefore > MOST_PARTS) return 'damaged'
  return {
    codec,
    count: payload.readUInt32BE(AT.count),
    parts: payload.readUInt32BE(AT.parts),
    partsBefore,
    storedAt: payload.readUIntBE(AT.storedAt, LONG_BYTES),
  }
}
