import { promisify } from 'node:util'
import { deflateRaw } from 'node:zlib'
import { asError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type { Unwritable } from '../../core/overflow-store.ts'
import { quote } from '../../kit/text.ts'
import { overflowError } from '../errors.ts'
import type { FrameBody } from './frame-body.ts'
import { FrameColumns } from './frame-columns.ts'
import { FrameDraft, writtenMessage, type WrittenMessage } from './frame-draft.ts'
import { HEADER_BYTES, sealFrame, type Codec } from './frame-header.ts'
import type { NewFrame } from './frame-store.ts'
import { NOT_PLAIN, plainLength } from './plain-json.ts'

const deflate = promisify(deflateRaw)
/** The fastest: on JSON the slower ones save little more. */
const DEFLATE_LEVEL = 1
/** As full as a frame is meant to be whose messages are thought to be like those before. */
const FULL = 0.98
/** With fewer it doesn't pay to guess. */
const FEWEST_AT_ONCE = 8

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

/** What is known when frames are stored. */
export interface Stamp {
  readonly partsBefore: number
  /** Wall clock, ms since 1970. */
  readonly storedAt: number
}

/** Messages on their way into frames. */
export interface Encoded {
  readonly written: readonly Message[]
  readonly unwritable: readonly Unwritable[]
  /** Parts of all that are written. */
  readonly parts: number
  /** What they take, before they are compressed. */
  readonly bytes: number
  /** The frames, when they are done. */
  sealed(codec: Codec, stamp: Stamp): Promise<readonly NewFrame[]>
}

/**
 * Writes messages into frames, in order. What can't be written is left out and told.
 *
 * Plain data of many messages is written by one call of `JSON.stringify`, which takes two thirds of the time; how many
 * they are is guessed by the frame before. Where that is wrong, or data isn't plain, a frame is filled one by one.
 */
export class FrameEncoder {
  readonly #limits: FrameLimits
  /** Of the messages of the last frame; 0 as long as there was none. */
  #bytesPerMessage = 0
  /** Written for a frame that had no room for it: a large message is not written twice. */
  #ahead: WrittenMessage | undefined

  constructor(limits: FrameLimits) {
    this.#limits = limits
  }

  /** @throws nothing: what can't be written is told. */
  encode(messages: readonly Message[]): Encoded {
    this.#ahead = undefined
    const frames: Unsealed[] = []
    const unwritable: Unwritable[] = []
    for (let at = 0; at < messages.length;) {
      const end = this.#endOfPlain(messages, at)
      const frame = end - at < FEWEST_AT_ONCE ? undefined : this.#atOnce(messages.slice(at, end))
      if (frame === undefined) at = this.#oneByOne(messages, at, { frames, unwritable })
      else {
        frames.push(frame)
        at = end
      }
    }
    const isLeftOut = new Set(unwritable.map(({ message }) => message))
    const written = unwritable.length === 0 ? messages : messages.filter((message) => !isLeftOut.has(message))
    const parts = frames.reduce((sum, frame) => sum + frame.parts, 0)
    const bytes = frames.reduce((sum, { payload }) => sum + payload.length, 0)
    return { written, unwritable, parts, bytes, sealed: (codec, stamp) => seal(frames, codec, stamp) }
  }

  /** Up to where messages are plain, and thought to fill no more than a frame: what surely takes more isn't tried. */
  #endOfPlain(messages: readonly Message[], start: number): number {
    if (this.#bytesPerMessage === 0) return start
    const { frameBytes } = this.#limits
    const most = Math.floor((frameBytes * FULL) / this.#bytesPerMessage)
    const end = Math.min(messages.length, start + most)
    let length = 0
    for (let at = start; at < end; at++) {
      const one = lengthOf(messages[at]!)
      length += one
      if (one === NOT_PLAIN || length > frameBytes) return at
    }
    return end
  }

  /** @returns undefined where it takes more than a frame may, or where one of them throws. */
  #atOnce(messages: readonly Message[]): Unsealed | undefined {
    try {
      const columns = new FrameColumns()
      for (const message of messages) columns.add(message, message.id)
      const data = JSON.stringify(messages.map((message) => message.data))
      return this.#unsealed({ data, rest: columns.written() }, messages.length, messages.length)
    } catch {
      return undefined // Which of them is found one by one.
    }
  }

  /** Fills one frame. @returns where the next one begins. */
  #oneByOne(
    messages: readonly Message[],
    start: number,
    { frames, unwritable }: { readonly frames: Unsealed[]; readonly unwritable: Unwritable[] },
  ): number {
    const draft = new FrameDraft()
    let at = start
    for (; at < messages.length; at++) {
      const message = messages[at]!
      const written = this.#writtenOr(message)
      if (written instanceof Error) unwritable.push({ message, error: written })
      else if (draft.messages.length > 0 && !draft.hasRoomFor(written, this.#limits.frameBytes)) {
        this.#ahead = written
        break
      } else draft.add(written)
    }
    this.#unsealInto(frames, draft)
    return at
  }

  #writtenOr(message: Message): WrittenMessage | Error {
    const { mostBytes } = this.#limits
    const ahead = this.#ahead
    if (ahead?.message === message) return ahead
    try {
      const written = writtenMessage(message)
      if (written.bytes < mostBytes / 2) return written
      const draft = new FrameDraft()
      draft.add(written)
      const { data, rest } = draft.written()
      const bytes = sizeOf(data, JSON.stringify(rest))
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
  #unsealInto(frames: Unsealed[], draft: FrameDraft): void {
    const { messages, parts } = draft
    const count = messages.length
    if (count === 0) return
    const frame = this.#unsealed(draft.written(), count, parts)
    if (frame !== undefined) return void frames.push(frame)
    const middle = Math.ceil(count / 2)
    for (const half of [messages.slice(0, middle), messages.slice(middle)]) {
      const smaller = new FrameDraft()
      for (const one of half) smaller.add(one)
      this.#unsealInto(frames, smaller)
    }
  }

  #unsealed(written: Written, count: number, parts: number): Unsealed | undefined {
    const rest = `,${JSON.stringify(written.rest).slice(1)}`
    const bytes = sizeOf(written.data, rest)
    this.#bytesPerMessage = bytes / count
    if (bytes > this.#limits.frameBytes && count > 1) return undefined
    const payload = Buffer.allocUnsafeSlow(bytes)
    let at = HEADER_BYTES
    for (const text of [BEGIN, written.data, rest]) at += payload.write(text, at)
    return { payload, count, parts }
  }
}

/** At the least; `NOT_PLAIN` also where a getter or a proxy throws, and of a batch. */
function lengthOf({ parts, data }: Message): number {
  try {
    return parts === undefined ? plainLength(data) : NOT_PLAIN
  } catch {
    return NOT_PLAIN
  }
}

interface Written {
  readonly data: string
  readonly rest: Omit<FrameBody, 'data'>
}

const BEGIN = '{"data":'

function sizeOf(data: string, rest: string): number {
  return HEADER_BYTES + BEGIN.length + Buffer.byteLength(data) + Buffer.byteLength(rest)
}

async function seal(frames: readonly Unsealed[], codec: Codec, stamp: Stamp): Promise<NewFrame[]> {
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
