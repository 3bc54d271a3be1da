import type { Clock, Log, Receipt } from '../../core/component.ts'
import { asError, SluiceError } from '../../core/errors.ts'
import { Bell } from '../../kit/bell.ts'
import type { Exchange } from './exchange.ts'
import type { HeldJob, JobWorker } from './job-worker.ts'

/** Between tries while Redis is away; ms. */
const AGAIN_MS = 200

/** What says that the pipeline has ended, and nothing of the message. */
const UNDONE: ReadonlySet<string> = new Set([
  'SLUICE_PIPELINE_STOPPED',
  'SLUICE_PIPELINE_FAILED',
  'SLUICE_NODE_STOPPED',
])

/** What BullMQ says of a job that isn't ours any more: removed, no lock, another state, another's lock. */
const GONE: ReadonlySet<number> = new Set([-1, -2, -3, -6])

/** What a job is finished by: how its message ended. */
export type Ending = Pick<Receipt, 'outcome' | 'error'>

export interface FinishingWorld {
  readonly clock: Clock
  readonly log: Log
  /** By what jobs are completed. */
  readonly exchange: Exchange
  /** Told of a job that was gone, or another's, when it was to be finished. */
  gone(job: HeldJob, reason: string): void
  /** Told of a job that is held no more, because the queue knows what became of it, or it wasn't ours. */
  finished(job: HeldJob): void
}

/** Tells a queue what became of its jobs, for as long as that takes: until then they count as unacked (A1). */
export class Finishing {
  readonly #worker: JobWorker
  readonly #world: FinishingWorld
  readonly #bell = new Bell()
  readonly #ended = new AbortController()
  #isAway = false
  #pausing: Promise<void> | undefined

  constructor(worker: JobWorker, world: FinishingWorld) {
    this.#worker = worker
    this.#world = world
  }

  /** Completes a job, fails it, or gives it back, as its message ended, for as long as that takes. Never rejects. */
  async finish(held: HeldJob, ending: Ending): Promise<void> {
    const stacktrace = held.job.stacktrace ?? []
    held.isEnding = true
    for (let tries = 1; ; tries++) {
      try {
        // Each try writes down the stack, also one that isn't sent.
        held.job.stacktrace = [...stacktrace]
        if (!held.isLost) await this.#tell(held, ending)
        this.#answered()
        return this.#world.finished(held)
      } catch (error) {
        if (codeOf(error) !== undefined) return this.#refused(held, { error, tries })
        this.#away(error)
      }
      if (this.#ended.signal.aborted) return
      await (this.#pausing ??= this.#pause())
    }
  }

  /**
   * Gives jobs back that have no outcome. The last one to be given back is the first one to be fetched: they go in
   * reverse, which keeps their order.
   *
   * @returns how many could not be, and come again when their locks expire
   */
  async release(jobs: readonly HeldJob[]): Promise<number> {
    const tries = await Promise.allSettled(jobs.toReversed().map((held) => this.#worker.release(held)))
    return tries.filter((each) => each.status === 'rejected' && !isGone(each.reason)).length
  }

  /** Waits for Redis no more: what can't be told at once isn't. */
  end(): void {
    this.#ended.abort()
  }

  #tell(held: HeldJob, { outcome, error }: Ending): Promise<unknown> {
    if (outcome === 'acked') {
      return this.#world.exchange.complete(held).catch((refusal: unknown) => this.#uncompleted(held, refusal))
    }
    if (error instanceof SluiceError && UNDONE.has(error.code)) return this.#worker.release(held)
    return held.job.moveToFailed(asError(error), held.token, false)
  }

  /** BullMQ refuses to complete a job some of whose children have failed: then it has failed. */
  async #uncompleted(held: HeldJob, error: unknown): Promise<void> {
    if (codeOf(error) === undefined || isGone(error)) throw error
    await held.job.moveToFailed(asError(error), held.token, false)
  }

  /** Where a reply was lost before, the job is gone because that try took effect. */
  #refused(held: HeldJob, { error, tries }: { readonly error: unknown; readonly tries: number }): void {
    if (tries === 1 || !isGone(error)) this.#world.gone(held, asError(error).message)
    this.#world.finished(held)
  }

  #away(error: unknown): void {
    if (this.#isAway) return
    this.#isAway = true
    this.#world.log.warn(this.#worker.failure(error, 'finishing a job').message)
  }

  #answered(): void {
    if (this.#isAway) this.#world.log.info('jobs are finished again')
    this.#isAway = false
  }

  /** One for all that wait. */
  async #pause(): Promise<void> {
    const timer = this.#world.clock.after(AGAIN_MS, () => this.#bell.ring())
    await this.#bell.next(this.#ended.signal)
    timer.cancel()
    await this.#worker.ready().catch(() => {}) // The next try tells.
    this.#pausing = undefined
  }
}

function isGone(error: unknown): boolean {
  const code = codeOf(error)
  return code !== undefined && GONE.has(code)
}

/** The number that BullMQ gives what a script of its refused; errors of a connection have none. */
function codeOf(error: unknown): number | undefined {
  const { code } = asError(error) as Error & { readonly code?: unknown }
  return typeof code === 'number' ? code : undefined
}
