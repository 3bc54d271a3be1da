import { expect, onTestFinished, test } from 'vitest'
import { bullmq } from '../../../src/producers/bullmq.ts'
import { harness } from '../../../src/testing/index.ts'
import { until } from '../../e2e/process.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { pipelineAt, QUEUE, reaches, SHORT, testQueue } from './queues.ts'

test('a fetch whose answer is lost: its job comes again when its lock has expired', async () => {
  const jobs = await testQueue()
  const proxy = await TcpProxy.start(jobs.server.port)
  await jobs.fill(1)
  const settings = { url: proxy.url, lockDuration: '1s', stalledInterval: '500ms' }
  const run = harness(bullmq({ queue: QUEUE, ...SHORT, ...settings }), { answers: 'by hand', clock: 'real' })
  onTestFinished(() => run.stop().then(() => undefined))
  await run.settle()
  proxy.delayMs = 60_000
  await run.ask(1)
  await reaches(jobs, { active: 1 })
  expect(run.given).toEqual([])
  proxy.cut()
  proxy.delayMs = 0
  await until(
    () => run.given.length === 1,
    () => 'the job to come again',
  )
  expect(run.givenMessages[0]!.attempt).toBe(1)
  await run.ack(1)
  await reaches(jobs, { completed: 1, active: 0 })
  expect(run.stats.own).toMatchObject({ stalled: 1 })
})

test('a job that failed while the server was away has failed once, and has one stack, however often that was tried', async () => {
  const jobs = await testQueue({ appendonly: 'yes', appendfsync: 'always' })
  await jobs.fill(1)
  let pass!: () => void
  const passed = new Promise<void>((resolve) => (pass = resolve))
  let isTaken = false
  const fail = async (): Promise<never> => {
    isTaken = true
    await passed
    throw new Error('no stock')
  }
  const { log } = await pipelineAt(jobs.server, fail)
  await until(
    () => isTaken,
    () => 'it to be taken',
  )
  await jobs.server.kill()
  pass()
  const away = performance.now()
  await until(
    () => performance.now() - away > 1500 && log.some(({ message }) => message.startsWith('finishing a job')),
    () => 'it to be tried',
  )
  await jobs.server.restart()
  await reaches(jobs, { failed: 1 })
  const [failed] = await jobs.queue.getFailed()
  expect(failed).toMatchObject({ attemptsMade: 1, failedReason: 'no stock' })
  expect(failed!.stacktrace).toHaveLength(1)
})
