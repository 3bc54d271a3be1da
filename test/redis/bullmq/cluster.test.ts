import { Queue } from 'bullmq'
import { Cluster } from 'ioredis'
import { expect, onTestFinished, test } from 'vitest'
import { bullmq as adding } from '../../../src/consumers/bullmq.ts'
import { each } from '../../../src/consumers/each.ts'
import { realEnv } from '../../../src/core/env.ts'
import { bullmq as taking } from '../../../src/producers/bullmq.ts'
import { harness } from '../../../src/testing/index.ts'
import { until } from '../../e2e/process.ts'
import { line } from '../../support/pipeline.ts'
import { startCluster } from '../../support/redis-cluster.ts'
import type { TestRedis } from '../../support/redis-server.ts'
import { expectEach, numbers, SHORT } from './queues.ts'

const MANY = 1000

test.each([{ queue: 'orders', prefix: '{bull}' }, { queue: '{orders}' }])(
  'in a cluster %j is filled and drained, also while its slot moves to another node',
  { timeout: 60_000 },
  async (place) => {
    const nodes = await startCluster()
    const where = { ...place, ...SHORT, cluster: nodes.map(({ port }) => `127.0.0.1:${port}`) }
    const sink = harness(adding(where), { clock: 'real' })
    onTestFinished(() => sink.stop().then(() => undefined))
    await sink.push(numbers(MANY / 2))
    const handled: number[] = []
    let pass!: () => void
    const passed = new Promise<void>((resolve) => (pass = resolve))
    const consumer = each(async (n: number) => {
      if (handled.length === MANY / 4) await passed
      handled.push(n)
    })
    const { definition, options } = taking({ ...where, lockDuration: '2s', stalledInterval: '1s', maxStalledCount: 9 })
    const { graph } = line(
      [
        { component: definition, options },
        { component: consumer.definition, options: consumer.options },
      ],
      realEnv,
    )
    onTestFinished(() => graph.stop().then(() => undefined))
    await graph.start()
    await until(
      () => handled.length === MANY / 4,
      () => `a quarter, not ${handled.length}`,
    )
    const queue = queueIn(nodes, place)
    await move(queue.toKey('wait'), nodes)
    pass()
    await sink.push(numbers(MANY / 2, MANY / 2))
    await until(
      async () => (await queue.getCompletedCount()) === MANY,
      () => `all to be completed, ${handled.length} are handled`,
    )
    expect(sink.failed).toEqual([])
    expectEach([...new Set(handled)], MANY)
  },
)

function queueIn(nodes: readonly TestRedis[], { queue, ...place }: { queue: string; prefix?: string }): Queue {
  const client = new Cluster(nodes.map(({ port }) => ({ host: '127.0.0.1', port })))
  const found = new Queue(queue, { connection: client, ...place })
  onTestFinished(async () => {
    await found.close()
    client.disconnect()
  })
  return found
}

/** Moves the slot of a key, with all that is in it, to the next node. */
async function move(key: string, nodes: readonly TestRedis[]): Promise<void> {
  const slot = Number(await nodes[0]!.cli('cluster', 'keyslot', key))
  const counts = await Promise.all(nodes.map((node) => node.cli('cluster', 'countkeysinslot', slot)))
  const index = counts.findIndex((count) => Number(count) > 0)
  const [from, to] = [nodes[index]!, nodes[(index + 1) % nodes.length]!]
  await to.cli('cluster', 'setslot', slot, 'importing', await from.cli('cluster', 'myid'))
  await from.cli('cluster', 'setslot', slot, 'migrating', await to.cli('cluster', 'myid'))
  for (;;) {
    const keys = (await from.cli('cluster', 'getkeysinslot', slot, 500)).split('\n').filter((name) => name !== '')
    if (keys.length === 0) break
    await from.cli('migrate', '127.0.0.1', to.port, '', 0, 5000, 'keys', ...keys)
  }
  const owner = await to.cli('cluster', 'myid')
  for (const node of [to, ...nodes.filter((other) => other !== to)])
    await node.cli('cluster', 'setslot', slot, 'node', owner)
}
