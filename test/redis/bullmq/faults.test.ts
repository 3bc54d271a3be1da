import { Redis } from 'ioredis'
import { describe, expect, onTestFinished, test } from 'vitest'
import { bullmq } from '../../../src/producers/bullmq.ts'
import { harness } from '../../../src/testing/index.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis } from '../../support/redis-server.ts'
import { failure } from '../connecting.ts'
import { expectEach, numbers, pipelineAt, QUEUE, reaches, SHORT, testQueue, workerAt } from './queues.ts'

const AOF = { appendonly: 'yes', appendfsync: 'always' } as const
const MANY = 2000
/** 100,000 jobs are added, on a machine that is busy with other tests. */
const PATIENCE_MS = 300_000

/** Passes when it is told to. */
function gate() {
  let pass!: () => void
  const passed = new Promise<void>((resolve) => (pass = resolve))
  return { passed, pass }
}

describe('a source of jobs whose server fails', () => {
  test('killed and started again, twice: every job is handled, and none twice but those that were under way', async () => {
    const jobs = await testQueue(AOF)
    await jobs.fill(MANY)
    const handled: number[] = []
    const slowly = async ({ n }: { readonly n: number }): Promise<void> => {
      await new Promise(setImmediate)
      handled.push(n)
    }
    const options = { lockDuration: '2s', stalledInterval: '1s', maxStalledCount: 5 }
    const { log } = await pipelineAt(jobs.server, slowly, {
      options,
      settings: { concurrency: 20, demand: { max: 40 } },
    })
    for (const share of [0.25, 0.5]) {
      await until(
        () => handled.length >= share * MANY,
        () => `${handled.length} to be handled`,
      )
      await jobs.server.kill()
      await jobs.server.restart()
    }
    await reaches(jobs, { completed: MANY, failed: 0, active: 0, wait: 0 })
    expectEach([...new Set(handled)], MANY)
    // Twice the demand window, and what was being told.
    expect(handled.length - MANY).toBeLessThanOrEqual(2 * 2 * 40)
    expect(log.some(({ message }) => message.includes('connected to Redis'))).toBe(true)
  })

  test('frozen for longer than every timeout: it goes on, and every job is handled', async () => {
    const jobs = await testQueue()
    await jobs.fill(MANY)
    const handled: number[] = []
    const options = { lockDuration: '2s', stalledInterval: '1s', maxStalledCount: 5 }
    const { graph } = await pipelineAt(jobs.server, ({ n }) => void handled.push(n), {
      options,
      settings: { demand: { max: 20 } },
    })
    await until(
      () => handled.length >= 100,
      () => 'some to be handled',
    )
    jobs.server.signal('SIGSTOP')
    const frozen = performance.now()
    await until(
      () => performance.now() - frozen > 3000,
      () => 'three seconds to pass',
    )
    const before = handled.length
    jobs.server.signal('SIGCONT')
    await reaches(jobs, { completed: MANY, active: 0 })
    expectEach([...new Set(handled)], MANY)
    expect(before).toBeLessThan(MANY)
    expect(graph.state).toBe('running')
  })

  test('a stop while the server is away ends, and says what was left', async () => {
    const jobs = await testQueue()
    await jobs.fill(10)
    const { passed, pass } = gate()
    const { graph, log } = await pipelineAt(jobs.server, () => passed, {
      settings: { concurrency: 5, demand: { max: 5 } },
      stopTimeoutMs: 20_000,
    })
    await reaches(jobs, { active: 5 })
    await jobs.server.kill()
    pass()
    await graph.stop()
    expect(log.map(({ message }) => message)).toContainEqual(expect.stringMatching(/jobs could not be given back/))
  })

  test('a wrong password is named, and so is what a user may not run', async () => {
    const user = 'ann on >secret ~* &* +@all -evalsha\ndefault on >secret ~* &* +@all'
    const { url } = await TestRedis.start({ user })
    const failing = (options: object): Promise<string> => {
      const run = harness(bullmq({ queue: QUEUE, url, ...SHORT, ...options }), { clock: 'real' })
      return failure(run.settle()).then(({ code, message }) => `${code}: ${message}`)
    }
    expect(await failing({ password: 'guess' })).toMatch(/^SLUICE_REDIS_AUTH_REFUSED/)
    expect(await failing({ username: 'ann', password: 'secret' })).toMatch(/^SLUICE_REDIS_NOT_PERMITTED: .*EVALSHA/)
  })
})

