import type { Job, JobsOptions } from 'bullmq'
import { describe, expect, onTestFinished, test } from 'vitest'
import sink, { bullmq } from '../../../src/consumers/bullmq.ts'
import { realEnv } from '../../../src/core/env.ts'
import { batch } from '../../../src/stages/batch.ts'
import { harness, type ConsumerRun } from '../../../src/testing/index.ts'
import { until } from '../../e2e/process.ts'
import { feed } from '../../support/ends.ts'
import { line } from '../../support/pipeline.ts'
import { TcpProxy } from '../../support/tcp-proxy.ts'
import { expectEach, numbers, QUEUE, queueAt, reaches, SHORT, testQueue, type TestQueue } from './queues.ts'

type JobSettings = Parameters<typeof bullmq>[0]['job']

function sinkAt({ server }: TestQueue, job: JobSettings = {}): ConsumerRun {
  const run = harness(bullmq({ queue: QUEUE, url: server.url, ...SHORT, job }), { clock: 'real' })
  onTestFinished(async () => {
    await run.stop()
  })
  return run
}

async function waiting({ queue }: TestQueue): Promise<Job[]> {
  return (await queue.getWaiting()).toSorted((a, b) => a.timestamp - b.timestamp)
}

/** Pushes values, and waits until each has an outcome. */
async function pushed(run: ConsumerRun, values: readonly unknown[]): Promise<void> {
  const before = run.outcomes.length
  await run.push(values)
  await until(
    () => run.outcomes.length === before + values.length && run.pending.length === 0,
    () => `${values.length} outcomes`,
  )
}

