import { describe, expect, test } from 'vitest'
import { until } from '../e2e/process.ts'
import { startCluster } from '../support/redis-cluster.ts'
import { startWatched } from '../support/redis-sentinels.ts'
import { TestRedis } from '../support/redis-server.ts'
import { BOUND, RunningPipeline } from './running.ts'

const AOF = { appendonly: 'yes', 'maxmemory-policy': 'noeviction' } as const
const MANY = 2000

/** All that was acked is there, in order; after so many faults at most so many came twice. */
function expectAll(pipeline: RunningPipeline, faults: number): void {
  expect(pipeline.missing()).toEqual([])
  expect(pipeline.tooLate()).toEqual([])
  expect(pipeline.duplicates).toBeLessThanOrEqual(faults * BOUND)
}

/** A pipeline that has stored many messages for a consumer that stands still, and the key of its lease. */
async function filled() {
  const redis = await TestRedis.start(AOF)
  const pipeline = await RunningPipeline.start({ url: redis.url })
  pipeline.shut()
  await pipeline.give(MANY)
  await pipeline.settled()
  return { redis, pipeline, key: (await redis.cli('keys', '*:lease')).trim() }
}

describe('a pipeline that loses its store while it runs', () => {
  test('somebody removes the lease, again and again: it takes it again, and goes on', async () => {
    const redis = await TestRedis.start(AOF)
    const pipeline = await RunningPipeline.start({ url: redis.url })
    const key = (await redis.cli('keys', '*:lease')).trim()
    for (let times = 0; times < 3; times++) {
      pipeline.shut()
      await pipeline.give(MANY)
      const held = await redis.cli('get', key)
      await redis.cli('del', key)
      if (times > 0) pipeline.pass()
      await until(
        async () => ![held, ''].includes(await redis.cli('get', key)),
        () => `another lease than ${held}:\n${pipeline.lines.join('\n')}`,
      )
      pipeline.pass()
    }
    await pipeline.settled()
    await pipeline.emptied()
    expect(pipeline.lost).toEqual([])
    expect(pipeline.acked).toHaveLength(3 * MANY)
    expectAll(pipeline, 3)
  })

  test('the trouble is over with the lease that it takes again, also where nothing more is stored', async () => {
    const { redis, pipeline, key } = await filled()
    await redis.cli('del', key)
    await until(
      () => pipeline.overflow.trouble !== null,
      () => 'the pipeline to find out',
    )
    pipeline.pass()
    await pipeline.emptied()
    expect(pipeline.overflow.trouble).toBeNull()
  })

  test('somebody else has the lease for a while: nothing is delivered meanwhile, then it goes on', async () => {
    const { redis, pipeline, key } = await filled()
    await redis.cli('set', key, 'web-2|other|1', 'px', 60_000)
    await until(
      () => pipeline.status.awaited.length > 0 || pipeline.overflow.trouble !== null,
      () => `the pipeline to find out:\n${pipeline.lines.join('\n')}`,
    )
    expect((await pipeline.health()).status).toBe('degraded')
    pipeline.pass()
    const more = pipeline.give(10)
    await until(
      () => pipeline.lines.some((line) => line.includes('web-2')),
      () => `a word of who has it:\n${pipeline.lines.join('\n')}`,
    )
    // What it had handed out before.
    expect(pipeline.delivered.length).toBeLessThanOrEqual(10)
    expect(await redis.cli('get', key)).toBe('web-2|other|1')
    await redis.cli('del', key)
    await more
    await pipeline.settled()
    await pipeline.emptied()
    expect(pipeline.lost).toEqual([])
    expectAll(pipeline, 1)
    expect((await pipeline.health()).status).toBe('ok')
  })
})

describe('a pipeline whose store is in a cluster of three', () => {
  test('stops cleanly with messages stored, and the next start delivers them', async () => {
    const nodes = await startCluster()
    const cluster = nodes.map(({ port }) => `127.0.0.1:${port}`)
    const pipeline = await RunningPipeline.start({ cluster, durability: 'memory' })
    pipeline.shut()
    await pipeline.give(MANY)
    await pipeline.settled()
    const stopped = pipeline.running.stop()
    pipeline.pass()
    expect(await stopped).toMatchObject([{ outcome: 'stopped' }])
    expect(pipeline.delivered.length).toBeLessThan(MANY)
    await pipeline.open()
    await pipeline.give(MANY)
    await pipeline.settled()
    await pipeline.emptied()
    expectAll(pipeline, 0)
    expect(pipeline.delivered).toHaveLength(2 * MANY)
  })

  test('whose master is killed goes on with its replica: all that was acked is delivered, or named as lost', async () => {
    const nodes = await startCluster(1)
    const cluster = nodes.map(({ port }) => `127.0.0.1:${port}`)
    const pipeline = await RunningPipeline.start({ cluster, durability: 'memory' })
    pipeline.shut()
    await pipeline.give(MANY)
    await pipeline.settled()
    const sizes = await Promise.all(nodes.map(async (node) => [await node.info('role'), await node.cli('dbsize')]))
    const master = nodes.find((_, at) => sizes[at]![0] === 'master' && sizes[at]![1] !== '0')!
    await master.kill()
    pipeline.pass()
    const more = pipeline.give(MANY)
    await more
    await pipeline.settled()
    await pipeline.emptied()
    expectAll(pipeline, 2)
    expect(pipeline.acked).toHaveLength(2 * MANY)
    expect(await pipeline.running.stop()).toMatchObject([{ outcome: 'stopped' }])
  })
})

describe('a pipeline whose store is behind Sentinels', () => {
  test('a failover to a replica that lacks the last messages: they are named and counted, and all else is delivered in order', async () => {
    const { servers, sentinels } = await startWatched(2, { 'maxmemory-policy': 'noeviction' })
    const [master, replica] = servers as [TestRedis, TestRedis]
    const store = { sentinels: sentinels.map(({ port }) => `127.0.0.1:${port}`), name: 'orders' }
    const pipeline = await RunningPipeline.start({ ...store, durability: 'memory' })
    pipeline.shut()
    await pipeline.give(MANY)
    await pipeline.settled()
    await until(
      async () => (await master.info('master_repl_offset')) === (await replica.info('master_repl_offset')),
      () => 'the replica to have it all',
    )
    // From now on it gets nothing: the master knows no password.
    await replica.cli('config', 'set', 'masterauth', 'nobody')
    await master.cli('client', 'kill', 'type', 'replica')
    await until(
      async () => (await replica.info('master_link_status')) === 'down',
      () => 'the replica to be cut off',
    )
    await pipeline.give(MANY)
    await pipeline.settled()
    await master.kill()
    await pipeline.give(10)
    await pipeline.settled()
    pipeline.pass()
    await pipeline.emptied()
    expect(pipeline.lost.length).toBeGreaterThan(0)
    expectAll(pipeline, 1)
    const count = pipeline.lost.reduce((sum, { from, to }) => sum + to - from, 0)
    expect(pipeline.overflow.dropped).toEqual({ lost: count })
    expect(count).toBeLessThanOrEqual(MANY)
    for (const { from } of pipeline.lost) expect(from).toBeGreaterThan(MANY)
    expect((await pipeline.health()).status).toBe('degraded')
    expect(pipeline.status.troubles).toContainEqual(
      expect.objectContaining({
        kind: 'overflow',
        count,
        message: expect.stringContaining('damaged or missing') as string,
      }),
    )
    expect(await pipeline.running.stop()).toMatchObject([{ outcome: 'stopped' }])
  })
})