describe('a job that is taken away while its message is under way', () => {
  test('its lock: the outcome is not told, it is counted, and another worker gets it', async () => {
    const jobs = await testQueue()
    await jobs.fill(1)
    const first = gate()
    const handled: number[] = []
    const handle = async (): Promise<void> => {
      handled.push(handled.length)
      if (handled.length === 1) await first.passed
    }
    const options = { lockDuration: '1500ms', stalledInterval: '500ms' }
    const { metric } = await pipelineAt(jobs.server, handle, { options, settings: { concurrency: 2 } })
    await reaches(jobs, { active: 1 })
    const [key] = (await jobs.server.cli('keys', '*:lock')).split('\n')
    await jobs.server.cli('del', key!)
    await reaches(jobs, { completed: 1 })
    expect(handled).toHaveLength(2)
    first.pass()
    await until(
      () => metric('bullmq', 'lost_jobs') === 1,
      () => 'the loss to be counted',
    )
  })

  test.each(['removed', 'obliterated'])('the job itself, %s: it is counted, and nothing hangs', async (how) => {
    const jobs = await testQueue()
    await jobs.fill(3)
    const { passed, pass } = gate()
    const { metric, failures } = await pipelineAt(jobs.server, () => passed, { settings: { concurrency: 3 } })
    await reaches(jobs, { active: 3 })
    if (how === 'obliterated') await jobs.queue.obliterate({ force: true })
    else {
      const redis = new Redis(jobs.server.port)
      onTestFinished(() => redis.disconnect())
      await redis.del(...(await jobs.queue.getActive()).map(({ id }) => jobs.queue.toKey(id!)))
    }
    pass()
    await until(
      () => metric('bullmq', 'lost_jobs') === 3,
      () => `three losses, not ${metric('bullmq', 'lost_jobs')}`,
    )
    expect(failures).toEqual([])
    await jobs.fill(2)
    await reaches(jobs, { completed: 2 })
  })

  test('a queue that is drained gives what was fetched, and goes on with what comes later', async () => {
    const jobs = await testQueue()
    await jobs.fill(50)
    const { passed, pass } = gate()
    const handled: number[] = []
    const handle = async ({ n }: { readonly n: number }): Promise<void> => {
      await passed
      handled.push(n)
    }
    await pipelineAt(jobs.server, handle, { settings: { concurrency: 5, demand: { max: 5, min: 0 } } })
    await reaches(jobs, { active: 5 })
    await jobs.queue.drain()
    pass()
    await reaches(jobs, { completed: 5, wait: 0 })
    await jobs.fill(1, {}, 50)
    await reaches(jobs, { completed: 6 })
    expect(handled).toEqual([...numbers(5), 50])
  })
})

describe('many waiting jobs', () => {
  test(
    '100,000 of them: never more are active than there is demand, and nothing is loaded up front',
    { timeout: PATIENCE_MS },
    async () => {
      const jobs = await testQueue()
      await jobs.fill(100_000)
      const { passed, pass } = gate()
      let handled = 0
      const handle = async (): Promise<void> => {
        if (handled < 50) await passed
        handled++
      }
      const { graph } = await pipelineAt(jobs.server, handle, {
        settings: { concurrency: 50, demand: { max: 50, min: 10 } },
      })
      await reaches(jobs, { active: 50, wait: 99_950 })
      pass()
      let most = 0
      await until(
        async () => {
          most = Math.max(most, Number(await jobs.server.cli('llen', jobs.queue.toKey('active'))))
          return handled >= 2000
        },
        () => `2,000, not ${handled}`,
      )
      expect(most).toBeGreaterThan(0)
      // What is handled and not told yet is active, too.
      expect(most).toBeLessThanOrEqual(100)
      await graph.stop()
      await reaches(jobs, { active: 0 })
      const { wait, completed } = await jobs.counts()
      expect(wait! + completed!).toBe(100_000)
      expect(completed).toBe(handled)
    },
  )

  test('shared with workers of BullMQ itself, each is handled once', async () => {
    const jobs = await testQueue()
    await jobs.fill(MANY)
    const handled: number[] = []
    workerAt(jobs.server, (n) => void handled.push(n))
    await pipelineAt(jobs.server, ({ n }) => void handled.push(n))
    await pipelineAt(jobs.server, ({ n }) => void handled.push(n))
    await reaches(jobs, { completed: MANY })
    expectEach(handled, MANY)
  })
})
