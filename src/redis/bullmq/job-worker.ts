import type { BackoffStrategy, Job, JobJson, MinimalJob } from 'bullmq'
import { asError, type SluiceError } from '../../core/errors.ts'
import type { MaybePromise } from '../../core/component.ts'
import { loadBull, type Bull } from './library.ts'
import { keepJobs, type BullSourceOptions } from './options.ts'
import { QueueClients, type BullWorld } from './queue-clients.ts'

/** A job whose lock is here. */
export interface HeldJob {
  readonly job: Job
  /** What its lock is known by; no two jobs that are held have the same, so that one that comes twice isn't taken for one. */
  readonly token: string
  /** Its place among all that were fetched. */
  readonly order: number
  /** Somebody else may have it: whatever becomes of it here counts for nothing. */
  isLost: boolean
  /** The queue is being told what became of it: that it has no lock any more is no news. */
  isEnding: boolean
}

export interface JobWorkerWorld extends BullWorld {
  /** Told of jobs whose worker has died, and that are there again. */
  stalled(jobId: string): void
  /** Told of jobs that can't be given, and have failed for it. */
  unfit(jobId: string, reason: string): void
}

/** Longest wait of a blocking fetch; BullMQ asks for no more than ten seconds. */
const BLOCK_SECONDS = 10
const RETRY_MS = 1000

/**
 * BullMQ's own worker without its loop: jobs are fetched one by one when there is demand for them, and locks are
 * renewed by whoever holds them.
 */
export class JobWorker {
  readonly #bull: Bull
  readonly #clients: QueueClients
  readonly #worker: InstanceType<ReturnType<typeof extended>>
  readonly #options: BullSourceOptions
  readonly #world: JobWorkerWorld
  #fetches = 0

