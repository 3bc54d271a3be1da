import { realEnv } from '../../src/core/env.ts'
import type { SluiceError } from '../../src/core/errors.ts'
import type { RedisConnection } from '../../src/redis/connection.ts'
import { keysOf } from '../../src/redis/keys.ts'
import { RedisLease, type RedisLeaseOptions } from '../../src/redis/lease.ts'

export const KEYS = keysOf({ pipeline: 'orders', node: 'ledger' })
/** Longer than any test takes. */
export const TTL_MS = 30_000

export interface Held {
  readonly lease: RedisLease
  readonly lost: SluiceError[]
}

export function leaseOf(connection: RedisConnection, given: Partial<RedisLeaseOptions> = {}): Held {
  const lost: SluiceError[] = []
  const onLost = (error: SluiceError): void => void lost.push(error)
  const defaults = { connection, env: realEnv, keys: KEYS, owner: 'web-1', ttlMs: TTL_MS, onLost }
  return { lease: new RedisLease({ ...defaults, ...given }), lost }
}
