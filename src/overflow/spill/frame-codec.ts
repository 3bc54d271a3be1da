import { promisify } from 'node:util'
import { deflateRaw, inflateRaw } from 'node:zlib'
import { asError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { StoredMessage, Unwritable } from '../../core/overflow-store.ts'
import { quote } from '../../kit/text.ts'
import { overflowError } from '../errors.ts'
import { messagesOf } from './frame-body.ts'
import { FrameDraft, writtenMessage, type WrittenMessage } from './frame-draft.ts'
import { HEADER_BYTES, headerOf, sealFrame, type Codec, type FrameHeader } from './frame-header.ts'
import type { NewFrame, NumberedFrame } from './frame-store.ts'

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)
/** The fastest: on JSON the slower ones save little more. */
const DEFLATE_LEVEL = 1

export interface FrameLimits {
  /** A frame takes no more, unless one message does. */
  readonly frameBytes: number
  /** Of a frame with one message. */
  readonly mostBytes: number
}

/** A frame whose messages are written, but not compressed, behind room for its header. */
interface Unsealed {
  readonly payload: Buffer
  readonly count: number
  readonly parts: number
}

/** Messages on their way into frames. */
export interface Encoded {
  readonly written: readonly Message[]
  readonly unwritable: readonly Unwritable[]
  /** Parts of all that are written. */
  readonly parts: number
  /** The frames, when they are done. */
  sealed(codec: Codec, stamp: { readonly partsBefore: number; readonly storedAt: number }): Promise<readonly NewFrame[]>
}

/** Writes messages into frames, in order. What can't be written is left out and told. */
export function encodeFrames(messages: readonly Message[], limits: FrameLimits): Encoded {
  const frames: Unsealed[] = []
  const written: Message[] = []
  const unwritable: Unwritable[] = []
  let draft = new FrameDraft()
  for (const message of messages) {
    const one = writtenOr(message, limits)
    if (one instanceof Error) {
      unwritable.push({ message, error: one })
      continue
    }
    if (draft.messages.length > 0 && !draft.hasRoomFor(one, limits.frameBytes)) {
      unsealInto(frames, draft, limits)
      draft = new FrameDraft()
    }
    draft.add(one)
    written.push(message)
  }
  unsealInto(frames, draft, limits)
  const parts = frames.reduce((sum, frame) => sum + frame.parts, 0)
  return { written, unwritable, parts, sealed: (codec, stamp) => seal(frames, codec, stamp) }
}

function writtenOr(message: Message, { mostBytes, frameBytes }: FrameLimits): WrittenMessage | Error {
  try {
    const written = writtenMessage(message)
    if (written.bytes < Math.min(mostBytes, frameBytes) / 2) return written
    const draft = new FrameDraft()
    draft.add(written)
    const bytes = HEADER_BYTES + Buffer.byteLength(draft.text())
    if (bytes <= mostBytes) return written
    const problem = `the message ${quote(message.id)} takes ${bytes} bytes, more than ${mostBytes}`
    return overflowError('SLUICE_OVERFLOW_TOO_LARGE', problem)
  } catch (cause) {
    // The first line: V8 draws a picture of a circle below it.
    const [reason] = asError(cause).message.split('\n')
    const problem = `the message ${quote(message.id)} cannot be written as JSON: ${reason}`
    return overflowError('SLUICE_OVERFLOW_NOT_JSON', problem, cause)
  }
}

/** What took more than was thought is divided. */
function unsealInto(frames: Unsealed[], draft: FrameDraft, limits: FrameLimits): void {
  const { messages, parts } = draft
  const count = messages.length
  if (count === 0) return
  const text = draft.text()
  const bytes = HEADER_BYTES + Buffer.byteLength(text)
  if (bytes <= limits.frameBytes || count === 1) {
    const payload = Buffer.allocUnsafeSlow(bytes)
    payload.write(text, HEADER_BYTES)
    frames.push({ payload, count, parts })
    return
  }
  const middle = Math.ceil(count / 2)
  for (const half of [messages.slice(0, middle), messages.slice(middle)]) {
    const smaller = new FrameDraft()
    for (const one of half) smaller.add(one)
    unsealInto(frames, smaller, limits)
  }
}

async function seal(
  frames: readonly Unsealed[],
  codec: Codec,
  stamp: { readonly partsBefore: number; readonly storedAt: number },
): Promise<NewFrame[]> {
  const payloads = codec === 'json' ? frames.map(({ payload }) => payload) : await Promise.all(frames.map(deflated))
  let { partsBefore } = stamp
  return frames.map(({ count, parts }, at) => {
    const payload = payloads[at]!
    sealFrame(payload, { codec, count, parts, partsBefore, storedAt: stamp.storedAt })
    partsBefore += parts
    return { payload, count }
  })
}

async function deflated({ payload }: Unsealed): Promise<Buffer> {
  const body = await deflate(payload.subarray(HEADER_BYTES), { level: DEFLATE_LEVEL })
  const smaller = Buffer.allocUnsafeSlow(HEADER_BYTES + body.length)
  smaller.set(body, HEADER_BYTES)
  return smaller
}

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
    const bytes = header.codec === 'json' ? body : await inflate(body)
    return messagesOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString(), header, frame.number)
  } catch {
    return undefined // Its bytes are those that were written, by somebody who writes something else.
  }
}
