import { constants } from 'node:buffer'
import { promisify } from 'node:util'
import { inflateRaw } from 'node:zlib'
import type { StoredMessage } from '../../core/overflow-store.ts'
import { overflowError } from '../errors.ts'
import { messagesOf } from './frame-body.ts'
import { HEADER_BYTES, headerOf, type FrameHeader } from './frame-header.ts'
import type { NumberedFrame } from './frame-store.ts'

const inflate = promisify(inflateRaw)
/** More can't be a text, which it has been. */
export const MOST_BODY_BYTES = constants.MAX_STRING_LENGTH

/**
 * The header of a frame that is whole; undefined where it is damaged.
 *
 * @throws SLUICE_OVERFLOW_NEWER
 */
export function wholeHeader({ payload, number, count }: NumberedFrame): FrameHeader | undefined {
  const header = headerOf(payload)
  if (header === 'newer') {
    const problem = `the messages ${number} to ${number + count - 1} are in a form that is not known here`
    throw overflowError('SLUICE_OVERFLOW_NEWER', problem)
  }
  return header === 'damaged' || header.count !== count ? undefined : header
}

/** The same; undefined also where it is newer, for who asks before it is read. */
export function knownHeader(frame: NumberedFrame): FrameHeader | undefined {
  try {
    return wholeHeader(frame)
  } catch {
    return undefined // That it is newer is told when it is read.
  }
}

/**
 * The messages of a frame; undefined where it is damaged.
 *
 * @throws SLUICE_OVERFLOW_NEWER
 */
export async function decodeFrame(frame: NumberedFrame): Promise<StoredMessage[] | undefined> {
  const header = wholeHeader(frame)
  if (header === undefined) return undefined
  try {
    const body = frame.payload.subarray(HEADER_BYTES)
    const bytes = header.codec === 'json' ? body : await inflate(body, { maxOutputLength: MOST_BODY_BYTES })
    return messagesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(), header, frame.number)
  } catch {
    return undefined // Its bytes are those that were written, by somebody who writes something else.
  }
}
