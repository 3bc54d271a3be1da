import { Queue } from 'bullmq'
import { afterAll, describe, test } from 'vitest'
import { bullmq as adding } from '../../../src/consumers/bullmq.ts'
import { bullmq as taking } from '../../../src/producers/bullmq.ts'
import { batch } from '../../../src/stages/batch.ts'
import { conformanceTests } from '../../../src/testing/index.ts'
import { TestRedis } from '../../support/redis-server.ts'

// Here, because components are made while the tests are declared.
const server = await TestRedis.launch({ 'maxmemory-policy': 'noeviction' })
let queues = 0
afterAll(() => server.destroy())

const payments = Array.from({ length: 7 }, (_, id) => ({ id }))

/** A queue of its own for each run. */
function next(): { readonly queue: string; readonly url: string } {
  return { queue: `conformance-${++queues}`, url: server.url }
}

/** Jobs of the newest queue. */
async function supply(count: number): Promise<void> {
  const queue = new Queue(`conformance-${queues}`, { connection: { host: '127.0.0.1', port: server.port } })
  await queue.addBulk(Array.from({ length: count }, (_, id) => ({ name: 'payment', data: { id } })))
  await queue.close()
}

describe('bullmq, the consumer', () => {
  conformanceTests({ describe, test }, () => adding(next()), { values: payments, malformed: [1n, undefined] })
})

describe('bullmq, the consumer, given batches', () => {
  conformanceTests({ describe, test }, () => adding(next()), { values: payments, before: [batch({ size: 2 })] })
})

describe('bullmq, the producer', () => {
  conformanceTests({ describe, test }, () => taking(next()), { supply })
})
