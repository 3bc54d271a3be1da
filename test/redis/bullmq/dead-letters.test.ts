import { Queue, type Job } from 'bullmq'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { definePipeline } from '../../../src/config/builder.ts'
import { bullmq } from '../../../src/consumers/bullmq.ts'
import { each } from '../../../src/consumers/each.ts'
import { messageError } from '../../../src/core/errors.ts'
import type { Letter } from '../../../src/core/letter.ts'
import type { Running } from '../../../src/daemon/running.ts'
import { start } from '../../../src/daemon/start.ts'
import type { Ticket } from '../../../src/kit/feed/ticket.ts'
import { queue } from '../../../src/producers/queue.ts'
import { until } from '../../e2e/process.ts'
import { TestRedis, type Settings } from '../../support/redis-server.ts'
import { queueAt, SHORT } from './queues.ts'

const DEAD = 'orders-dead'

interface Order {
  readonly n: number
}

/** A daemon whose consumer takes what a test lets it take, and whose letters are jobs. */
class Orders {
  readonly server: TestRedis
  readonly dead: Queue
  readonly numbers = queue<Order>()
  readonly handled: number[] = []
  readonly lines: string[] = []
  running!: Running
  isBroken = true

  private constructor(server: TestRedis) {
    this.server = server
    this.dead = queueAt(server, DEAD)
  }

  static async start(settings: Settings = {}): Promise<Orders> {
    const orders = new Orders(await TestRedis.start({ 'maxmemory-policy': 'noeviction', ...settings }))
    await orders.open()
    onTestFinished(() => orders.running.stop().then(() => undefined))
    return orders
  }

  async open(): Promise<void> {
    const pipeline = definePipeline(
      'orders',
      (p) => {
        const numbers = p.producer('numbers', this.numbers)
        p.consumer(
          'ledger',
          numbers,
          each((order: Order) => this.#handle(order)),
        )
        p.deadLetters(bullmq({ queue: DEAD, url: this.server.url, ...SHORT }))
      },
      { stopTimeout: '3s' },
    )
    const at = (level: string) => (message: string) => void this.lines.push(`${level}: ${message}`)
    const log = { debug() {}, info: at('info'), warn: at('warn'), error: at('error') }
    this.running = await start(pipeline, { log })
  }

  async give(...numbers: number[]): Promise<Ticket[]> {
    return await Promise.all(numbers.map((n) => this.numbers.push({ n })))
  }

  /** Failed jobs, when there are so many and no others. */
  async letters(count: number): Promise<Job<Letter>[]> {
    let counts: Record<string, number> = {}
    await until(
      async () => {
        counts = await this.dead.getJobCounts('wait', 'active', 'failed', 'completed').catch(() => ({}))
        return counts['failed'] === count && counts['wait'] === 0 && counts['active'] === 0
      },
      () => `${count} failed jobs, there are ${JSON.stringify(counts)}\n${this.lines.join('\n')}`,
    )
    return (await this.dead.getFailed()) as Job<Letter>[]
  }

  #handle({ n }: Order): void {
    if (this.isBroken) throw messageError('ORDER_UNKNOWN', `there is no order ${n}`)
    this.handled.push(n)
  }
}

