import { expect, onTestFinished, test } from 'vitest'
import { bullmq as adding } from '../../../src/consumers/bullmq.ts'
import { each } from '../../../src/consumers/each.ts'
import { realEnv } from '../../../src/core/env.ts'
import { bullmq as taking } from '../../../src/producers/bullmq.ts'
import { until } from '../../e2e/process.ts'
import { feed } from '../../support/ends.ts'
import { line } from '../../support/pipeline.ts'
import { startWatched } from '../../support/redis-sentinels.ts'
import { expectEach, numbers, QUEUE, queueAt, SHORT } from './queues.ts'

const MANY = 400

test('a master is killed: jobs are added and handled by the one that follows, and those that the replica had are not lost', async () => {
  const { servers, sentinels } = await startWatched(2)
  const where = { queue: QUEUE, ...SHORT, sentinels: sentinels.map(({ port }) => `127.0.0.1:${port}`), name: 'orders' }
  const input = feed()
  const sink = adding(where)
  const filling = line(
    [input, { component: sink.definition, options: sink.options, settings: { giveUpAfterMs: 60_000 } }],
    realEnv,
  )
  const handled: number[] = []
  const source = taking({ ...where, lockDuration: '2s', stalledInterval: '1s', maxStalledCount: 9 })
  const consumer = each((n: number) => void handled.push(n))
  const draining = line(
    [
      { component: source.definition, options: source.options },
      { component: consumer.definition, options: consumer.options },
    ],
    realEnv,
  )
  for (const { graph } of [filling, draining]) {
    onTestFinished(() => graph.stop().then(() => undefined))
    await graph.start()
  }
  input.push(numbers(MANY / 2))
  await until(
    () => handled.length === MANY / 2,
    () => `half of them, not ${handled.length}`,
  )
  const replica = queueAt(servers[1]!)
  await until(
    async () => (await replica.getCompletedCount()) === MANY / 2,
    () => 'the replica to have that half',
  )
  await servers[0]!.kill()
  input.push(numbers(MANY / 2, MANY / 2))
  await until(
    async () => (await replica.getCompletedCount().catch(() => 0)) === MANY,
    () => `all to be completed, ${handled.length} are handled`,
  )
  expectEach([...new Set(handled)], MANY)
  expect(input.receipts.filter(({ outcome }) => outcome === 'failed')).toEqual([])
})
