import { afterAll, describe, test } from 'vitest'
import { redisList as pushing } from '../../../src/consumers/redis-list.ts'
import { redisList as popping } from '../../../src/producers/redis-list.ts'
import { batch } from '../../../src/stages/batch.ts'
import { conformanceTests } from '../../../src/testing/index.ts'
import { TestRedis } from '../../support/redis-server.ts'

// Here, because components are made while the tests are declared.
const server = await TestRedis.launch()
let lists = 0
afterAll(() => server.destroy())

const values = Array.from({ length: 7 }, (_, id) => ({ id }))

/** A list of its own for each run. */
function next(): { readonly list: string; readonly url: string } {
  return { list: `conformance-${++lists}`, url: server.url }
}

/** Entries of the newest list. */
async function supply(count: number): Promise<void> {
  for (let id = 0; id < count; id++) await server.cli('rpush', `conformance-${lists}`, `{"id":${id}}`)
}

describe('redis-list, the consumer', () => {
  conformanceTests({ describe, test }, () => pushing(next()), { values, malformed: [1n, undefined] })
})

describe('redis-list, the consumer, given batches', () => {
  conformanceTests({ describe, test }, () => pushing(next()), { values, before: [batch({ size: 2 })] })
})

describe('redis-list, the producer', () => {
  conformanceTests({ describe, test }, () => popping(next()), { supply })
})