describe('dead letters on BullMQ', () => {
  test('are failed jobs, named for their node, with the error as the reason and the letter as data', async () => {
    const orders = await Orders.start()
    const tickets = await orders.give(1, 2)
    const outcomes = await Promise.all(tickets.map(({ done }) => done))
    expect(outcomes).toMatchObject([
      { outcome: 'acked', reason: 'dead-letter' },
      { outcome: 'acked', reason: 'dead-letter' },
    ])
    const letters = await orders.letters(2)
    const first = letters.find(({ data }) => (data.data as Order).n === 1)!
    expect(first).toMatchObject({ name: 'ledger', failedReason: 'ORDER_UNKNOWN: there is no order 1', attemptsMade: 1 })
    expect(first.stacktrace).toEqual(['ORDER_UNKNOWN: there is no order 1'])
    expect(first.data).toMatchObject({
      pipeline: 'orders',
      node: 'ledger',
      attempts: 1,
      error: { code: 'ORDER_UNKNOWN', kind: 'message' },
    })
  })

  test.each([
    ['one job', (job: Job) => job.retry('failed')],
    ['one job, with its attempts set back', (job: Job) => job.retry('failed', { resetAttemptsMade: true })],
    ['all of a queue', (_job: Job, dead: Queue) => dead.retryJobs({ state: 'failed' })],
  ])('a retry of %s brings the message back to its node; what is handled is gone', async (_what, retry) => {
    const orders = await Orders.start()
    await orders.give(1)
    const [letter] = await orders.letters(1)
    orders.isBroken = false
    await retry(letter!, orders.dead)
    await orders.letters(0)
    expect(orders.handled).toEqual([1])
    expect(await orders.dead.getJobCountByTypes('completed', 'delayed')).toBe(0)
  })

  test('what fails again has failed again, and is one letter, with the new story; then it can be retried again', async () => {
    const orders = await Orders.start()
    await orders.give(1)
    const [letter] = await orders.letters(1)
    const { failedAt } = letter!.data
    await letter!.retry('failed')
    let again: Job<Letter>[] = []
    await until(
      async () => {
        again = await orders.letters(1)
        return again[0]!.data.failedAt > failedAt
      },
      () => 'a newer story',
    )
    expect(again[0]).toMatchObject({ id: letter!.id, failedReason: 'ORDER_UNKNOWN: there is no order 1' })
    orders.isBroken = false
    await again[0]!.retry('failed')
    await orders.letters(0)
    expect(orders.handled).toEqual([1])
  })

  test('one that was retried while no process ran comes when one does', async () => {
    const orders = await Orders.start()
    await orders.give(1)
    const [letter] = await orders.letters(1)
    await orders.running.stop()
    await letter!.retry('failed')
    orders.isBroken = false
    await orders.open()
    await orders.letters(0)
    expect(orders.handled).toEqual([1])
  })

  test('a job that somebody has duplicated is a letter of its own, also while both are tried again', async () => {
    const orders = await Orders.start()
    await orders.give(1)
    const [letter] = await orders.letters(1)
    await orders.dead.add(letter!.name, letter!.data)
    await orders.letters(2)
    await orders.dead.retryJobs({ state: 'failed' })
    await until(
      async () => (await orders.letters(2)).every(({ attemptsMade }) => attemptsMade === 2),
      () => 'both to have failed again',
    )
    orders.isBroken = false
    await orders.dead.retryJobs({ state: 'failed' })
    await orders.letters(0)
    expect(orders.handled).toEqual([1, 1])
  })

  test('a letter of another pipeline, which has the same queue, is not given to a node of the same name', async () => {
    const orders = await Orders.start()
    await orders.give(1)
    const [letter] = await orders.letters(1)
    await letter!.updateData({ ...letter!.data, pipeline: 'refunds' })
    orders.isBroken = false
    await letter!.retry('failed')
    let reason: string | undefined
    await until(
      async () => (reason = (await orders.letters(1))[0]!.failedReason).startsWith("it can't be tried again"),
      () => `a reason, not ${reason}`,
    )
    expect(reason).toContain('a letter of the pipeline "refunds"')
    expect(orders.handled).toEqual([])
  })

  test('a letter that cannot be given back says why, and stays', async () => {
    const orders = await Orders.start()
    await orders.give(1, 2)
    const [one, other] = await orders.letters(2)
    await one!.updateData({ ...one!.data, node: 'gone' })
    await other!.updateData({ text: 'not a letter' } as never)
    await orders.dead.retryJobs({ state: 'failed' })
    let reasons: string[] = []
    await until(
      async () => {
        reasons = (await orders.letters(2)).map(({ failedReason }) => failedReason)
        return reasons.every((reason) => reason.startsWith("it can't be tried again"))
      },
      () => `reasons, not ${JSON.stringify(reasons)}`,
    )
    expect(reasons.join()).toContain('gone')
    expect(reasons.join()).toContain('no letter')
  })

  test('a queue that cannot be reached stops the flow, and loses nothing: what waited is there when it is back', async () => {
    const orders = await Orders.start({ appendonly: 'yes', appendfsync: 'always' })
    await orders.give(1)
    await orders.letters(1)
    await orders.server.kill()
    const tickets = await orders.give(2, 3, 4)
    await until(
      () => orders.running.statuses[0]!.troubles.length > 0,
      () => 'the trouble to be told',
    )
    const settled = vi.fn<() => void>()
    for (const { done } of tickets) void done.then(settled)
    expect(settled).not.toHaveBeenCalled()
    await orders.server.restart()
    const letters = await orders.letters(4)
    expect(letters.map(({ data }) => (data.data as Order).n).toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4])
    await Promise.all(tickets.map(({ done }) => done))
    expect(settled).toHaveBeenCalledTimes(3)
  })

  test('a stop while the queue cannot be reached ends, and gives back what has no letter', async () => {
    const orders = await Orders.start()
    await orders.server.kill()
    const [ticket] = await orders.give(1)
    const [report] = await orders.running.stop()
    expect(report!.outcome).toBe('deadline')
    expect((await ticket!.done).outcome).toBe('failed')
  })
})
