import { isUtf8 } from 'node:buffer'
import { kitError } from './errors.ts'

export const BYTE_ORDER_MARK = '\ufeff'

/** The bytes as a Buffer on the same memory. */
function view(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** The text of UTF-8 bytes, a byte order mark included; undefined where they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  return isUtf8(bytes) ? view(bytes).toString('utf8') : undefined
}

/** The first byte (from 0) that UTF-8 doesn't allow where it stands; the length where the text only ends too early. */
export function utf8FaultAt(bytes: Uint8Array): number {
  // Decoding puts U+FFFD for what is wrong, so the way back differs from there on.
  const back = Buffer.from(view(bytes).toString('utf8'))
  let offset = 0
  while (offset < bytes.length && bytes[offset] === back[offset]) offset++
  return offset
}

/**
 * The text of a whole input in UTF-8, without a byte order mark at its start.
 *
 * @throws SLUICE_INPUT_NOT_UTF8
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const text = utf8Text(bytes)
  if (text === undefined) {
    throw kitError('SLUICE_INPUT_NOT_UTF8', `the input is not UTF-8 at byte ${utf8FaultAt(bytes)}: encode it as UTF-8`)
  }
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text
}
