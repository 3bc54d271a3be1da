import { RedisConnection } from '../../redis/connection.ts'
import { ownerIn } from '../../redis/lease.ts'
import { overflowError } from '../errors.ts'
import type { FrameChunk, FrameStore, StoredSettled } from '../spill/frame-store.ts'
import { checkLayout, survey, type RedisPlace, type RedisStoreWorld } from './opening.ts'
import { StreamCursor, type Stream } from './stream-cursor.ts'

/** What was there when it was opened. */
interface Seen extends Stream {
  readonly bytes: number
  readonly owner: string | undefined
}

/**
 * The Redis store of an overflow, to look at: what it had when it was opened, as far as it is still there. It takes no
 * lease and writes nothing, so that it can be opened while an owner goes on.
 */
export class RedisStoreLook implements FrameStore {
  /** Nothing is appended. */
  readonly mostFrameBytes = 1
  readonly #place: Pick<RedisPlace, 'redis' | 'keys' | 'frameBytes'>
  readonly #world: RedisStoreWorld
  #seen: Seen | undefined
  #cursor: StreamCursor | undefined

  constructor(place: Pick<RedisPlace, 'redis' | 'keys' | 'frameBytes'>, world: RedisStoreWorld) {
    this.#place = place
    this.#world = world
  }

  get next(): number {
    return this.#seen?.next ?? 1
  }

  get bytes(): number {
    return this.#seen?.bytes ?? 0
  }

  /** Who had the lease, for people. */
  get owner(): string | undefined {
    return this.#seen?.owner
  }

  /** @throws SLUICE_OVERFLOW_NEWER, and what keeps the server from answering */
  async open(): Promise<StoredSettled | undefined> {
    const { redis, keys, frameBytes } = this.#place
    const connection = await RedisConnection.open(redis, this.#world)
    try {
      await checkLayout(connection, keys)
      const held = await connection.send('get', keys.lease)
      const remembered = { epoch: 0, next: 1, settled: undefined }
      const { settled, bytesBeforeHead, bytesUntilNext, ...known } = await survey(connection, {
        keys,
        epoch: 0,
        remembered,
        log: this.#world.log,
      })
      const owner = typeof held === 'string' ? ownerIn(held) : undefined
      this.#seen = { ...known, connection, key: keys.frames, bytes: bytesUntilNext - bytesBeforeHead, owner }
      this.#cursor = new StreamCursor(this.#seen, frameBytes)
      return settled
    } catch (error) {
      await connection.close()
      throw error
    }
  }

  append(): Promise<void> {
    return Promise.reject(this.#refusal())
  }

  /** @throws SLUICE_OVERFLOW_CLOSED, and what keeps the server from answering */
  async read(from: number, mostBytes: number): Promise<FrameChunk> {
    if (this.#cursor === undefined) throw this.#refusal()
    return await this.#cursor.read(from, mostBytes)
  }

  commit(): Promise<void> {
    return Promise.reject(this.#refusal())
  }

  async close(): Promise<void> {
    const seen = this.#seen
    this.#seen = undefined
    this.#cursor = undefined
    await seen?.connection.close()
  }

  #refusal(): Error {
    const { frames } = this.#place.keys
    const why = this.#cursor === undefined ? 'is closed' : 'was opened to look at it only'
    return overflowError('SLUICE_OVERFLOW_CLOSED', `the overflow in "${frames}" ${why}`)
  }
}
