import { QueueEvents } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { each } from '../../../src/consumers/each.ts'
import source from '../../../src/producers/bullmq.ts'
import batch from '../../../src/stages/batch.ts'
import progress from '../../../src/stages/bullmq-progress.ts'
import { until } from '../../e2e/process.ts'
import { line, type Line, type Part } from '../../support/pipeline.ts'
import { QUEUE, reaches, SHORT, testQueue, type TestQueue } from './queues.ts'

/** A pipeline that reports how far each job is before it is handled. */
async function reporting(
  { server }: TestQueue,
  { to, before = [], handle = () => {} }: { to: unknown; before?: readonly Part[]; handle?: () => unknown },
): Promise<Line> {
  const consumer = each(handle)
  const made = line([
    { component: source, options: { queue: QUEUE, url: server.url, ...SHORT } },
    ...before,
    { component: progress, options: { to } },
    { component: consumer.definition, options: consumer.options },
  ])
  onTestFinished(() => made.graph.stop().then(() => undefined))
  await made.graph.start()
  return made
}

test('the queue is told how far each job is, whoever listens hears of it, and the job is completed all the same', async () => {
  const jobs = await testQueue()
  const events = new QueueEvents(QUEUE, { connection: { host: '127.0.0.1', port: jobs.server.port } })
  onTestFinished(() => events.close())
  const heard: unknown[] = []
  events.on('progress', ({ data }) => void heard.push(data))
  await events.waitUntilReady()
  await jobs.fill(20)
  const run = await reporting(jobs, { to: { step: "'parsed'", number: 'data.n' } })
  await reaches(jobs, { completed: 20 })
  const progresses = (await jobs.queue.getCompleted()).map((job) => job.progress)
  expect(progresses).toContainEqual({ step: 'parsed', number: 7 })
  await until(
    () => heard.length === 20,
    () => `20 events, not ${heard.length}`,
  )
  expect(run.metric('bullmq-progress', 'progress_lost')).toBe(0)
})

test('batches stand for no job: they pass, and are counted', async () => {
  const jobs = await testQueue()
  await jobs.fill(10)
  const run = await reporting(jobs, {
    to: '50',
    before: [{ component: batch, options: { size: 5, timeout: '100ms' } }],
  })
  await reaches(jobs, { completed: 10 })
  expect(run.metric('bullmq-progress', 'without_job')).toBe(2)
  expect((await jobs.queue.getCompleted())[0]!.progress).toBe(0)
})

test('what is no progress fails its job, with the reason', async () => {
  const jobs = await testQueue()
  await jobs.fill(2)
  const run = await reporting(jobs, { to: 'data.n === 1 ? null : 10' })
  await reaches(jobs, { completed: 1, failed: 1 })
  expect(run.failures).toEqual(['bullmq-progress: SLUICE_PROGRESS_INVALID'])
  expect((await jobs.queue.getFailed())[0]!.failedReason).toContain('not null')
})

test('of a job that was removed meanwhile nobody is told, and nothing waits for it', async () => {
  const jobs = await testQueue()
  await jobs.fill(1)
  const hold: Part = { component: (await import('../../../src/stages/map.ts')).default, options: { to: obliterated } }
  async function obliterated(data: unknown): Promise<unknown> {
    await jobs.queue.obliterate({ force: true })
    return data
  }
  const run = await reporting(jobs, { to: '50', before: [hold] })
  await until(
    () => run.metric('bullmq-progress', 'progress_lost') === 1,
    () => JSON.stringify(run.graph.stats().nodes),
  )
  expect(run.failures).toEqual([])
})
