import { randomUUID } from 'node:crypto'
import type { Env, Timer } from '../core/env.ts'
import { SluiceError } from '../core/errors.ts'
import type { RedisConnection } from './connection.ts'
import { passes, redisError } from './errors.ts'
import type { RedisKeys } from './keys.ts'
import { ACQUIRE, RELEASE, RENEW } from './lease-scripts.ts'

export interface RedisLeaseOptions {
  readonly connection: RedisConnection
  readonly env: Env
  readonly keys: Pick<RedisKeys, 'lease' | 'epoch'>
  /** Who asks, for people, such as "web-1:4711". Leases of one owner exclude each other too. */
  readonly owner: string
  /** For how long the lease holds without being renewed, ms. */
  readonly ttlMs: number
  /** Called once for each time that the lease was held, if it ended without `release`: SLUICE_REDIS_LEASE_LOST. */
  readonly onLost: (error: SluiceError) => void
  /** A stream that gets an opening entry `<epoch>-0`, behind which it takes no entry of an earlier epoch. */
  readonly fences?: string
}

/** What came of asking for a lease. */
export type LeaseAnswer =
  | { readonly isHeld: true; readonly epoch: number }
  | {
      readonly isHeld: false
      /** Who has it. */
      readonly owner: string
      /** When it ends unless it is renewed, ms from now; undefined where somebody has stored it without an end. */
      readonly leftMs: number | undefined
    }

/** What is not claimed of the ttl: the ways of messages, and clocks that run at a slightly other speed. */
const MARGIN = 1 / 10
const RENEW_EVERY = 1 / 3
/** After a failure that passes, so that several tries fit into what is left. */
const RETRY_AFTER = 1 / 15

/** One time that a lease is held. */
interface Holding {
  /** What is stored under the key. */
  readonly value: string
  readonly epoch: number
  /** By the monotonic clock; what was promised when the last renewal was *sent*, less the margin. */
  until: number
  renewal?: Timer
  expiry?: Timer
}

/**
 * The exclusive, expiring right to something, kept in Redis.
 *
 * Two owners may believe in it at once, when one of them was paused: no lease can keep that from happening. Hence two
 * safeguards. `isHeld` turns false by the monotonic clock, before the ttl has passed, whether or not Redis can be
 * reached, so that whoever wakes up knows at once. And the epoch, which grows with each owner, goes along with every
 * write as a fencing token, so that what arrives late is refused where it arrives.
 *
 * Wall clocks of clients play no part: the ttl runs in the server, the claim by the monotonic clock of here. (Which
 * stands still while a virtual machine is suspended: there only the epoch helps.)
 */
export class RedisLease {
  readonly #options: RedisLeaseOptions
  /** What the stored value begins with, for as long as this object lives. */
  readonly #claim: string
  #epoch = 0
  #holding: Holding | undefined
  #acquiring: Promise<LeaseAnswer> | undefined

  constructor(options: RedisLeaseOptions) {
    this.#options = options
    this.#claim = `${options.owner}|${randomUUID()}|`
  }

  /** Whether it may still be acted upon. */
  get isHeld(): boolean {
    return this.#holding !== undefined && this.#options.env.now() < this.#holding.until
  }

  /** The fencing token of the time that it is held, or was last; 0 before. */
  get epoch(): number {
    return this.#epoch
  }

  /** What is stored while it is held, for scripts that only its owner may run: they compare. */
  get value(): string | undefined {
    return this.#holding?.value
  }

  /**
   * Asks once. Asking again is safe, also where nobody knows what became of the last time: the same object gets the lease
   * again, with a higher epoch.
   *
   * @throws what keeps the server from answering
   */
  acquire(): Promise<LeaseAnswer> {
    return (this.#acquiring ??= this.#acquire().finally(() => (this.#acquiring = undefined)))
  }

  async #acquire(): Promise<LeaseAnswer> {
    const { connection, env, keys, owner, ttlMs, fences } = this.#options
    this.#drop()
    const askedAt = env.now()
    const all = fences === undefined ? [keys.lease, keys.epoch] : [keys.lease, keys.epoch, fences]
    const answer = (await connection.run(ACQUIRE, all, [this.#claim, owner, ttlMs])) as [number, string, number?]
    const [isTaken, value, left = 0] = answer
    if (isTaken === 0) return { isHeld: false, owner: ownerIn(value), leftMs: left < 0 ? undefined : left }
    this.#epoch = Number(value.slice(this.#claim.length))
    this.#hold({ value, epoch: this.#epoch, until: this.#claimedUntil(askedAt) })
    return { isHeld: true, epoch: this.#epoch }
  }

  /**
   * Gives it back, so that the next one needn't wait for its end. It is no more claimed when this is called.
   *
   * @returns whether it was still ours in Redis
   * @throws what keeps the server from answering; it ends by itself then
   */
  async release(): Promise<boolean> {
    await this.#acquiring?.catch(() => undefined)
    this.#drop()
    return (await this.#options.connection.run(RELEASE, [this.#options.keys.lease], [this.#claim])) === 1
  }

  #hold(holding: Holding): void {
    this.#holding = holding
    this.#planRenewal(holding, RENEW_EVERY)
    this.#planExpiry(holding)
  }

  #drop(): void {
    this.#holding?.renewal?.cancel()
    this.#holding?.expiry?.cancel()
    this.#holding = undefined
  }

  #claimedUntil(askedAt: number): number {
    return askedAt + this.#options.ttlMs * (1 - MARGIN)
  }

  #planRenewal(holding: Holding, share: number): void {
    const { env, ttlMs } = this.#options
    holding.renewal = env.after(ttlMs * share, () => void this.#renew(holding))
  }

  /** Tells the end also while a renewal has no answer. */
  #planExpiry(holding: Holding): void {
    const { env } = this.#options
    holding.expiry?.cancel()
    holding.expiry = env.after(Math.max(0, holding.until - env.now()), () =>
      this.#lose(holding, 'it could not be renewed in time'),
    )
  }

  async #renew(holding: Holding): Promise<void> {
    const { connection, env, keys, ttlMs } = this.#options
    // Whoever was paused for too long doesn't ask: between this and the answer others may have had it.
    if (env.now() >= holding.until) return this.#lose(holding, 'it could not be renewed in time')
    const askedAt = env.now()
    try {
      const isRenewed = (await connection.run(RENEW, [keys.lease], [holding.value, ttlMs])) === 1
      if (this.#holding !== holding) return
      if (!isRenewed) return this.#lose(holding, 'somebody else has it, or it was removed')
      holding.until = this.#claimedUntil(askedAt)
      this.#planExpiry(holding)
      this.#planRenewal(holding, RENEW_EVERY)
    } catch (error) {
      if (this.#holding !== holding) return
      if (passes(error)) this.#planRenewal(holding, RETRY_AFTER)
      else this.#lose(holding, 'it could not be renewed', error)
    }
  }

  #lose(holding: Holding, why: string, cause?: unknown): void {
    if (this.#holding !== holding) return
    this.#drop()
    const message = `lost the lease "${this.#options.keys.lease}" of epoch ${holding.epoch}: ${why}`
    this.#options.onLost(redisError('SLUICE_REDIS_LEASE_LOST', message, cause))
  }
}

/** Who, of a stored value; all of it where somebody else has written it. */
export function ownerIn(value: string): string {
  return /^(.*)\|[^|]*\|\d+$/s.exec(value)?.[1] ?? value
}
