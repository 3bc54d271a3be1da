import type { JobProgress } from 'bullmq'
import type { NodeContext } from '../../core/component.ts'
import { realEnv } from '../../core/env.ts'
import { Exchange } from './exchange.ts'
import { Fetching } from './fetching.ts'
import { Finishing, type Ending } from './finishing.ts'
import { Holding } from './holding.ts'
import { JobWorker, type HeldJob } from './job-worker.ts'
import type { BullSourceOptions } from './options.ts'

/** When it ends, outcomes wait for Redis at most so long, and so does what is under way; ms. */
const LONGEST_END_MS = 5000

interface Parts {
  readonly worker: JobWorker
  readonly fetching: Fetching
  readonly holding: Holding
  readonly finishing: Finishing
}

/**
 * Takes jobs of a queue, holds their locks, and tells the queue what became of them.
 *
 *     Redis ──Fetching──▶ Holding ──▶ whoever takes them ──▶ Finishing ──▶ Redis
 *                          (locks)                     (completed, failed, given back)
 */
export class JobIntake {
  readonly #context: NodeContext
  readonly #queue: string
  readonly #parts: Parts
  #drained: Promise<void> | undefined

  private constructor(context: NodeContext, options: BullSourceOptions, worker: JobWorker) {
    const { clock, log } = context
    this.#context = context
    this.#queue = options.queue
    const lost = (held: HeldJob): void => this.#lost(held, 'its lock has expired, or it was removed')
    const gone = (held: HeldJob, reason: string): void => this.#lost(held, reason)
    const finished = (held: HeldJob): void => {
      holding.delete(held)
      fetching.finished()
    }
    const holding = new Holding(worker, { clock, log, lockMs: options.lockDuration, lost })
    const exchange = new Exchange(worker)
    const fetching = new Fetching(worker, {
      most: options.fetchers,
      clock,
      exchange,
      came: (held) => holding.add(held),
      late: (held) => void this.#giveBack([held]),
      isHolding: () => holding.size > 0,
    })
    this.#parts = {
      worker,
      fetching,
      holding,
      finishing: new Finishing(worker, { clock, log, exchange, gone, finished }),
    }
  }

  /** @throws SLUICE_BULLMQ_MISSING and what connecting throws */
  static async open(options: BullSourceOptions, context: NodeContext): Promise<JobIntake> {
    const { log, metrics } = context
    const stalled = (id: string): void => {
      metrics.add('stalled')
      log.warn(`job ${id} has lost its worker, and is there again`, { job: id })
    }
    const unfit = (id: string, reason: string): void => {
      metrics.add('unfit_jobs')
      log.warn(`job ${id} has failed without being given: ${reason}`, { job: id })
    }
    return new JobIntake(context, options, await JobWorker.open(options, { env: realEnv, log, stalled, unfit }))
  }

  /** Waits for jobs; gives those that have come, at most so many. @throws what keeps it from getting any */
  take(count: number): Promise<HeldJob[]> {
    return this.#parts.fetching.take(count)
  }

  /** Tells the queue what became of a job, for as long as that takes. Never rejects. */
  finish(held: HeldJob, ending: Ending): Promise<void> {
    return this.#parts.finishing.finish(held, ending)
  }

  /** Tells the queue how far a job is. Never rejects. @returns whether it was told */
  async progress(held: HeldJob, value: JobProgress): Promise<boolean> {
    const { worker } = this.#parts
    if (held.isLost || !worker.isReady) return false
    try {
      await held.job.updateProgress(value)
      return true
    } catch {
      return false // Whoever asks counts it.
    }
  }

  /** Gives a job back that nothing was done with. Never rejects. */
  async release(held: HeldJob): Promise<void> {
    await this.#giveBack([held])
  }

  /** What comes from now on, because it was under way, is given back; outcomes don't wait for good any more. */
  drain(): void {
    this.#context.clock.after(LONGEST_END_MS, () => this.#parts.finishing.end())
    this.#drained ??= this.#endFetching()
  }

  /** Gives back what has no outcome. */
  async close(): Promise<void> {
    const { worker, holding, finishing } = this.#parts
    finishing.end()
    await (this.#drained ??= this.#endFetching())
    holding.end()
    await this.#giveBack(holding.jobs)
    await worker.close()
  }

  /** What was under way is waited for: those that were fetched last are given back first. */
  async #endFetching(): Promise<void> {
    const { fetching } = this.#parts
    fetching.end()
    await this.#giveBack(await fetching.ended(AbortSignal.timeout(LONGEST_END_MS)))
  }

  async #giveBack(jobs: readonly HeldJob[]): Promise<void> {
    if (jobs.length === 0) return
    const { finishing, holding } = this.#parts
    for (const held of jobs) holding.delete(held)
    const left = await finishing.release(jobs)
    if (left === 0) return
    const text = `${left} jobs could not be given back: other workers get them when their locks have expired`
    this.#context.log.warn(text, { queue: this.#queue, jobs: left })
  }

  #lost({ job }: HeldJob, reason: string): void {
    this.#context.metrics.add('lost_jobs')
    this.#context.log.warn(`job ${job.id} is not ours any more: ${reason}`, { job: job.id })
  }
}
