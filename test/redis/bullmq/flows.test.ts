import { FlowProducer, Worker } from 'bullmq'
import { expect, onTestFinished, test } from 'vitest'
import { bullmq as adding } from '../../../src/consumers/bullmq.ts'
import { harness } from '../../../src/testing/index.ts'
import { QUEUE, pipelineAt, queueAt, reaches, SHORT, testQueue, type TestQueue } from './queues.ts'

const PARENTS = 'parents'

/** A parent that waits for a child, which nobody handles for now. */
async function waitingParent({ server }: TestQueue): Promise<string> {
  const flows = new FlowProducer({ connection: { host: '127.0.0.1', port: server.port } })
  onTestFinished(() => flows.close())
  const child = { name: 'first', queueName: 'elsewhere', data: {}, opts: { jobId: 'first' } }
  const { job } = await flows.add({ name: 'flow', queueName: PARENTS, data: { n: 9 }, children: [child] })
  return job.id!
}

test('a flow of others: its children are given, then their parent', async () => {
  const jobs = await testQueue()
  const flows = new FlowProducer({ connection: { host: '127.0.0.1', port: jobs.server.port } })
  onTestFinished(() => flows.close())
  const children = [0, 1].map((n) => ({ name: 'child', queueName: QUEUE, data: { n } }))
  const { job } = await flows.add({ name: 'flow', queueName: QUEUE, data: { n: 2 }, children })
  const given: [number, string | undefined][] = []
  await pipelineAt(jobs.server, ({ n }, { headers }) => void given.push([n, headers['bullmq-parent']]))
  await reaches(jobs, { completed: 3 })
  const parent = `bull:${QUEUE}:${job.id}`
  expect(given).toEqual([
    [0, parent],
    [1, parent],
    [2, undefined],
  ])
})

test.each([
  ['fail', { failed: 1, 'waiting-children': 0 }],
  ['ignore', { wait: 1, 'waiting-children': 0 }],
  ['wait', { 'waiting-children': 1 }],
] as const)('a parent whose added child fails for good, with `whenFailed: %s`', async (whenFailed, counts) => {
  const jobs = await testQueue()
  const id = await waitingParent(jobs)
  const parents = queueAt(jobs.server, PARENTS)
  const job = { parent: { id: 'data.flow', queue: PARENTS, whenFailed } }
  const run = harness(adding({ queue: QUEUE, url: jobs.server.url, ...SHORT, job }), { clock: 'real' })
  onTestFinished(() => run.stop().then(() => undefined))
  await run.push([{ flow: id }])
  await run.until(() => run.outcomes.length === 1)
  expect(run.failed).toEqual([])
  await pipelineAt(jobs.server, () => Promise.reject(new Error('no stock')))
  await reaches(jobs, { failed: 1 })
  const first = new Worker('elsewhere', () => Promise.resolve(), {
    connection: { host: '127.0.0.1', port: jobs.server.port },
  })
  onTestFinished(() => first.close(true))
  const elsewhere = queueAt(jobs.server, 'elsewhere')
  await reaches({ ...jobs, counts: () => elsewhere.getJobCounts() }, { completed: 1 })
  // A parent that has to fail does so when a worker of its queue comes to it.
  if (whenFailed === 'fail') await pipelineAt(jobs.server, () => {}, { options: { queue: PARENTS } })
  await reaches({ ...jobs, counts: () => parents.getJobCounts('wait', 'failed', 'waiting-children') }, counts)
})
