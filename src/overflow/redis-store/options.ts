import { hostname } from 'node:os'
import { z } from 'zod'
import { duration } from '../../kit/units.ts'
import { redisOptions } from '../../redis/options.ts'

/** A renewal that is answered late leaves time for another. */
const ANSWERS_PER_LEASE = 3

/** Options of the Redis store of an overflow, as `store: redis: {…}` in config. */
export const redisStoreOptions = redisOptions
  .safeExtend({
    prefix: z
      .string()
      .min(1)
      .max(200)
      .default('sluice')
      .describe('What all keys begin with; keeps installations apart that share a server.'),
    durability: z
      .enum(['memory', 'aof', 'aof-always', 'replicated'])
      .default('aof')
      .describe(
        'What must not happen to a message that counts as stored: `memory`, that it is evicted; `aof`, that it is lost when the server ends (a power cut may take the last two seconds); `aof-always`, that a power cut takes it; `replicated`, that it is lost with its server, beyond what a failover may take. The server is checked for what it takes.',
      ),
    lease: duration({ min: '500ms', max: '10m' })
      .prefault('10s')
      .describe(
        'For how long an owner has the overflow without a word from it. After a crash another one begins so much later.',
      ),
  })
  .refine(({ lease, commandTimeout }) => lease >= ANSWERS_PER_LEASE * commandTimeout, {
    path: ['lease'],
    error: 'a lease takes at least three times `commandTimeout`, so that one late answer does not end it',
  })

export type RedisStoreOptions = z.output<typeof redisStoreOptions>
/** The same as they are written. */
export type RedisStoreInput = z.input<typeof redisStoreOptions>

/** This process, for people. */
export function ownerHere(): string {
  return `${hostname()}:${process.pid}`
}
