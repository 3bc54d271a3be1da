import type { Env } from '../../core/env.ts'
import { SluiceError } from '../../core/errors.ts'
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
  /** The last append; it never rejects. */
  tail: Promise<void>
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
    const messages = next - 1 - session.numbers.count
    // Of what is lost nobody knows the parts: each message has one at least.
    const parts = messages === 0 ? 0 : Math.max(messages, session.parts - session.settled.parts)
    return { messages, parts, bytes }
  }

  /** @throws what the store throws */
  async open(events: StoreEvents): Promise<Settled> {
    const committed = await this.#store.open({ onOwnerLost: (error) => this.#lost(error) })
    const patience = new Patience(this.#env, (error) => events.onTrouble(error))
    const window = new FrameWindow(this.#store)
    const aside = new FrameWindow(this.#store, ONE_FRAME)
    const before = { events, patience, window, aside, tail: Promise.resolve(), isLost: false }
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
    if (written.length === 0) return { written, unwritable, stored: session.tail }
    const stored = session.tail.then(() => this.#put(session, encoded))
    session.tail = stored.then(nothing, nothing)
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
    await session.tail
    this.#session = undefined
    await this.#store.close()
  }

  async #put(session: Session, encoded: Encoded): Promise<void> {
    const { next } = this.#store
    const { codec } = this.#options
    const stamp = { partsBefore: session.parts, storedAt: this.#env.date() }
    let frames: readonly NewFrame[] | undefined
    try {
      await session.patience.insist(async () => {
        frames ??= await encoded.sealed(codec, stamp)
        await this.#store.append(next, frames)
      })
    } catch (error) {
      if (error instanceof SluiceError && error.code === 'SLUICE_OVERFLOW_OWNER_LOST') this.#lost(error)
      throw error
    }
    session.parts += encoded.parts
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

function nothing(): void {}
