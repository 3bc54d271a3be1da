import type { Settled } from '../../core/overflow-store.ts'
import { redisError } from '../../redis/errors.ts'
import type { RedisArgument, RedisReply } from '../../redis/sender.ts'
import { overflowError } from '../errors.ts'
import {
  ONE_FRAME,
  FRAMES_PER_LIMIT,
  type FrameChunk,
  type FrameStore,
  type FrameStoreEvents,
  type NewFrame,
  type StoredSettled,
} from '../spill/frame-store.ts'
import { stretchesIn, writtenOf } from './committed.ts'
import { openSession, type RedisPlace, type RedisStoreWorld, type Remembered } from './opening.ts'
import type { Session } from './session.ts'
import { StreamCursor } from './stream-cursor.ts'
import { APPEND, COMMIT, ENTRY_BYTES } from './stream-scripts.ts'

/** A command with a larger frame would hold up the server, and all who use it, for too long. */
const LARGEST_FRAME_BYTES = 64 * 1024 ** 2
/** What WAIT may take of the time for an answer. */
const WAIT_SHARE = 1 / 2

/** What a script says: it is done, the lease is not ours, or what is at the end of the stream isn't; and what it has found. */
type Outcome = readonly [is: 1 | 0 | -1, ...found: readonly (string | null)[]]

/** Frames as they are stored. */
interface Entries {
  readonly args: readonly RedisArgument[]
  readonly lastId: string
  /** Behind them. */
  readonly next: number
  readonly bytesUntilNext: number
}

/**
 * The Redis store of an overflow: a stream with a frame in each entry, a hash with what is settled, and a lease.
 *
 *     <epoch 1>-0 | -1 | -201 | … | <epoch 2>-0 | -4711 | -4890 | …
 *     opened        frames          opened by the next owner
 *
 * Ids are given by the owner, and grow. So the server itself keeps the order, refuses a frame that comes twice, and refuses
 * the frames of an owner whose turn is over; the scripts compare the lease as well. What takes effect can be repeated at
 * any time, because an answer may be lost.
 *
 * What was confirmed and isn't there any more, because somebody has deleted it or the server has lost it, is a gap in the
 * numbers, and told as lost. Where the hash is gone too, a store that is opened again still knows what it knew.
 */
export class RedisStore implements FrameStore {
  readonly mostFrameBytes: number
  readonly #place: RedisPlace
  readonly #world: RedisStoreWorld
  #session: Session | undefined
  /** From the time before. */
  #remembered: Remembered = { epoch: 0, next: 1, settled: undefined }

  constructor(place: RedisPlace, world: RedisStoreWorld) {
    this.mostFrameBytes = Math.min(Math.floor(place.limit / FRAMES_PER_LIMIT), LARGEST_FRAME_BYTES)
    this.#place = place
    this.#world = world
  }

