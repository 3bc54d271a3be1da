import { expect, onTestFinished, test } from 'vitest'
import { realEnv } from '../../../src/core/env.ts'
import { Exchange } from '../../../src/redis/bullmq/exchange.ts'
import { JobWorker, type HeldJob } from '../../../src/redis/bullmq/job-worker.ts'
import { bullSourceOptions, type BullSourceOptions } from '../../../src/redis/bullmq/options.ts'
import { until } from '../../e2e/process.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { numbers, QUEUE, reaches, SHORT, testQueue, type TestQueue } from './queues.ts'

interface Side {
  readonly worker: JobWorker
  readonly exchange: Exchange
  /** Jobs that could not be given. */
  readonly unfit: string[]
  /** Warnings. */
  readonly told: string[]
  /** Fetches so many, each by itself. */
  take(count: number): Promise<HeldJob[]>
}

type Some = Partial<Record<keyof BullSourceOptions, unknown>>

async function side(url: string, options: Some = {}): Promise<Side> {
  const unfit: string[] = []
  const told: string[] = []
  const log = { debug() {}, info() {}, warn: (text: string) => void told.push(text), error() {} }
  const parsed = bullSourceOptions.parse({ queue: QUEUE, url, ...SHORT, ...options })
  const worker = await JobWorker.open(parsed, { env: realEnv, log, stalled() {}, unfit: (id) => unfit.push(id) })
  onTestFinished(() => worker.close())
  const exchange = new Exchange(worker)
  const take = async (count: number): Promise<HeldJob[]> => {
    const jobs = await Promise.all(Array.from({ length: count }, () => exchange.fetch()))
    return jobs.filter((job) => job !== undefined)
  }
  return { worker, exchange, unfit, told, take }
}

const numberOf = (held: HeldJob | undefined): number | undefined => held?.job.data.n

/** Scripts that the server has run since its figures were reset. */
async function scripts({ server }: TestQueue): Promise<number> {
  const stats = await server.cli('info', 'commandstats')
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0)
}

test('one command completes a job and fetches the next one, where both are asked for in the same turn', async () => {
  const jobs = await testQueue()
  await jobs.fill(3)
  const { exchange, take } = await side(jobs.server.url)
  const [first] = await take(1)
  // The server knows both scripts from here on.
  const [, second] = await Promise.all([exchange.complete(first!), exchange.fetch()])
  await jobs.server.cli('config', 'resetstat')
  const [, third] = await Promise.all([exchange.complete(second!), exchange.fetch()])
  expect(await scripts(jobs)).toBe(1)
  expect([first, second, third].map(numberOf)).toEqual([0, 1, 2])
  await reaches(jobs, { completed: 2, active: 1, wait: 0 })
})

test('a job that is completed while nothing is asked for brings no other', async () => {
  const jobs = await testQueue()
  await jobs.fill(10)
  const { exchange, take } = await side(jobs.server.url)
  const held = await take(6)
  const asked = exchange.fetch()
  await Promise.all(held.map((each) => exchange.complete(each)))
  expect(numberOf(await asked)).toBe(6)
  await reaches(jobs, { completed: 6, active: 1, wait: 3 })
})

test('jobs keep their order, however many are completed and fetched at a time', async () => {
  const jobs = await testQueue()
  await jobs.fill(400)
  const { exchange, take } = await side(jobs.server.url)
  const all: HeldJob[] = []
  for (let held = await take(7), round = 0; held.length > 0; round++) {
    all.push(...held)
    const asked = take(1 + ((round * 31) % 90))
    await Promise.all(held.map((each) => exchange.complete(each)))
    held = await asked
  }
  const inOrder = all.toSorted((one, other) => one.order - other.order)
  expect(inOrder.map(numberOf)).toEqual(numbers(400))
  await reaches(jobs, { completed: 400, active: 0 })
})

test.each([
  ['there is none', {}, (): Promise<unknown> => Promise.resolve()],
  ['the queue is paused', {}, async ({ queue, fill }: TestQueue) => [await fill(1), await queue.pause()]],
  ['the queue is limited', { limiter: { max: 1, duration: '1h' } }, ({ fill }: TestQueue) => fill(1)],
])('where %s, the job is completed all the same', async (_what, options, prepare) => {
  const jobs = await testQueue()
  await jobs.fill(1)
  const { exchange, take } = await side(jobs.server.url, options)
  const [held] = await take(1)
  await prepare(jobs)
  const [, next] = await Promise.all([exchange.complete(held!), exchange.fetch()])
  expect(next).toBeUndefined()
  await reaches(jobs, { completed: 1, active: 0 })
})

