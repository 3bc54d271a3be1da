import { Queue, Worker, type JobsOptions } from 'bullmq'
import { expect, onTestFinished } from 'vitest'
import { each } from '../../../src/consumers/each.ts'
import { realEnv } from '../../../src/core/env.ts'
import type { Message } from '../../../src/core/message.ts'
import type { NodeSettings } from '../../../src/core/spec.ts'
import source from '../../../src/producers/bullmq.ts'
import { until } from '../../e2e/process.ts'
import { line, type Line } from '../../support/pipeline.ts'
import { TestRedis, type Settings } from '../../support/redis-server.ts'

export const QUEUE = 'orders'

/** A queue on a server of its own, as others use it: by BullMQ itself. */
export interface TestQueue {
  readonly server: TestRedis
  readonly queue: Queue
  /** Adds so many jobs, whose data are `{ n }` from `first` on. */
  fill(count: number, options?: JobsOptions, first?: number): Promise<void>
  /** Jobs by state. */
  counts(): Promise<Record<string, number>>
}

export async function testQueue(settings: Settings = {}): Promise<TestQueue> {
  const server = await TestRedis.start({ 'maxmemory-policy': 'noeviction', ...settings })
  const queue = queueAt(server)
  return {
    server,
    queue,
    async fill(count, options = {}, first = 0) {
      for (let start = 0; start < count; start += 1000) {
        const some = numbers(Math.min(1000, count - start), first + start)
        await queue.addBulk(some.map((n) => ({ name: 'order', data: { n }, opts: options })))
      }
    },
    counts: () => queue.getJobCounts('wait', 'active', 'completed', 'failed', 'delayed', 'prioritized'),
  }
}

export function queueAt({ port }: TestRedis, name = QUEUE): Queue {
  const queue = new Queue(name, { connection: { host: '127.0.0.1', port, retryStrategy: () => 100 } })
  queue.on('error', () => {})
  // Not waited for: where the server is gone, it takes its time.
  onTestFinished(() => void queue.disconnect().catch(() => {}))
  return queue
}

/** BullMQ's own worker of the queue, as another process has one. */
export function workerAt({ port }: TestRedis, handle: (n: number) => Promise<void> | void): Worker {
  const worker = new Worker<{ n: number }>(QUEUE, async ({ data }) => handle(data.n), {
    connection: { host: '127.0.0.1', port },
    drainDelay: 1,
  })
  worker.on('error', () => {})
  onTestFinished(() => worker.close(true))
  return worker
}

/** What waits are short of, so that a frozen or missing server is noticed soon. */
export const SHORT = { connectTimeout: '500ms', commandTimeout: '500ms' }

export interface Given {
  readonly options?: object
  readonly settings?: NodeSettings
  readonly stopTimeoutMs?: number
}

/** A pipeline from the queue to a handler of a test. */
export async function pipelineAt(
  { port }: Pick<TestRedis, 'port'>,
  handle: (data: { readonly n: number }, message: Message) => unknown,
  { options = {}, settings = {}, stopTimeoutMs = 5000 }: Given = {},
): Promise<Line> {
  const consumer = each(handle)
  const made = line(
    [
      { component: source, options: { queue: QUEUE, url: `redis://127.0.0.1:${port}`, ...SHORT, ...options } },
      { component: consumer.definition, options: consumer.options, settings },
    ],
    realEnv,
    stopTimeoutMs,
  )
  onTestFinished(async () => {
    await made.graph.stop()
  })
  await made.graph.start()
  return made
}

export const numbers = (count: number, first = 0): number[] =>
  Array.from({ length: count }, (_, index) => first + index)

/** Expects each number once, in any order. */
export function expectEach(found: readonly number[], count: number): void {
  expect(found.toSorted((a, b) => a - b)).toEqual(numbers(count))
}

/** Waits for a state of the queue. */
export async function reaches({ counts }: TestQueue, wanted: Record<string, number>): Promise<void> {
  let last: Record<string, number> = {}
  await until(
    async () => {
      last = await counts().catch(() => ({}))
      return Object.entries(wanted).every(([state, count]) => last[state] === count)
    },
    () => `${JSON.stringify(wanted)}, there are ${JSON.stringify(last)}`,
  )
}
