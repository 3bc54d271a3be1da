import { isDeepStrictEqual } from 'node:util'
import { Envelope, Group, type Message, type Origin } from '../core/message.ts'
import type {
  OverflowStore,
  Settled,
  StoredChunk,
  StoredMessage,
  StoredRange,
  Unwritable,
} from '../core/overflow-store.ts'
import { storedFrom } from '../core/stored.ts'
import type { NotedPiece } from './records.ts'
import { FRAME_BYTES } from './spill/embedded.ts'
import { FrameEncoder } from './spill/frame-encoder.ts'

/** A store that nobody else has open. */
export interface OpenedStore {
  readonly store: OverflowStore
  readonly settled: Settled
}

/** What an adoption is told and asks for. */
export interface AdoptionWorld {
  /** Wall clock ms that the store is to put down for what is appended next. */
  storedAt(date: number): void
  /** Which of these messages the target can't take, if any. */
  unwritable(messages: readonly Message[]): Unwritable | undefined
  /** What was noted last, and by this adoption. */
  readonly noted: NotedPiece | undefined
  /** Written down, and confirmed by the disk. */
  note(piece: NotedPiece): Promise<void>
  /** Numbers of the source that are damaged or missing, from one on up to another. */
  onLost(range: StoredRange): void
}

/** What became of what was in the source. */
export interface Adopted {
  readonly messages: number
  /** Those of them that an earlier run had moved already, before it was ended. */
  readonly before: number
}

/** Messages that are moved at once. */
const PIECE = 1000

/**
 * Moves what is in one store behind what is in another, in order, piece by piece: a piece is noted, appended, confirmed, and
 * only then settled in its source.
 *
 *     source ─ read ─▶ note ─▶ append to target, confirmed ─▶ commit in source
 *
 * Ended in between, the next run knows by the note where the last piece went, and leaves out what of it is there; so that
 * nothing is lost, nothing is there twice, and the order is kept.
 *
 * @throws SLUICE_OVERFLOW_TOO_LARGE where the target doesn't take a message: what was before it has been moved; and what
 *   the stores throw
 */
export async function adoptAll(source: OpenedStore, target: OpenedStore, world: AdoptionWorld): Promise<Adopted> {
  const adopting = new Adoption(source, target, world)
  while (await adopting.next());
  return adopting.adopted
}

/** The first of some messages that a store doesn't take whose messages may have so many bytes; see `AdoptionWorld`. */
export function unwritableIn(messages: readonly Message[], mostBytes: number): Unwritable | undefined {
  const encoder = new FrameEncoder({ frameBytes: Math.min(FRAME_BYTES, mostBytes), mostBytes })
  return encoder.encode(messages).unwritable[0]
}

/** Messages of the source that are moved together. */
interface Piece extends StoredChunk {
  /** The first number that wasn't settled. */
  readonly from: number
}

class Adoption {
  readonly adopted = { messages: 0, before: 0 }
  readonly #source: OpenedStore
  readonly #target: OpenedStore
  readonly #world: AdoptionWorld
  #settled: Settled

  constructor(source: OpenedStore, target: OpenedStore, world: AdoptionWorld) {
    this.#source = source
    this.#target = target
    this.#world = world
    this.#settled = source.settled
  }

  /** Moves a piece. @returns false where nothing is left. */
  async next(): Promise<boolean> {
    if (this.#settled.below >= this.#source.store.next) return false
    const piece = await this.#read()
    const there = await this.#countThere(piece)
    if (there > 0) {
      await this.#settle(piece, there)
      this.adopted.before += there
    } else await this.#move(piece)
    return true
  }

  /** A piece that an earlier run has noted is read as it was then. */
  async #read(): Promise<Piece> {
    const { store } = this.#source
    const { below: from } = this.#settled
    const { noted } = this.#world
    const until = noted?.from === from ? Math.min(noted.until, store.next) : from
    const messages: StoredMessage[] = []
    const lost: StoredRange[] = []
    let at = from
    do {
      const chunk = await store.read(at, until > at ? Math.min(PIECE, until - at) : PIECE)
      messages.push(...chunk.messages)
      lost.push(...chunk.lost)
      at = Math.max(chunk.next, at + 1)
    } while (at < until)
    return { from, messages, lost, next: at }
  }

  /** How many of a piece an earlier run has appended: it noted where, and they must be there as they are here. */
  async #countThere({ from, messages }: Piece): Promise<number> {
    const { noted } = this.#world
    if (noted?.from !== from) return 0
    const { store } = this.#target
    let count = 0
    while (count < messages.length && noted.to + count < store.next) {
      const there = (await store.read(noted.to + count, messages.length - count)).messages
      if (there.length === 0) return count
      for (const each of there) {
        if (!isSame(each, messages[count], noted.to + count)) return count
        count++
      }
    }
    return count
  }

  async #move(piece: Piece): Promise<void> {
    const { store } = this.#target
    const all = messagesOf(piece.messages)
    const refused = this.#world.unwritable(all)
    const end = refused === undefined ? all.length : all.indexOf(refused.message)
    if (end > 0) {
      await this.#world.note({ from: piece.from, until: this.#endOf(piece, end), to: store.next })
      // The age that is limited is counted from then on: nothing is to grow too old by being moved.
      this.#world.storedAt(piece.messages[end - 1]!.storedAt)
      const { stored, unwritable } = store.append(all.slice(0, end))
      await stored
      if (unwritable.length > 0) throw unwritable[0]!.error
    }
    if (end > 0 || refused === undefined) await this.#settle(piece, end)
    if (refused !== undefined) throw refused.error
  }

  /** From where to go on behind so many of its messages. */
  #endOf({ messages, next }: Piece, count: number): number {
    return count < messages.length ? messages[count]!.number : next
  }

  /** The first messages of a piece are in the target; what is damaged before them is given up. */
  async #settle(piece: Piece, count: number): Promise<void> {
    const until = this.#endOf(piece, count)
    const lost = piece.lost.filter(({ to }) => to <= until)
    const missing = lost.reduce((sum, { from, to }) => sum + to - from, 0)
    const parts = piece.messages.slice(0, count).reduce((sum, each) => sum + (each.parts?.length ?? 1), 0)
    const { above, parts: before } = this.#settled
    const below = above.reduce((end, { from, to }) => (from <= end ? Math.max(end, to) : end), until)
    this.#settled = { below, above: above.filter(({ from }) => from >= below), parts: before + parts + missing }
    await this.#source.store.commit(this.#settled)
    for (const range of lost) this.#world.onLost(range)
    this.adopted.messages += count
  }
}

/** As the kernel makes them of what was stored. Nobody waits for them. */
function messagesOf(stored: readonly StoredMessage[]): Message[] {
  const group = new Group(NOBODY, 0)
  return stored.map((each) => storedFrom(each, new Envelope(group, each.time, each)))
}

const NOBODY: Origin = { name: '', idPrefix: '', acked: () => undefined, ended: () => undefined }

function isSame(there: StoredMessage, here: StoredMessage | undefined, number: number): boolean {
  if (here === undefined || there.number !== number) return false
  return isDeepStrictEqual({ ...there, number: 0, storedAt: 0 }, { ...here, number: 0, storedAt: 0 })
}
