import { describe, expect, onTestFinished, test } from 'vitest'
import { bullmq } from '../../../src/producers/bullmq.ts'
import { harness, type ProducerRun } from '../../../src/testing/index.ts'
import { until } from '../../e2e/process.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { numbers, pipelineAt, QUEUE, reaches, testQueue, workerAt, type TestQueue } from './queues.ts'

interface Order {
  readonly n: number
}

type Settings = Partial<Parameters<typeof bullmq>[0]>

/** A source of the queue, whose messages are answered by hand. */
function source({ server }: Pick<TestQueue, 'server'>, settings: Settings = {}): ProducerRun<Order> {
  const component = bullmq<Order>({ queue: QUEUE, url: server.url, commandTimeout: '500ms', ...settings })
  const run = harness(component, { answers: 'by hand', clock: 'real' })
  onTestFinished(async () => {
    await run.stop()
  })
  return run
}

const given = (run: ProducerRun<Order>): number[] => run.given.map(({ n }) => n)

describe('a source of jobs', () => {
  test('takes as many as are asked for, to the very count, in order, and completes what is acked', async () => {
    const jobs = await testQueue()
    await jobs.fill(500)
    const run = source(jobs)
    await run.ask(7)
    await run.until(() => run.given.length === 7)
    await reaches(jobs, { active: 7, wait: 493 })
    await run.ask(100)
    await run.until(() => run.given.length === 107)
    await reaches(jobs, { active: 107, wait: 393 })
    expect(given(run)).toEqual(numbers(107))
    await run.ack(107)
    await reaches(jobs, { completed: 107, active: 0, wait: 393 })
    await run.ask(1000)
    await run.until(() => run.given.length === 500)
    expect(given(run).toSorted((a, b) => a - b)).toEqual(numbers(500))
    await run.ack(393)
    await reaches(jobs, { completed: 500 })
  })

  test('says what BullMQ knows of a job', async () => {
    const jobs = await testQueue()
    const job = await jobs.queue.add('refund', { n: 1 }, { jobId: 'refund-1' })
    const run = source(jobs)
    await run.ask(1)
    await run.until(() => run.given.length === 1)
    const [message] = run.givenMessages
    expect(message).toMatchObject({ time: job.timestamp, attempt: 1 })
    expect(message!.id).toMatch(/:refund-1$/)
    expect(message!.headers).toEqual({ 'bullmq-name': 'refund', 'bullmq-queue': QUEUE })
  })

  test('what fails is failed there: attempts and backoff are those of the job', async () => {
    const jobs = await testQueue()
    await jobs.fill(1, { attempts: 2, backoff: { type: 'fixed', delay: 200 } })
    const run = source(jobs)
    await run.ask(2)
    await run.until(() => run.given.length === 1)
    await run.fail(new Error('no stock'))
    await reaches(jobs, { delayed: 1 })
    await run.until(() => run.given.length === 2)
    expect(run.givenMessages[1]!.attempt).toBe(2)
    await run.fail(new Error('no stock'))
    await reaches(jobs, { failed: 1, delayed: 0 })
    const [failed] = await jobs.queue.getFailed()
    expect(failed).toMatchObject({ failedReason: 'no stock', attemptsMade: 2 })
  })

  test('a backoff that only the code of another worker knows is as long as its delay', async () => {
    const jobs = await testQueue()
    await jobs.fill(1, { attempts: 2, backoff: { type: 'lunar', delay: 50 } })
    const run = source(jobs)
    await run.ask(2)
    await run.until(() => run.given.length === 1)
    await run.fail(new Error('no stock'))
    await run.until(() => run.given.length === 2)
    expect(run.givenMessages[1]!.attempt).toBe(2)
  })

  test('a job that stalled too often, or whose child has failed, is failed and not given', async () => {
    const jobs = await testQueue()
    await jobs.fill(2)
    await jobs.server.cli('hset', jobs.queue.toKey('1'), 'defa', 'job stalled more than allowable limit')
    const run = source(jobs)
    await run.ask(2)
    await run.until(() => run.given.length === 1)
    await reaches(jobs, { failed: 1, active: 1 })
    expect(given(run)).toEqual([1])
    expect((await jobs.queue.getFailed())[0]!.failedReason).toBe('job stalled more than allowable limit')
  })

  test('a job that comes while it waits is there at once; what nobody asked for is left to others', async () => {
    const jobs = await testQueue()
    const run = source(jobs)
    await run.ask(1)
    await jobs.fill(3)
    await run.until(() => run.given.length === 1)
    expect(given(run)).toEqual([0])
    await reaches(jobs, { active: 1, wait: 2 })
  })

  test('delayed and prioritized jobs come when it is their time', async () => {
    const jobs = await testQueue()
    await jobs.fill(1, { priority: 10 }, 10)
    await jobs.fill(1, { priority: 2 }, 2)
    await jobs.fill(1, { delay: 700 }, 700)
    const run = source(jobs)
    await run.ask(10)
    await run.until(() => run.given.length === 2)
    expect(given(run)).toEqual([2, 10])
    await run.until(() => run.given.length === 3)
    expect(given(run)).toEqual([2, 10, 700])
  })

  test('a paused queue gives nothing until it is resumed', async () => {
    const jobs = await testQueue()
    await jobs.queue.pause()
    await jobs.fill(2)
    const run = source(jobs)
    await run.ask(10)
    await jobs.fill(1, {}, 2)
    await run.settle()
    expect(run.given).toEqual([])
    await jobs.queue.resume()
    await run.until(() => run.given.length === 3)
  })

  test('keeps to a rate limit of its own, and to one of the queue', async () => {
    const jobs = await testQueue()
    await jobs.fill(6)
    const began = performance.now()
    const run = source(jobs, { limiter: { max: 2, duration: '400ms' } })
    await run.ask(10)
    await until(
      () => run.given.length === 6,
      () => `six of ${run.given.length}`,
    )
    expect(performance.now() - began).toBeGreaterThan(750)
    await run.stop()
    await jobs.queue.setGlobalRateLimit(1, 300)
    await jobs.fill(3)
    const other = source(jobs)
    const again = performance.now()
    await other.ask(10)
    await other.until(() => other.given.length === 3)
    expect(performance.now() - again).toBeGreaterThan(550)
  })

  test('an idle one sends no more than a few commands in as many seconds', async () => {
    const jobs = await testQueue()
    await jobs.fill(1)
    const run = source(jobs)
    await run.ask(10)
    await run.until(() => run.given.length === 1)
    await run.ack(1)
    await reaches(jobs, { completed: 1 })
    await jobs.server.cli('config', 'resetstat')
    const began = performance.now()
    await until(
      () => performance.now() - began > 11_000,
      () => 'eleven seconds to pass',
    )
    const stats = await jobs.server.cli('info', 'commandstats')
    const calls = (command: string): number =>
      Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(stats)?.[1] ?? 0)
    expect(calls('bzpopmin')).toBeLessThanOrEqual(2)
    expect(calls('evalsha') + calls('eval')).toBeLessThanOrEqual(2)
  })

  test('locks are renewed for as long as messages are under way', async () => {
    const jobs = await testQueue()
    await jobs.fill(20)
    const run = source(jobs, { lockDuration: '2s', stalledInterval: '1s' })
    await run.ask(20)
    await run.until(() => run.given.length === 20)
    const other = workerAt(jobs.server, () => {})
    const began = performance.now()
    await run.until(() => performance.now() - began > 3500)
    await run.ack(20)
    await reaches(jobs, { completed: 20 })
    expect(run.stats.own['lost_jobs']).toBeUndefined()
    await other.close()
  })

  test('what has no outcome when it stops is given back at once, in order, and no attempt is counted', async () => {
    const jobs = await testQueue()
    await jobs.fill(10)
    const taken: number[] = []
    const stuck = (data: Order): Promise<void> => {
      taken.push(data.n)
      return new Promise(() => {})
    }
    const settings = { demand: { max: 5, min: 0 }, concurrency: 5 }
    const { graph } = await pipelineAt(jobs.server, stuck, { settings, stopTimeoutMs: 100 })
    await until(
      () => taken.length === 5,
      () => 'five to be taken',
    )
    await graph.stop()
    await reaches(jobs, { active: 0, wait: 10 })
    const waiting = await jobs.queue.getWaiting()
    expect(waiting.map(({ attemptsMade }) => attemptsMade)).toEqual(waiting.map(() => 0))
    const other: number[] = []
    workerAt(jobs.server, (n) => void other.push(n))
    await until(
      () => other.length === 10,
      () => 'another worker to have all',
    )
    expect(other).toEqual(numbers(10))
  })

  test('what comes when it has begun to stop goes back as well, behind what was fetched before it', async () => {
    const jobs = await testQueue()
    await jobs.fill(100)
    const proxy = await TcpProxy.start(jobs.server.port)
    const stuck = (): Promise<void> => new Promise(() => {})
    const { graph } = await pipelineAt({ port: proxy.port }, stuck, { stopTimeoutMs: 1500 })
    proxy.delayMs = 150
    await until(
      async () => (await jobs.counts())['active']! >= 20,
      () => 'twenty to be under way',
    )
    await graph.stop()
    await reaches(jobs, { active: 0, wait: 100 })
    const waiting = await jobs.queue.getWaiting(0, -1)
    expect(waiting.map(({ data }) => (data as Order).n)).toEqual(numbers(100))
  })
})