test('a rate limit that is met while a job is completed is known from then on', async () => {
  const jobs = await testQueue()
  await jobs.fill(2)
  const { exchange, take, worker } = await side(jobs.server.url, { limiter: { max: 1, duration: '1h' } })
  const [held] = await take(1)
  await Promise.all([exchange.complete(held!), exchange.fetch()])
  await jobs.server.cli('config', 'resetstat')
  expect(await take(1)).toEqual([])
  expect(await scripts(jobs)).toBe(0)
  expect(await worker.rateLimitedMs()).toBeGreaterThan(0)
})

test('a job that was removed meanwhile is refused by its number, and the next one comes all the same', async () => {
  const jobs = await testQueue()
  await jobs.fill(2)
  const { exchange, take } = await side(jobs.server.url)
  const [held] = await take(1)
  await jobs.server.cli('del', jobs.queue.toKey(held!.job.id!))
  const [completed, next] = await Promise.allSettled([exchange.complete(held!), exchange.fetch()])
  expect(completed).toMatchObject({ status: 'rejected', reason: { code: -1 } })
  expect(next).toMatchObject({ status: 'fulfilled' })
  expect(numberOf((next as PromiseFulfilledResult<HeldJob>).value)).toBe(1)
})

test('a next one that can’t be given has failed, and the one after it comes', async () => {
  const jobs = await testQueue()
  await jobs.fill(3)
  await jobs.server.cli('hset', jobs.queue.toKey('2'), 'data', '{broken')
  const { exchange, take, unfit } = await side(jobs.server.url)
  const [first] = await take(1)
  const [, next] = await Promise.all([exchange.complete(first!), exchange.fetch()])
  expect(numberOf(next)).toBe(2)
  expect(unfit).toEqual(['2'])
  await reaches(jobs, { completed: 1, failed: 1, active: 1 })
  await exchange.complete(next!)
  await reaches(jobs, { completed: 2, active: 0 })
})

test('a next one that can’t be read at all is told, and left; the job before it is completed, and the one after it comes', async () => {
  const jobs = await testQueue()
  await jobs.fill(3)
  await jobs.server.cli('hset', jobs.queue.toKey('2'), 'opts', '{broken')
  const { exchange, take, told } = await side(jobs.server.url)
  const [first] = await take(1)
  const [, next] = await Promise.all([exchange.complete(first!), exchange.fetch()])
  expect(numberOf(next)).toBe(2)
  expect(told).toEqual([expect.stringMatching(/^the next job can't be read: .*JSON/)])
  await reaches(jobs, { completed: 1, active: 2 })
})

test('what was asked for and not sent when nothing more is wanted is not fetched', async () => {
  const jobs = await testQueue()
  await jobs.fill(2)
  const { exchange, take } = await side(jobs.server.url)
  const [first] = await take(1)
  const both = Promise.all([exchange.complete(first!), exchange.fetch()])
  exchange.end()
  expect((await both)[1]).toBeUndefined()
  await reaches(jobs, { completed: 1, active: 0, wait: 1 })
})

test('where the answer to both is lost, the job is completed once, and the next one comes again when its lock expires', async () => {
  const jobs = await testQueue()
  await jobs.fill(2)
  const proxy = await TcpProxy.start(jobs.server.port)
  const { exchange, take, worker } = await side(proxy.url, { lockDuration: '1s', stalledInterval: '500ms' })
  const [first] = await take(1)
  proxy.delayMs = 60_000
  const both = Promise.allSettled([exchange.complete(first!), exchange.fetch()])
  await reaches(jobs, { completed: 1, active: 1 })
  proxy.cut()
  proxy.delayMs = 0
  const [completed, next] = await both
  expect(completed.status).toBe('rejected')
  expect(next).toMatchObject({ status: 'rejected', reason: { code: expect.stringMatching(/^SLUICE_REDIS_/) } })
  await worker.ready()
  await expect(exchange.complete(first!)).rejects.toMatchObject({ code: expect.any(Number) })
  const again = await until(
    () => exchange.fetch(),
    () => 'the next one to come again',
  )
  expect(numberOf(again)).toBe(1)
  await exchange.complete(again)
  await reaches(jobs, { completed: 2, active: 0 })
})
