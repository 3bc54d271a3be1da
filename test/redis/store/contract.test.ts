import { afterAll, beforeAll, describe, test } from 'vitest'
import { frameStoreContract } from '../../../src/testing/index.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { placeOf, replicaOf } from './stores.ts'

const AOF = { appendonly: 'yes', appendfsync: 'everysec' }

frameStoreContract({ describe, test }, 'Redis, in memory', async () => placeOf(await TestRedis.start()))
frameStoreContract({ describe, test }, 'Redis, with an append-only file', async () =>
  placeOf(await TestRedis.start(AOF), { durability: 'aof' }),
)

describe('with a replica', () => {
  let master: TestRedis
  let replica: TestRedis

  beforeAll(async () => {
    master = await TestRedis.launch({ ...AOF, 'min-replicas-to-write': 1, 'repl-diskless-sync-delay': 0 })
    replica = await replicaOf(master)
  })
  afterAll(async () => {
    await replica.destroy()
    await master.destroy()
  })

  frameStoreContract({ describe, test }, 'Redis', async () => {
    await master.cli('flushall')
    return placeOf(master, { durability: 'replicated', commandTimeout: '5s' })
  })
})
