import type { Env } from '../../core/env.ts'
import { asError, SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import type {
  Appending,
  OverflowStore,
  Settled,
  StoreDepth,
  StoredChunk,
  StoreEvents,
} from '../../core/overflow-store.ts'
import { overflowError } from '../errors.ts'
import { knownHeader, MOST_BODY_BYTES } from './frame-decoder.ts'
import { FrameEncoder, type Encoded } from './frame-encoder.ts'
import type { Codec } from './frame-header.ts'
import { ONE_FRAME, type FrameStore, type NewFrame } from './frame-store.ts'
import { FrameWindow } from './frame-window.ts'
import { Patience } from './patience.ts'
import { withParts } from './settled-parts.ts'
import { SettledRanges } from './settled-ranges.ts'

export interface FramedStoreOptions {
  /** Of the frames that it makes; a message that takes more is a frame of its own. */
  readonly frameBytes: number
  readonly codec: Codec
}

/** So much is appended at once at most: a server that is asked for more holds up others. */
const MOST_BYTES_AT_ONCE = 4 * 1024 ** 2

/** Messages in frames, whose giver waits until they are confirmed. */
interface Given {
  readonly encoded: Encoded
  stored(): void
  failed(error: Error): void
}

/** From one opening to the next. */
interface Session {
  readonly events: StoreEvents
  readonly patience: Patience
  readonly window: FrameWindow
  /** Where what has failed back is read again, frame by frame, so that the other stays where it is. */
  readonly aside: FrameWindow
  settled: Settled
  numbers: SettledRanges
  /** Parts of all that was ever appended and confirmed. */
  parts: number
  /** What was given and waits for the append under way, in order. */
  readonly queue: Given[]
  /** Of that, and of the append under way. */
  givenBytes: number
  /** Ends when nothing is left in the queue; it never rejects. */
  appending: Promise<void> | undefined
  isLost: boolean
}

/**
 * An overflow in frames of a store: messages are written into them, and an append that fails is tried again with the very
 * same frames until the store has confirmed it.
 *
 *     messages ─▶ frames ─▶ append, again and again ─▶ store ─▶ frames ─▶ messages
 */
export class FramedStore implements OverflowStore {
  readonly #store: FrameStore
  readonly #options: FramedStoreOptions
  readonly #env: Env
  readonly #encoder: FrameEncoder
  #session: Session | undefined

  constructor(store: FrameStore, options: FramedStoreOptions, env: Env) {
    this.#store = store
    const mostBytes = Math.min(store.mostFrameBytes, MOST_BODY_BYTES)
    this.#encoder = new FrameEncoder({ frameBytes: Math.min(options.frameBytes, mostBytes), mostBytes })
    this.#options = options
    this.#env = env
  }

  get next(): number {
    return this.#store.next
  }

  get depth(): StoreDepth {
    const { next, bytes } = this.#store
    const session = this.#session
    if (session === undefined) return { messages: 0, parts: 0, bytes }
    const { givenBytes } = session
    const messages = next - 1 - session.numbers.count
    // Of what is lost nobody knows the parts: each message has one at least.
    const parts = messages === 0 ? 0 : Math.max(messages, session.parts - session.settled.parts)
    return { messages, parts, bytes: bytes + givenBytes }
  }

  /** @throws what the store throws */
  async open(events: StoreEvents): Promise<Settled> {
    const committed = await this.#store.open({ onOwnerLost: (error) => this.#lost(error) })
    const patience = new Patience(this.#env, (error) => events.onTrouble(error))
    const window = new FrameWindow(this.#store)
    const aside = new FrameWindow(this.#store, ONE_FRAME)
    const before = { events, patience, window, aside, queue: [], givenBytes: 0, appending: undefined, isLost: false }
    try {
      const settled = committed === undefined ? await this.#allUnsettled() : await withParts(committed, this.#store)
      const parts = await this.#partsUntilNext(settled)
      this.#session = { ...before, settled, numbers: new SettledRanges(settled), parts }
      return settled
    } catch (error) {
      await this.#store.close()
      throw error
    }
  }

  append(messages: readonly Message[]): Appending {
    const encoded = this.#encoder.encode(messages)
    const { written, unwritable } = encoded
    const session = this.#session
    if (session === undefined) return { written, unwritable, stored: Promise.reject(closed()) }
    if (written.length === 0) return { written, unwritable, stored: session.appending ?? Promise.resolve() }
    const stored = new Promise<void>((resolve, reject) => {
      session.queue.push({ encoded, stored: resolve, failed: reject })
    })
    session.givenBytes += encoded.bytes
    session.appending ??= this.#appendAll(session)
    return { written, unwritable, stored }
  }

  /** @throws SLUICE_OVERFLOW_NEWER, SLUICE_OVERFLOW_CLOSED, and what the store throws */
  async read(from: number, most: number): Promise<StoredChunk> {
    const { window, aside, numbers } = this.#opened()
    return (from < window.at ? aside : window).read(from, most, numbers)
  }

  /** @throws SLUICE_OVERFLOW_CLOSED, and what the store throws; then it can be tried again */
  async commit(settled: Settled): Promise<void> {
    const session = this.#opened()
    await this.#store.commit(settled)
    session.settled = settled
    session.numbers = new SettledRanges(settled)
  }

  async close(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    session.patience.giveUp(closed())
    await session.appending
    this.#session = undefined
    await this.#store.close()
  }

  /** What has been given during an append goes with the next one, so that frames per call grow with what a call takes. */
  async #appendAll(session: Session): Promise<void> {
    const { queue } = session
    while (queue.length > 0) {
      let bytes = 0
      const fits = queue.findIndex(({ encoded }) => (bytes += encoded.bytes) > MOST_BYTES_AT_ONCE)
      const given = queue.splice(0, fits === -1 ? queue.length : Math.max(1, fits))
      try {
        await this.#put(session, given)
        for (const one of given) one.stored()
      } catch (error) {
        for (const one of given) one.failed(asError(error))
      } finally {
        for (const { encoded } of given) session.givenBytes -= encoded.bytes
      }
    }
    session.appending = undefined
  }

  async #put(session: Session, given: readonly Given[]): Promise<void> {
    const { next } = this.#store
    let frames: readonly NewFrame[] | undefined
    try {
      await session.patience.insist(async () => {
        frames ??= await this.#sealed(session, given)
        await this.#store.append(next, frames)
      })
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'SLUICE_OVERFLOW_OWNER_LOST') this.#lost(error)
      throw error
    }
    for (const { encoded } of given) session.parts += encoded.parts
  }

  async #sealed({ parts }: Session, given: readonly Given[]): Promise<NewFrame[]> {
    const storedAt = this.#env.date()
    let partsBefore = parts
    const frames = given.map(({ encoded }) => {
      const sealed = encoded.sealed(this.#options.codec, { partsBefore, storedAt })
      partsBefore += encoded.parts
      return sealed
    })
    return (await Promise.all(frames)).flat()
  }

  #lost(error: Error): void {
    const session = this.#session
    if (session === undefined || session.isLost) return
    session.isLost = true
    session.patience.giveUp(error)
    session.events.onOwnerLost(error)
  }

  #opened(): Session {
    if (this.#session === undefined) throw closed()
    return this.#session
  }

  /** Where it isn't known what is settled, it is what was given back, and nothing above. */
  async #allUnsettled(): Promise<Settled> {
    const { frames, lost } = await this.#store.read(1, 1)
    const [frame] = frames
    const below = frame?.number ?? lost[0]?.from ?? this.#store.next
    return { below, above: [], parts: (frame && knownHeader(frame)?.partsBefore) ?? 0 }
  }

  /** Parts of all that is stored or was, as the last frame says. */
  async #partsUntilNext(settled: Settled): Promise<number> {
    const { next } = this.#store
    if (settled.below >= next) return settled.parts
    const frame = (await this.#store.read(next - 1, 1)).frames.at(-1)
    const header = frame && knownHeader(frame)
    if (header !== undefined) return header.partsBefore + header.parts
    return settled.parts + next - 1 - new SettledRanges(settled).count
  }
}

function closed(): Error {
  return overflowError('SLUICE_OVERFLOW_CLOSED', 'the overflow is closed: what was given to it is not stored')
}
