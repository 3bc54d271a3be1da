/** Tells whether ioredis is loaded before and after the first connection is opened; to nobody, which is enough. */
import { createRequire } from 'node:module'
import { realEnv } from '../../src/core/env.ts'
import { RedisConnection } from '../../src/redis/connection.ts'
import { redisOptions } from '../../src/redis/options.ts'

const { cache } = createRequire(import.meta.url)
const isLoaded = (): boolean => Object.keys(cache).some((path) => path.includes('/node_modules/ioredis/'))

const before = isLoaded()
const options = redisOptions.parse({ url: 'redis://127.0.0.1:1' })
await RedisConnection.open(options, { env: realEnv, log: console }).catch(() => undefined)
process.stdout.write(JSON.stringify({ before, after: isLoaded() }))
