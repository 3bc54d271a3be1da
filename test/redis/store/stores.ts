import { onTestFinished } from 'vitest'
import type { z } from 'zod'
import { realEnv, type Env } from '../../../src/core/env.ts'
import type { SluiceError } from '../../../src/core/errors.ts'
import type { StoredRange } from '../../../src/core/overflow-store.ts'
import { redisStoreOptions } from '../../../src/overflow/redis-store/options.ts'
import { RedisStore } from '../../../src/overflow/redis-store/redis-store.ts'
import type { NewFrame, StoredSettled } from '../../../src/overflow/spill/frame-store.ts'
import { passes } from '../../../src/redis/errors.ts'
import { keysOf } from '../../../src/redis/keys.ts'
import type { FrameStorePlace } from '../../../src/testing/index.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { keptLog, type KeptLog } from '../connecting.ts'

export type Given = z.input<typeof redisStoreOptions>

export const KEYS = keysOf({ pipeline: 'orders', node: 'ledger' })
const LIMIT = 1024 ** 3
const FRAME_BYTES = 1000
const FRAMES_PER_CALL = 3
/** Frames of three messages each. */
export const MANY = 120
/** So that a fault is noticed soon; a lease is only lost where a test wants it. */
const FAST = { connectTimeout: '1s', commandTimeout: '500ms', lease: '30s', durability: 'memory' } as const

interface World {
  readonly env?: Env
  readonly name?: string
  readonly log?: KeptLog
}

export function storeAt(url: string, given: Given = {}, { env = realEnv, name = 'web-1', log }: World = {}) {
  const redis = redisStoreOptions.parse({ url, ...FAST, ...given })
  const place = { redis, keys: KEYS, limit: LIMIT, frameBytes: FRAME_BYTES, owner: name }
  return new RedisStore(place, { env, log: log ?? keptLog() })
}

/** A frame whose bytes tell which numbers it has. */
export function frame(number: number, count = 3, bytes = FRAME_BYTES): NewFrame {
  const payload = Buffer.alloc(bytes, number % 251)
  payload.writeUIntBE(number, 0, 6)
  return { payload, count }
}

/** An owner of a store, as an overflow is: what fails is tried again, and what was confirmed is remembered. */
export class Owner {
  readonly store: RedisStore
  readonly lost: Error[] = []
  readonly failures: SluiceError[] = []
  settled: StoredSettled | undefined
  #isOpen = false

  constructor(store: RedisStore) {
    this.store = store
    onTestFinished(() => this.close().catch(() => undefined))
  }

  get codes(): string[] {
    return this.failures.map(({ code }) => code)
  }

  /** Opens it, again while it fails with what passes. */
  async open(): Promise<this> {
    await this.insist(async () => {
      this.settled = await this.store.open({ onOwnerLost: (error) => void this.lost.push(error) })
    })
    this.#isOpen = true
    return this
  }

  /** Appends frames of three messages each in one call, again while it fails with what passes. */
  async append(frames = 1, bytes = FRAME_BYTES): Promise<void> {
    const { next } = this.store
    const given = Array.from({ length: frames }, (_, at) => frame(next + 3 * at, 3, bytes))
    await this.insist(() => this.store.append(next, given))
  }

  /** All of `MANY` frames, some at a time. */
  async fill(): Promise<void> {
    for (let frames = 0; frames < MANY; frames += FRAMES_PER_CALL) await this.append(FRAMES_PER_CALL)
  }

  async commit(below: number, above: readonly StoredRange[] = []): Promise<void> {
    await this.insist(() => this.store.commit({ below, above, parts: below - 1 }))
  }

  /** The numbers of the frames from one on, and what is lost; each frame must be as it was given. */
  async read(from = 1): Promise<{ numbers: number[]; lost: StoredRange[] }> {
    const numbers: number[] = []
    const lost: StoredRange[] = []
    for (let next = from; next < this.store.next;) {
      const chunk = await this.insist(() => this.store.read(next, 20_000))
      for (const { number, count, payload } of chunk.frames) {
        if (!Buffer.from(payload).equals(frame(number, count, payload.length).payload))
          throw new Error(`other bytes at ${number}`)
        numbers.push(number)
      }
      lost.push(...chunk.lost)
      if (chunk.next <= next) throw new Error(`no way on at ${next}`)
      next = chunk.next
    }
    return { numbers, lost }
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    await this.store.close()
  }

  async insist<T>(attempt: () => Promise<T>): Promise<T> {
    const [value] = await until(
      async () => {
        try {
          return [await attempt()] as const
        } catch (error) {
          if (!passes(error)) throw error
          this.failures.push(error as SluiceError)
          return false
        }
      },
      () => `an end of ${this.failures.at(-1)?.message}`,
    )
    return value
  }
}

export function owner(url: string, given: Given = {}, world: World = {}): Promise<Owner> {
  return new Owner(storeAt(url, given, world)).open()
}

/** The numbers of the first frames of three messages. */
export const numbersTo = (count: number, first = 1): number[] =>
  Array.from({ length: count }, (_, at) => first + 3 * at)

/** A server that is empty; each store has a connection of its own that can be cut. */
export async function placeOf(server: TestRedis, given: Given = {}): Promise<FrameStorePlace> {
  const proxies = new Map<unknown, TcpProxy>()
  const all: TcpProxy[] = []
  // Made in advance, because a store is made at once; no check needs more.
  for (let made = 0; made < 6; made++) all.push(await TcpProxy.start(server.port))
  return {
    store: () => {
      const proxy = all[proxies.size]!
      const store = storeAt(proxy.url, given)
      proxies.set(store, proxy)
      return store
    },
    crash: async (store) => {
      proxies.get(store)!.shut()
      // As if its time were up.
      await server.cli('del', KEYS.lease)
    },
    fail: async (isFailing) => void (await server.cli('config', 'set', 'maxmemory', isFailing ? 1 : 0)),
  }
}

/** A replica that has caught up; its starter calls `destroy`. */
export async function replicaOf(master: TestRedis): Promise<TestRedis> {
  const replica = await TestRedis.launch({ replicaof: `127.0.0.1 ${master.port}` })
  await until(
    async () => (await master.info('slave0'))?.includes('state=online'),
    () => 'the replica to be there',
  )
  return replica
}