  get next(): number {
    return (this.#session ?? this.#remembered).next
  }

  get bytes(): number {
    return this.#session?.bytes ?? 0
  }

  /**
   * @throws SLUICE_REDIS_LEASE_HELD where somebody else has it, SLUICE_REDIS_WRONG_TYPE, SLUICE_OVERFLOW_NEWER, what the
   *   checks of the server throw, and what keeps it from answering
   */
  async open(events: FrameStoreEvents): Promise<StoredSettled | undefined> {
    const onOwnerLost = (error: Error): void => events.onOwnerLost(error)
    const session = await openSession(this.#place, { ...this.#world, remembered: this.#remembered, onOwnerLost })
    this.#session = session
    return session.settled
  }

  /**
   * @throws SLUICE_OVERFLOW_CLOSED, SLUICE_OVERFLOW_OWNER_LOST, and what keeps the server from answering: as its code says
   *   nothing is stored then, or nobody knows whether anything is
   */
  async append(number: number, frames: readonly NewFrame[]): Promise<void> {
    const session = this.#owned()
    const count = frames.reduce((sum, frame) => sum + frame.count, 0)
    if (number + count === session.next) return // They are there already.
    if (number !== session.next) {
      const problem = `the next message in ${session.name} is ${session.next}, not ${number}`
      throw overflowError('SLUICE_OVERFLOW_OWNER_LOST', `${problem}: somebody else has written to it`)
    }
    await session.kept(this.#append(session, frames))
  }

  /** @throws SLUICE_OVERFLOW_CLOSED, SLUICE_OVERFLOW_OWNER_LOST, and what keeps the server from answering */
  async read(from: number, mostBytes: number): Promise<FrameChunk> {
    const session = this.#owned()
    // Who reads on isn't disturbed by one frame that is looked at.
    const cursor = mostBytes > ONE_FRAME ? session.cursor : new StreamCursor(session, mostBytes)
    const chunk = await session.kept(cursor.read(from, mostBytes))
    // Meanwhile this process may have stood still for longer than the lease.
    this.#held(session)
    return chunk
  }

  /** @throws SLUICE_OVERFLOW_CLOSED, SLUICE_OVERFLOW_OWNER_LOST, and what keeps the server from answering */
  async commit(settled: Settled): Promise<void> {
    const session = this.#owned()
    // A read that is under way must not miss what this gives back.
    session.head = Math.max(session.head, settled.below)
    await session.kept(this.#commit(session, settled))
  }

  async close(): Promise<void> {
    const session = this.#session
    if (session === undefined) return
    this.#session = undefined
    await session.idle()
    this.#remembered = { epoch: session.lease.epoch, next: session.next, settled: settledOf(session) }
    await session.end()
  }

  async #append(session: Session, frames: readonly NewFrame[]): Promise<void> {
    const entries = entriesFor(session, frames)
    const outcome = await this.#appended(session, entries)
    this.#demand(session, outcome)
    session.next = entries.next
    session.bytesUntilNext = entries.bytesUntilNext
  }

  async #appended({ connection, lease }: Session, { lastId, next, args }: Entries): Promise<RedisReply> {
    const { keys, redis } = this.#place
    const all = [keys.lease, keys.frames, keys.commit]
    const given = [lease.value ?? '', lastId, next, ...args]
    if (redis.durability !== 'replicated') return connection.run(APPEND, all, given)
    const withinMs = redis.commandTimeout * WAIT_SHARE
    const { reply, replicas } = await connection.runReplicated(APPEND, { keys: all, args: given, withinMs })
    // One that wasn't stored needs no replica; one that was is found again, and waited for again.
    if ((reply as Outcome)[0] !== 1 || replicas > 0) return reply
    const message = `append frames at ${connection.address}: no replica has confirmed them within ${withinMs} ms`
    throw redisError('SLUICE_REDIS_NO_REPLICAS', message)
  }

  async #commit(session: Session, settled: Settled): Promise<void> {
    const { connection, lease, next } = session
    const { keys } = this.#place
    const { below } = settled
    const [above, parts] = writtenOf(settled)
    const args = [lease.value ?? '', below, above, parts, session.idOf(below), session.bytesUntilNext]
    const stretches = stretchesIn(above, below).flatMap(({ from, to }) => [
      from,
      to,
      session.idOf(from),
      session.idOf(to),
    ])
    const outcome = await connection.run(COMMIT, [keys.lease, keys.frames, keys.commit], [...args, ...stretches])
    const [inGaps, bytes] = this.#demand(session, outcome)
    session.settled = settled
    session.bytesInGaps = Number(inGaps)
    if (typeof bytes === 'string') session.bytesBeforeHead = Number(bytes)
    else if (below === next && next === session.next) session.bytesBeforeHead = session.bytesUntilNext
  }

  #owned(): Session {
    if (this.#session !== undefined) return this.#held(this.#session)
    throw overflowError('SLUICE_OVERFLOW_CLOSED', `the overflow in "${this.#place.keys.frames}" is closed`)
  }

  /** By the monotonic clock: whoever was paused for too long does nothing more, whether or not he was told. */
  #held(session: Session): Session {
    if (session.lost !== undefined) throw session.lost
    if (session.lease.isHeld) return session
    throw session.lose(new Error('its lease was not renewed in time'))
  }

  /** @returns what a script has found, where it is done. @throws SLUICE_OVERFLOW_OWNER_LOST */
  #demand(session: Session, reply: RedisReply): readonly (string | null)[] {
    const [is, ...found] = reply as unknown as Outcome
    if (is === 1) return found
    throw session.lose(new Error(is === 0 ? whoHas(found[0]) : `its last entry is ${found[0]}, which is none of ours`))
  }
}

/** Where nothing was ever committed, nothing is settled from the first frame on: what of it is gone later is lost. */
function settledOf({ settled, head }: Session): StoredSettled {
  return settled ?? { below: head, above: [], parts: head === 1 ? 0 : undefined }
}

function whoHas(held: string | null | undefined): string {
  return held ? `the lease is "${held}" now` : 'the lease has run out, or was removed'
}

function entriesFor({ next, bytesUntilNext, lease }: Session, frames: readonly NewFrame[]): Entries {
  const args: RedisArgument[] = []
  let [number, bytes, lastId] = [next, bytesUntilNext, '']
  for (const { count, payload } of frames) {
    lastId = `${lease.epoch}-${number}`
    args.push(lastId, count, bytes, Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength))
    number += count
    bytes += payload.byteLength + ENTRY_BYTES
  }
  return { args, lastId, next: number, bytesUntilNext: bytes }
}