describe('a consumer of jobs', () => {
  test('adds a job per message, with data and id of the message, and acks it when it is there', async () => {
    const jobs = await testQueue()
    const run = sinkAt(jobs)
    await pushed(run, [{ n: 1 }, 'text', null, 7])
    expect(run.acked).toHaveLength(4)
    const added = await jobs.queue.getWaiting()
    expect(added.map(({ data }): unknown => data)).toEqual(expect.arrayContaining([{ n: 1 }, 'text', null, 7]))
    for (const { name, id } of added) {
      expect(name).toBe('message')
      expect(id).toMatch(/%3A/)
      expect(id).not.toContain(':')
    }
  })

  test('options of the job come from the message', async () => {
    const jobs = await testQueue()
    const job = {
      name: 'data.kind',
      id: '"mail-" + data.n',
      delay: 'data.wait',
      priority: 'data.n',
      attempts: 'data.tries',
      backoff: { delay: '2s' },
      removeOnComplete: { count: 10 },
      removeOnFail: { age: '1h' },
    }
    const run = sinkAt(jobs, job)
    await pushed(run, [{ kind: 'mail', n: 5, wait: 60_000, tries: 3 }])
    const [added] = await jobs.queue.getDelayed()
    expect(added).toMatchObject({ name: 'mail', id: 'mail-5', delay: 60_000, priority: 5 })
    expect(added!.opts).toMatchObject({
      attempts: 3,
      backoff: { type: 'exponential', delay: 2000, jitter: 0 },
      removeOnComplete: { count: 10 },
      removeOnFail: { age: 3600 },
    } satisfies JobsOptions)
  })

  test('of a batch each part is a job', async () => {
    const jobs = await testQueue()
    const component = bullmq({ queue: QUEUE, url: jobs.server.url })
    const run = harness(component, { clock: 'real', before: [batch({ size: 3 })] })
    onTestFinished(() => run.stop().then(() => undefined))
    await pushed(run, [1, 2, 3])
    expectEach(
      (await waiting(jobs)).map(({ data }) => (data as number) - 1),
      3,
    )
  })

  test('an id that is there already isn’t added again', async () => {
    const jobs = await testQueue()
    const run = sinkAt(jobs, { id: 'data.id' })
    await pushed(run, [{ id: 'a' }, { id: 'b' }, { id: 'a' }])
    expect(run.acked).toHaveLength(3)
    await reaches(jobs, { wait: 2 })
  })

  test('an id that looks like what a queue answers to say no is one', async () => {
    const jobs = await testQueue()
    const run = sinkAt(jobs, { id: 'data.id' })
    await pushed(run, [{ id: '-0.5' }, { id: '-Infinity' }])
    expect(run.acked).toHaveLength(2)
    await reaches(jobs, { wait: 2 })
  })

  test.each([
    [{ id: 'data.id' }, { id: 'a:b' }, /has no ":" in it/],
    [{ id: 'data.id' }, { id: 12 }, /an integer is an id/],
    [{ id: 'data.id' }, { id: 'NaN' }, /gave NaN/],
    [{ priority: 'data.id' }, { id: -1 }, /job.priority` gave -1/],
    [{ delay: 'data.id' }, { id: 'soon' }, /job.delay` gave a value of type string/],
    [{ attempts: 'data.id' }, {}, /job.attempts` gave nothing/],
    [{}, { id: 1n }, /can't be written as JSON/],
    [{ parent: { id: 'data.id', queue: 'nowhere' } }, { id: 'a' }, /no job bull:nowhere:a to be its parent/],
  ] as const)('with %j the message %o fails by itself, and the others are added', async (job, bad, problem) => {
    const jobs = await testQueue()
    const run = sinkAt(jobs, job)
    await pushed(run, [bad])
    expect(run.outcomes[0]).toMatchObject({ outcome: 'failed' })
    expect((run.outcomes[0] as { readonly error: Error }).error).toMatchObject({
      code: 'SLUICE_BULLMQ_JOB_INVALID',
      message: expect.stringMatching(problem) as string,
    })
    const good = sinkAt(jobs)
    await pushed(good, [{ n: 1 }, { n: 2n }, { n: 3 }])
    expect(good.acked).toEqual([{ n: 1 }, { n: 3 }])
  })

  test('a job with a parent is a child of it', async () => {
    const jobs = await testQueue()
    const parents = queueAt(jobs.server, 'parents')
    await parents.add('flow', {}, { jobId: 'flow-1' })
    const run = sinkAt(jobs, { parent: { id: 'data.flow', queue: 'parents' } })
    await pushed(run, [{ flow: 'flow-1' }, { flow: null }])
    expect(run.failed).toEqual([])
    const [child, orphan] = (await jobs.queue.getWaiting()).toSorted((a) => (a.parentKey === undefined ? 1 : -1))
    expect(child!.parentKey).toBe('bull:parents:flow-1')
    expect(orphan!.parentKey).toBeUndefined()
  })

  test('a job that is there already with another parent is told apart from one whose parent is missing', async () => {
    const jobs = await testQueue()
    const parents = queueAt(jobs.server, 'parents')
    for (const jobId of ['flow-1', 'flow-2']) await parents.add('flow', {}, { jobId })
    const run = sinkAt(jobs, { id: '"child"', parent: { id: 'data.flow', queue: 'parents' } })
    await pushed(run, [{ flow: 'flow-1' }, { flow: 'flow-2' }])
    expect(run.failed).toEqual([{ flow: 'flow-2' }])
    expect((run.outcomes[1] as { readonly error: Error }).error.message).toBe(
      'job child is there already, and has another parent than bull:parents:flow-2',
    )
  })
})

describe('a consumer of jobs whose server fails', () => {
  /** A pipeline from a test to the queue. */
  async function adding(url: string) {
    const input = feed()
    const made = line(
      [input, { component: sink, options: { queue: QUEUE, url, ...SHORT }, settings: { giveUpAfterMs: 60_000 } }],
      realEnv,
    )
    onTestFinished(() => made.graph.stop().then(() => undefined))
    await made.graph.start()
    const settled = (count: number): Promise<unknown> =>
      until(
        () => input.receipts.length === count,
        () => `${count} receipts, not ${input.receipts.length}`,
      )
    return { ...made, input, settled }
  }

  test('connections are cut before answers come, again and again: every job is there once', async () => {
    const jobs = await testQueue()
    const proxy = await TcpProxy.start(jobs.server.port)
    const { input, settled } = await adding(proxy.url)
    for (let round = 0; round < 3; round++) {
      const lost = proxy.lost
      proxy.answers = round % 2 === 0 ? 'cut' : 'swallow'
      input.push(numbers(100, round * 100))
      await until(
        () => proxy.lost > lost,
        () => 'an answer to be lost',
      )
      proxy.answers = 'pass'
      await settled((round + 1) * 100)
    }
    expect(input.receipts.filter(({ outcome }) => outcome === 'failed')).toEqual([])
    await reaches(jobs, { wait: 300 })
    expectEach(
      (await jobs.queue.getWaiting()).map(({ data }) => data as number),
      300,
    )
  })

  test('killed and frozen: it waits, and then every job is there once', async () => {
    const jobs = await testQueue({ appendonly: 'yes', appendfsync: 'always' })
    const { input, settled } = await adding(jobs.server.url)
    input.push(numbers(200))
    await jobs.server.kill()
    input.push(numbers(200, 200))
    await jobs.server.restart()
    await settled(400)
    jobs.server.signal('SIGSTOP')
    input.push(numbers(200, 400))
    const frozen = performance.now()
    await until(
      () => performance.now() - frozen > 2500,
      () => 'time to pass',
    )
    expect(input.receipts).toHaveLength(400)
    jobs.server.signal('SIGCONT')
    await settled(600)
    await reaches(jobs, { wait: 600 })
    expectEach(
      (await jobs.queue.getWaiting()).map(({ data }) => data as number),
      600,
    )
  })

  test('full: nothing is acked until there is room, and the server’s word is told', async () => {
    const jobs = await testQueue()
    const { input, settled, graph } = await adding(jobs.server.url)
    await jobs.server.cli('config', 'set', 'maxmemory', 1)
    input.push([1])
    await until(
      () => JSON.stringify(graph.stats().nodes.find(({ name }) => name === 'bullmq')).includes('OOM'),
      () => 'the circuit to tell',
    )
    expect(input.receipts).toEqual([])
    await jobs.server.cli('config', 'set', 'maxmemory', 0)
    await settled(1)
    await reaches(jobs, { wait: 1 })
  })
})
