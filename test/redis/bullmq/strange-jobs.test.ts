import { expect, test } from 'vitest'
import { until } from '../../e2e/process.ts'
import { pipelineAt, reaches, testQueue } from './queues.ts'

test('a job whose data is no JSON fails for good, and is told; its bytes stay, and the others are handled', async () => {
  const jobs = await testQueue()
  await jobs.fill(3, { attempts: 5 })
  const key = jobs.queue.toKey('2')
  await jobs.server.cli('hset', key, 'data', '{broken')
  const handled: number[] = []
  const { log, metric } = await pipelineAt(jobs.server, ({ n }) => void handled.push(n))
  await reaches(jobs, { completed: 2, failed: 1, active: 0, wait: 0 })
  expect(handled).toEqual([0, 2])
  expect(await jobs.server.cli('hget', key, 'failedReason')).toMatch(/^its data can't be read: .*JSON/)
  expect(await jobs.server.cli('hget', key, 'data')).toBe('{broken')
  expect(log.map(({ message }) => message)).toEqual([
    expect.stringMatching(/^job 2 has failed without being given: its data can't be read/),
  ])
  expect(metric('bullmq', 'unfit_jobs')).toBe(1)
})

test('a job that was not written by BullMQ, with data and nothing else, is given; so is one without anything', async () => {
  const jobs = await testQueue()
  await jobs.server.cli('hset', jobs.queue.toKey('thin'), 'data', '{"n":7}')
  await jobs.server.cli('lpush', jobs.queue.toKey('wait'), 'thin', 'ghost')
  const given: unknown[] = []
  const { failures } = await pipelineAt(jobs.server, (data, { headers }) => void given.push([data, headers]))
  await until(
    () => given.length === 2,
    () => `two jobs, not ${given.length}, ${failures.join()}`,
  )
  const headers = { 'bullmq-name': '', 'bullmq-queue': 'orders' }
  expect(given).toEqual([
    [{ n: 7 }, headers],
    [{}, headers],
  ])
  await reaches(jobs, { completed: 2, active: 0 })
})
