import { resolve } from 'node:path'
import { z } from 'zod'
import type { Log } from '../core/component.ts'
import type { Env } from '../core/env.ts'
import type { OverflowStore } from '../core/overflow-store.ts'
import { problemText } from './log/problem-text.ts'
import type { LogProblem } from './log/problem.ts'
import { addressOf, serverOf } from '../redis/options.ts'
import { redisOverflow, redisOverflowLook, redisStoreOptions, type RedisOverflow } from './redis-store/redis.ts'
import { embeddedOptions, embeddedOverflow, type EmbeddedOverflow } from './spill/embedded.ts'
import type { Codec } from './spill/frame-header.ts'

/** What a store is told of the overflow that it is for, whatever kind it is of. */
export interface StorePlace {
  /** Whose it is: no other overflow has the same of both. */
  readonly pipeline: string
  readonly edge: string
  /** A folder that no other overflow has, for what nobody says a place for. */
  readonly folder: string
  /** Most bytes that the overflow keeps. */
  readonly limitBytes: number
  /** Of a frame with several messages; the store's own default where nothing is said. */
  readonly frameBytes?: number | undefined
  readonly codec?: Codec | undefined
  /** One of the `durabilities` of its kind; the first where nothing is said. */
  readonly durability?: string | undefined
}

/** Where the store of a run is made, and what it may call itself there. */
export interface StoreWorld {
  readonly env: Env
  readonly log: Log
  readonly name: string
}

/** Where a store is, without what is secret: it is kept, to find what was stored when its overflow is no more. */
export type StoreAddress =
  | { readonly kind: 'embedded'; readonly folder: string }
  | { readonly kind: 'redis'; readonly server: string; readonly prefix: string }

/** A store that is looked at: nothing is written to it, and whoever has it goes on. */
export interface StoreLook {
  readonly store: OverflowStore
  /** Who has it, for people; from the time that the store is open. */
  owner(): string | undefined
}

/** A store with its options, of one overflow. Nothing is opened before it is asked to. */
export interface BoundStore {
  readonly kind: string
  /** What no other node and no other overflow can have, in the words of a message. */
  readonly exclusive: string
  /** Where it is, if that is a folder of this machine. */
  readonly folder: string | undefined
  readonly limitBytes: number
  /** The largest message that it takes. */
  readonly mostMessageBytes: number
  readonly address: StoreAddress
  create(world: StoreWorld): OverflowStore
  /** To look at it, where its kind can be looked at while somebody has it. */
  look?(world: StoreWorld): StoreLook
  /** The store of another edge of the pipeline at the same server, reached by the same options; where it is at one. */
  sibling?(edge: string, prefix?: string): BoundStore
}

/** A message takes at most this part of what its overflow may keep; in Redis there is a limit of its own besides. */
const MESSAGES_PER_LIMIT = 8
const LARGEST_IN_REDIS_BYTES = 64 * 1024 ** 2

// Durability stands beside `store:`, for every kind of it.
const embeddedPlace = embeddedOptions.omit({ durability: true }).extend({
  folder: embeddedOptions.shape.folder.describe(
    'Folder of the store, one for each overflow, seen from the folder of the file of the pipeline; where it is left out, one under the data directory.',
  ),
})

const { durability: redisDurability, ...redisShape } = redisStoreOptions.shape
const redisFields = z.strictObject(redisShape)
type RedisPlace = z.output<typeof redisFields>
/** With the relations between what is left. */
const redisPlace = redisFields.check(...((redisStoreOptions.def.checks ?? []) as z.core.$ZodCheck<RedisPlace>[]))

/** A kind of store, as `store:` names it. */
export interface StoreKind<S extends z.ZodType = z.ZodType> {
  readonly options: S
  /** When a message counts as stored, by the words for it; the first is the default. */
  readonly durabilities: readonly [string, ...string[]]
  bind(options: z.output<S>, place: StorePlace): BoundStore
}

const embedded: StoreKind<typeof embeddedPlace> = {
  options: embeddedPlace,
  durabilities: ['disk', 'os'],
  bind(given, { limitBytes, frameBytes, codec, durability, ...place }) {
    const folder = resolve(given.folder ?? place.folder)
    const options: EmbeddedOverflow = {
      folder,
      limit: limitBytes,
      durability: embeddedOptions.shape.durability.parse(durability),
      ...(frameBytes === undefined ? {} : { frame: frameBytes }),
      ...(codec === undefined ? {} : { codec }),
    }
    return {
      kind: 'embedded',
      exclusive: `folder ${folder}`,
      folder,
      limitBytes,
      mostMessageBytes: Math.floor(limitBytes / MESSAGES_PER_LIMIT),
      address: { kind: 'embedded', folder },
      create: ({ env, log, name }) => embeddedOverflow({ ...options, report: teller(log, name) }, env),
    }
  },
}

const redis: StoreKind<typeof redisPlace> = {
  options: redisPlace,
  durabilities: ['aof', 'aof-always', 'replicated', 'memory'],
  bind(given, place) {
    const { limitBytes, frameBytes, codec, durability, pipeline, edge } = place
    const options: RedisOverflow = {
      redis: { ...given, durability: redisDurability.parse(durability) },
      place: { pipeline, node: edge },
      limit: limitBytes,
      ...(frameBytes === undefined ? {} : { frame: frameBytes }),
      ...(codec === undefined ? {} : { codec }),
    }
    return {
      kind: 'redis',
      exclusive: `${given.prefix}:${pipeline}/${edge} on ${addressOf(given)}`,
      folder: undefined,
      limitBytes,
      mostMessageBytes: Math.min(Math.floor(limitBytes / MESSAGES_PER_LIMIT), LARGEST_IN_REDIS_BYTES),
      address: { kind: 'redis', server: serverText(given), prefix: given.prefix },
      create: (world) => redisOverflow(options, world),
      look: (world) => redisOverflowLook(options, world),
      sibling: (other, prefix = given.prefix) => redis.bind({ ...given, prefix }, { ...place, edge: other }),
    }
  },
}

/** Which database of which server: other options of a connection don't lead elsewhere. */
function serverText(given: RedisPlace): string {
  const database = given.db ?? (given.url === undefined ? 0 : (serverOf(given.url).db ?? 0))
  return database === 0 ? addressOf(given) : `${addressOf(given)}, database ${database}`
}

/** Every kind of store that an overflow may have, by the name that config knows it by; the first is the default. */
export const STORES = { embedded, redis } as const

export type StoreName = keyof typeof STORES
export const STORE_NAMES = Object.keys(STORES) as [StoreName, ...StoreName[]]

type Binding = { bind(options: never, place: StorePlace): BoundStore }

/** @param options those that the schema of this kind gave. */
export function bindStore(name: StoreName, options: unknown, place: StorePlace): BoundStore {
  const kind: Binding = STORES[name]
  return kind.bind(options as never, place)
}

/** Says in the log what is not as it was written. */
function teller(log: Log, name: string): (problem: LogProblem) => void {
  return (problem) => log.warn(problemText(problem), { overflow: name, ...problem })
}