  private constructor(bull: Bull, clients: QueueClients, { options, world }: Given) {
    this.#bull = bull
    this.#clients = clients
    this.#options = options
    this.#world = world
    const { queue, lockDuration, stalledInterval, maxStalledCount, limiter, prefix } = options
    const [removeOnComplete, removeOnFail] = [keepJobs(options.removeOnComplete), keepJobs(options.removeOnFail)]
    const settings = {
      connection: {},
      prefix,
      autorun: false,
      skipLockRenewal: true,
      drainDelay: BLOCK_SECONDS,
      runRetryDelay: RETRY_MS,
      lockDuration,
      stalledInterval,
      maxStalledCount,
      ...(limiter && { limiter }),
      ...(removeOnComplete && { removeOnComplete }),
      ...(removeOnFail && { removeOnFail }),
      // Of a kind that only the code of the queue's own workers knows, the delay is the best that is known.
      settings: {
        backoffStrategy: (...given: Parameters<BackoffStrategy>) => delayOf(given[3]),
      },
    }
    this.#worker = new (extended(bull))(queue, null, settings, clients.backend(bull))
    // Without a listener it would be thrown. An outage is told of by whoever meets it.
    this.#worker.on('error', (error) => {
      if (clients.isReady) world.log.warn(`BullMQ at ${clients.address}: ${clients.failure(error, queue).message}`)
    })
    this.#worker.on('stalled', (jobId) => world.stalled(jobId))
  }

  /** @throws SLUICE_BULLMQ_MISSING and what connecting throws */
  static async open(options: BullSourceOptions, world: JobWorkerWorld): Promise<JobWorker> {
    const bull = await loadBull()
    const clients = await QueueClients.open(options, world, BLOCK_SECONDS * 1000)
    const opened = new JobWorker(bull, clients, { options, world })
    try {
      await opened.#worker.waitUntilReady()
      await opened.#worker.startStalledCheckTimer()
      return opened
    } catch (error) {
      await opened.close()
      throw opened.failure(error, 'opening')
    }
  }

  get isReady(): boolean {
    return this.#clients.isReady
  }

  /** @throws what keeps the next try to connect from succeeding */
  ready(): Promise<void> {
    return this.#clients.ready()
  }

  onClose(told: () => void): void {
    this.#clients.onClose(told)
  }

  /**
   * The next job; where there is none and `block` is given, the next one that comes within some seconds.
   *
   * @throws what a command to Redis may meet; whether a job was taken is unknown then, and it comes again when its lock
   *   has expired
   */
  async fetch({ block }: { readonly block: boolean }): Promise<HeldJob | undefined> {
    const sent = this.#fetches++
    const token = `${this.#worker.id}:${sent}`
    try {
      const job = await this.#worker.getNextJob(token, { block })
      // What has waited is as new as what is fetched now.
      const order = block ? this.#fetches++ : sent
      return job && (await this.#fit({ job, token, order, isLost: false, isEnding: false }))
    } catch (error) {
      throw this.failure(error, 'fetching a job')
    }
  }

  /** Completes a job. @throws what BullMQ refuses, with its number as `code`; what a command to Redis may meet */
  async complete({ job, token }: HeldJob): Promise<void> {
    await job.moveToCompleted(null, token, false)
  }

  /**
   * Completes a job, and fetches the next one by the same command.
   *
   * @returns what gives that, where there is one
   * @throws what `complete` does; then none was fetched, or one that comes again when its lock has expired
   */
  async completeAndFetch({ job, token }: HeldJob): Promise<() => MaybePromise<HeldJob | undefined>> {
    const order = this.#fetches++
    try {
      // The lock of the next one gets the name of this one's, which is free by then.
      const next = await this.#worker.completeAndFetch(job, token)
      return () => next && this.#fit({ job: next, token, order, isLost: false, isEnding: false })
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      // The answer is there, so that this one is completed; what can't be read is the next one, which is left to stall.
      this.#world.log.warn(`the next job can't be read: ${error.message}`)
      return () => this.fetch({ block: false })
    }
  }

  /** Whether as many jobs are active, wherever, as the queue allows at the same time. */
  async isMaxed(): Promise<boolean> {
    try {
      return await this.#worker.getBackend().isMaxed()
    } catch (error) {
      throw this.failure(error, 'asking for the concurrency')
    }
  }

  /** For how long nothing may be fetched; 0 where there is no limit now. */
  async rateLimitedMs(): Promise<number> {
    try {
      return Math.max(0, await this.#worker.getBackend().getRateLimitTtl(this.#options.limiter?.max))
    } catch (error) {
      throw this.failure(error, 'asking for the rate limit')
    }
  }

  /** Keeps jobs locked. @returns the ids of those that have another lock, or none, or are gone */
  async extendLocks(held: readonly HeldJob[]): Promise<readonly string[]> {
    const ids = held.map(({ job }) => job.id!)
    const tokens = held.map(({ token }) => token)
    try {
      return await this.#worker.extendJobLocks(ids, tokens, this.#options.lockDuration)
    } catch (error) {
      throw this.failure(error, 'renewing locks')
    }
  }

  /** Gives a job back, for whoever fetches next; it doesn't count as an attempt. */
  async release({ job, token }: HeldJob): Promise<void> {
    await job.moveToWait(token)
  }

  failure(error: unknown, action: string): SluiceError {
    return this.#clients.failure(error, `${action} of the queue "${this.#options.queue}"`)
  }

  async close(): Promise<void> {
    await this.#worker.close(true)
    await this.#clients.close()
  }

  /** Of a job that nobody is to be given the next one. @throws what `fetch` does */
  #fit(held: HeldJob): MaybePromise<HeldJob | undefined> {
    return held.job.deferredFailure ? this.#failed(held, held.job.deferredFailure) : held
  }

  /** Stalled too often, a child of it has failed, or nobody can read it: it is left to the next worker to fail it. */
  async #failed({ job, token }: HeldJob, reason: string): Promise<HeldJob | undefined> {
    try {
      await job.moveToFailed(new this.#bull.UnrecoverableError(reason), token, false)
    } catch (error) {
      throw this.failure(error, 'failing a job')
    }
    this.#world.unfit(job.id!, reason)
    return this.fetch({ block: false })
  }
}

interface Given {
  readonly options: BullSourceOptions
  readonly world: JobWorkerWorld
}

/**
 * A worker that can complete a job and fetch the next one, which BullMQ's own does in its loop.
 *
 * And one that doesn't stumble over a job whose data is no JSON: thrown here, it would be locked by nobody, and stall
 * again and again. What is in Redis stays as it is.
 */
function extended({ Worker: Base }: Bull) {
  return class extends Base {
    completeAndFetch(job: Job, token: string): Promise<Job | undefined> {
      return this.handleCompleted(null, job, token, () => true)
    }

    protected override createJob(data: JobJson, jobId: string): Job {
      try {
        return super.createJob(data, jobId)
      } catch (error) {
        const deferredFailure = `its data can't be read: ${asError(error).message}`
        return super.createJob({ ...data, data: '{}', deferredFailure }, jobId)
      }
    }
  }
}

function delayOf(job: MinimalJob | undefined): number {
  const backoff = job?.opts.backoff
  return (typeof backoff === 'number' ? backoff : backoff?.delay) ?? RETRY_MS
}
