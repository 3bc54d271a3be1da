import type { OverflowStore } from '../../core/overflow-store.ts'
import { keysOf, type KeyPlace } from '../../redis/keys.ts'
import { FRAME_BYTES } from '../spill/embedded.ts'
import type { Codec } from '../spill/frame-header.ts'
import { FramedStore } from '../spill/framed-store.ts'
import type { RedisStoreWorld } from './opening.ts'
import { ownerHere, type RedisStoreOptions } from './options.ts'
import { RedisStoreLook } from './look.ts'
import { RedisStore } from './redis-store.ts'

export { redisStoreOptions, type RedisStoreInput, type RedisStoreOptions } from './options.ts'

export interface RedisOverflow {
  readonly redis: RedisStoreOptions
  /** Whose it is: the keys are named for it. */
  readonly place: Omit<KeyPlace, 'prefix'>
  /** Bytes that its owner wants to keep at most; a message may take an eighth. */
  readonly limit: number
  /** Of a frame with several messages; 63 KB where nothing is said, which Redis keeps in a block of 64. */
  readonly frame?: number
  readonly codec?: Codec
  /** Who has it, for people; host and process where nothing is said. */
  readonly owner?: string
}

/** An overflow in Redis. */
export function redisOverflow(options: RedisOverflow, world: RedisStoreWorld): OverflowStore {
  const { redis, place, limit, frame: frameBytes = FRAME_BYTES, codec = 'json', owner = ownerHere() } = options
  const keys = keysOf({ ...place, prefix: redis.prefix })
  const store = new RedisStore({ redis, keys, limit, frameBytes, owner }, world)
  return new FramedStore(store, { frameBytes, codec }, world.env)
}

/** The same to look at only, while whoever has it goes on. */
export interface RedisOverflowLook {
  readonly store: OverflowStore
  /** Who has it, for people; from the time that the store is open. */
  readonly owner: () => string | undefined
}

/** An overflow in Redis, to look at: it is read, also while another owner has it, and never written to. */
export function redisOverflowLook({ redis, place }: RedisOverflow, world: RedisStoreWorld): RedisOverflowLook {
  const look = new RedisStoreLook(
    { redis, keys: keysOf({ ...place, prefix: redis.prefix }), frameBytes: FRAME_BYTES },
    world,
  )
  const store = new FramedStore(look, { frameBytes: FRAME_BYTES, codec: 'json' }, world.env)
  return { store, owner: () => look.owner }
}
