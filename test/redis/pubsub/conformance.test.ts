import { afterAll, describe, test } from 'vitest'
import { redisPubsub as publishing } from '../../../src/consumers/redis-pubsub.ts'
import { redisPubsub as hearing } from '../../../src/producers/redis-pubsub.ts'
import { batch } from '../../../src/stages/batch.ts'
import { conformanceTests } from '../../../src/testing/index.ts'
import { TestRedis } from '../../support/redis-server.ts'

// Here, because components are made while the tests are declared.
const server = await TestRedis.launch()
afterAll(() => server.destroy())

const values = Array.from({ length: 7 }, (_, id) => ({ id }))
const { url } = server

async function supply(count: number): Promise<void> {
  for (let id = 0; id < count; id++) await server.cli('publish', 'heard', `{"id":${id}}`)
}

describe('redis-pubsub, the consumer', () => {
  conformanceTests({ describe, test }, () => publishing({ url, channel: 'spoken' }), { values, malformed: [1n] })
})

describe('redis-pubsub, the consumer, given batches', () => {
  const before = [batch({ size: 2 })]
  conformanceTests({ describe, test }, () => publishing({ url, channel: 'spoken' }), { values, before })
})

describe.each(['error', 'drop-newest', 'drop-oldest'] as const)('redis-pubsub, the producer (%s)', (whenFull) => {
  conformanceTests({ describe, test }, () => hearing({ url, channels: ['heard'], whenFull }), { supply })
})
