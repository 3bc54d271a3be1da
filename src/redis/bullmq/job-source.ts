import type { CallInfo, ProducerContext, Receipt, ReceiptProducerHandlers } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import type { Message } from '../../core/message.ts'
import { Fetching } from './fetching.ts'
import { Finishing } from './finishing.ts'
import { Holding } from './holding.ts'
import { JobWorker, type HeldJob } from './job-worker.ts'
import type { BullSourceOptions } from './options.ts'

/** When the pipeline stops, outcomes wait for Redis at most so long, and so does the end; ms. */
const LONGEST_END_MS = 5000

/** What an opened source consists of. */
interface Opened {
  readonly worker: JobWorker
  readonly fetching: Fetching
  readonly holding: Holding
  readonly finishing: Finishing
}

/**
 * The jobs of a queue as messages.
 *
 *     Redis ──Fetching──▶ Holding ──message──▶ graph ──receipt──▶ Finishing ──▶ Redis
 *                (demand)  (locks)                      (completed, failed, given back)
 */
export class JobSource implements ReceiptProducerHandlers {
  readonly #options: BullSourceOptions
  readonly #context: ProducerContext
  readonly #given = new Map<Message, HeldJob>()
  #opened: Opened | undefined

  constructor(options: BullSourceOptions, context: ProducerContext) {
    this.#options = options
    this.#context = context
  }

  async open(): Promise<void> {
    const { clock, log, metrics } = this.#context
    const stalled = (id: string): void => {
      metrics.add('stalled')
      log.warn(`job ${id} has lost its worker, and is there again`, { job: id })
    }
    const worker = await JobWorker.open(this.#options, { env: realEnv, log, stalled })
    const lost = (held: HeldJob): void => this.#lost(held, 'its lock has expired, or it was removed')
    const gone = (held: HeldJob, reason: string): void => this.#lost(held, reason)
    const holding = new Holding(worker, { clock, log, lockMs: this.#options.lockDuration, lost })
    const fetching = new Fetching(worker, {
      most: this.#options.fetchers,
      clock,
      came: (held) => holding.add(held),
      late: (held) => void this.#giveBack([held]),
    })
    this.#opened = { worker, fetching, holding, finishing: new Finishing(worker, { clock, log, gone }) }
  }

  async handleDemand(count: number, { signal }: CallInfo): Promise<readonly Message[]> {
    const jobs = await this.#opened!.fetching.take(count, signal)
    return jobs.map((held) => this.#message(held))
  }

  async settle(receipts: readonly Receipt[]): Promise<void> {
    await Promise.all(receipts.map((receipt) => this.#settle(receipt)))
  }

  /** What comes from now on, because it was under way, is given back; outcomes don't wait for good any more. */
  drain(): void {
    this.#context.clock.after(LONGEST_END_MS, () => this.#opened!.finishing.end())
    void this.#giveBack(this.#opened!.fetching.end())
  }

  async stop(): Promise<void> {
    if (this.#opened === undefined) return
    const { worker, fetching, holding, finishing } = this.#opened
    holding.end()
    finishing.end()
    const signal = AbortSignal.timeout(LONGEST_END_MS)
    fetching.end()
    await fetching.ended(signal)
    await this.#giveBack(holding.jobs)
    await worker.close()
  }

  #message(held: HeldJob): Message {
    const { job } = held
    const headers = { 'bullmq-name': job.name, 'bullmq-queue': this.#options.queue }
    const message = this.#context.message<unknown>(job.data, {
      position: job.id!,
      time: job.timestamp,
      attempt: job.attemptsMade + 1,
      headers: job.parentKey === undefined ? headers : { ...headers, 'bullmq-parent': job.parentKey },
    })
    this.#given.set(message, held)
    return message
  }

  async #settle(receipt: Receipt): Promise<void> {
    const held = this.#given.get(receipt.message)
    if (held === undefined) return
    if (!(await this.#opened!.finishing.finish(held, receipt))) return
    this.#given.delete(receipt.message)
    this.#opened!.holding.delete(held)
  }

  async #giveBack(jobs: readonly HeldJob[]): Promise<void> {
    if (jobs.length === 0) return
    const { finishing, holding } = this.#opened!
    for (const held of jobs) holding.delete(held)
    const left = await finishing.release(jobs)
    if (left === 0) return
    const text = `${left} jobs could not be given back: other workers get them when their locks have expired`
    this.#context.log.warn(text, { queue: this.#options.queue, jobs: left })
  }

  #lost({ job }: HeldJob, reason: string): void {
    this.#context.metrics.add('lost_jobs')
    this.#context.log.warn(`job ${job.id} is not ours any more: ${reason}`, { job: job.id })
  }
}
