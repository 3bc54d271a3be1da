import { describe, test } from 'vitest'
import { frameStoreContract } from '../../../src/testing/index.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { placeOf, replicaOf } from './stores.ts'

const AOF = { appendonly: 'yes', appendfsync: 'everysec' }

frameStoreContract({ describe, test }, 'Redis, in memory', async () => placeOf(await TestRedis.start()))
frameStoreContract({ describe, test }, 'Redis, with an append-only file', async () =>
  placeOf(await TestRedis.start(AOF), { durability: 'aof' }),
)
frameStoreContract({ describe, test }, 'Redis, with a replica', async () => {
  const master = await TestRedis.start({ ...AOF, 'min-replicas-to-write': 1, 'repl-diskless-sync-delay': 0 })
  await replicaOf(master)
  return placeOf(master, { durability: 'replicated' })
})
