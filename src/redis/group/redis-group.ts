import type { Group, GroupStats, Member } from '../../core/group.ts'
import type { RedisConnection } from '../connection.ts'
import type { Broadcaster } from './broadcaster.ts'
import { groupError } from './errors.ts'
import type { Membership } from './membership.ts'
import type { Patience } from '../patience.ts'
import type { Receiver } from './receiver.ts'

interface Parts {
  readonly group: string
  readonly member: string
  readonly connections: readonly RedisConnection[]
  readonly membership: Membership
  readonly receiver: Receiver
  readonly broadcaster: Broadcaster
  readonly patience: Patience
  /** What goes on until there is an end to waiting. */
  readonly working: readonly Promise<void>[]
}

/** A group over Redis that one has joined. */
export class RedisGroup implements Group {
  readonly #parts: Parts
  #leaving: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
  }

  get name(): string {
    return this.#parts.group
  }

  get member(): string {
    return this.#parts.member
  }

  get stats(): GroupStats {
    return this.#parts.receiver.stats
  }

  /** @throws SLUICE_GROUP_LEFT, and what keeps Redis from answering */
  async members(): Promise<readonly Member[]> {
    if (this.#leaving !== undefined) throw groupError('SLUICE_GROUP_LEFT')
    return await this.#parts.membership.members()
  }

  /** @throws SLUICE_GROUP_LEFT, SLUICE_GROUP_DATA_INVALID, SLUICE_GROUP_NOT_CONFIRMED, SLUICE_REDIS_… */
  broadcast(data: unknown): Promise<void> {
    return this.#parts.broadcaster.send(data)
  }

  leave(): Promise<void> {
    return (this.#leaving ??= this.#leave())
  }

  async #leave(): Promise<void> {
    const { patience, connections, membership, working } = this.#parts
    patience.end()
    const [main, hearing] = connections
    // What it waits for in the server would be waited for otherwise.
    await hearing!.close()
    await Promise.all(working)
    // Out of reach: the name is free when the ttl has passed.
    await membership.leave().catch(() => undefined)
    await main!.close()
  }
}
