import { expect, onTestFinished, test } from 'vitest'
import { definePipeline } from '../../../src/config/builder.ts'
import { each } from '../../../src/consumers/each.ts'
import type { Letter } from '../../../src/core/letter.ts'
import { start } from '../../../src/daemon/start.ts'
import { redisStream } from '../../../src/producers/redis-stream.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { add, pendingOf } from './streams.ts'

test('where the pipeline keeps dead letters, an entry that can not be read becomes one, with its bytes, and is acknowledged', async () => {
  const server = await TestRedis.start()
  await server.cli('xadd', 'orders', '1-1', 'data', '{"n":', 'by', 'somebody')
  await add(server, 2)
  const letters: Letter[] = []
  const numbers: number[] = []
  const pipeline = definePipeline('poison', (p) => {
    const settings = { url: server.url, stream: 'orders', group: 'workers', create: true, start: 'beginning' } as const
    const orders = p.producer('orders', redisStream<{ n: number }>(settings))
    p.consumer(
      'ledger',
      orders,
      each(({ n }) => void numbers.push(n)),
    )
    p.deadLetters(each((letter: Letter) => void letters.push(letter)))
  })
  const log = { debug() {}, info() {}, warn() {}, error() {} }
  const running = await start(pipeline, { log, admin: { port: 0 } })
  onTestFinished(() => running.stop().then(() => undefined))
  await until(
    async () => letters.length === 1 && numbers.length === 2 && (await pendingOf(server)) === 0,
    () => `a letter; ${numbers.join()}`,
  )
  expect(letters[0]).toMatchObject({
    messageId: 'orders:1-1',
    node: 'orders',
    error: {
      code: 'SLUICE_STREAM_ENTRY_INVALID',
      message: expect.stringContaining('the entry 1-1 of "orders"') as string,
    },
  })
  const { data, by } = letters[0]!.data as Record<string, Uint8Array>
  expect([String(data), String(by)]).toEqual(['{"n":', 'somebody'])
})
