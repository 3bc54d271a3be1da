import type { HandleConsumer, WorkerContext } from '../../../core/component.ts'
import { realEnv } from '../../../core/env.ts'
import { asError } from '../../../core/errors.ts'
import type { Letter } from '../../../core/letter.ts'
import type { Message } from '../../../core/message.ts'
import { reinject, type Reinjected } from '../../../core/reinjection.ts'
import { Bell } from '../../../kit/bell.ts'
import { JobIntake } from '../../../redis/bullmq/job-intake.ts'
import { JobQueue } from '../../../redis/bullmq/job-queue.ts'
import type { HeldJob } from '../../../redis/bullmq/job-worker.ts'
import type { BullSinkOptions, BullSourceOptions } from '../../../redis/bullmq/options.ts'
import { quote } from '../../../kit/text.ts'
import { overflowError } from '../../errors.ts'
import { asLetter } from '../as-letter.ts'
import { runningGraph } from '../running-graphs.ts'
import { dataOf, isRetried, jobOf, letterIn, reasonOf } from './letter-jobs.ts'

/** Letters that are tried again at the same time. */
const AT_ONCE = 100
const LOCK_MS = 10_000
/** Before it looks again, where the pipeline doesn't run, or Redis is away; ms. */
const AGAIN_MS = 1000

/** A letter that is tried again. */
interface Retry {
  readonly held: HeldJob
  /** Of its letter. Several may have the same, where somebody has duplicated a job. */
  readonly id: string
  /** Its message has failed there again, with this letter. */
  again: Letter | undefined
}

/**
 * Dead letters as failed jobs of a queue, for the dashboards that teams have. A letter is added as a job, and failed by
 * the worker that is here with the reason of the letter; one that somebody has retried comes back to that worker, and
 * goes to the node that failed it:
 *
 *     letter ──add──▶ waiting ──worker──▶ failed ──retry, by a dashboard──▶ waiting ──worker──▶ its node
 *                                            ▲                                                    │
 *                                            └───────────── failed again ◀──────────────────────┴─▶ handled: gone
 */
export class BullLetters implements HandleConsumer {
  readonly #options: BullSinkOptions
  readonly #context: WorkerContext
  readonly #bell = new Bell()
  readonly #over = new AbortController()
  readonly #retries = new Set<Retry>()
  #queue: JobQueue | undefined
  #intake: JobIntake | undefined
  #served: Promise<void> = Promise.resolve()
  #isAway = false

  constructor(options: BullSinkOptions, context: WorkerContext) {
    this.#options = options
    this.#context = context
  }

  async open(): Promise<void> {
    const { log } = this.#context
    this.#queue = await JobQueue.open(this.#options, { env: realEnv, log })
    this.#intake = await JobIntake.open(this.#workerOptions(), this.#context)
    this.#served = this.#serve()
  }

  /** A letter whose job is being tried again becomes that job's; any other is a job of its own. */
  async handle(messages: readonly Message<never>[]): Promise<void> {
    const drafts = []
    for (const message of messages as readonly Message[]) {
      try {
        const letter = asLetter(message.data)
        const draft = jobOf(letter, this.#options.job)
        const retry = [...this.#retries].find(({ id, again }) => id === letter.id && again === undefined)
        if (retry === undefined || !(await this.#replaced(retry, letter))) drafts.push(draft)
      } catch (error) {
        if (!isOfLetter(error)) throw error
        this.#context.fail(message, error)
      }
    }
    if (drafts.length > 0) await this.#queue!.add(drafts)
  }

  health(): Promise<void> {
    return this.#queue!.health()
  }

  async stop(): Promise<void> {
    this.#over.abort()
    this.#intake?.drain()
    await this.#served
    await this.#intake?.close()
    await this.#queue?.close()
  }

  /** @returns false where somebody has removed the job meanwhile */
  async #replaced(retry: Retry, letter: Letter): Promise<boolean> {
    const { job } = retry.held
    try {
      await job.updateData(dataOf(letter))
    } catch (error) {
      if (typeof (error as { readonly code?: unknown }).code === 'number') return false
      throw this.#queue!.failure(error, 'writing a letter')
    }
    retry.again = letter
    return true
  }

  async #serve(): Promise<void> {
    const { signal } = this.#over
    while (!signal.aborted) {
      try {
        const room = AT_ONCE - this.#retries.size
        const jobs = room === 0 ? [] : await this.#intake!.take(room)
        this.#isAway = false
        if (jobs.length === 0) await this.#bell.next(signal)
        else await this.#sort(jobs)
      } catch (error) {
        if (!this.#isAway) this.#context.log.warn(asError(error).message)
        this.#isAway = true
        await this.#pause()
      }
    }
  }

  /** What is new is failed, what was retried goes to its node. */
  async #sort(jobs: readonly HeldJob[]): Promise<void> {
    const retried = jobs.filter(({ job }) => isRetried(job))
    const fresh = jobs.filter(({ job }) => !isRetried(job))
    await Promise.all(fresh.map((held) => this.#failed(held, () => reasonOf(letterIn(held.job).error))))
    if (retried.length === 0) return
    if (runningGraph(this.#context.pipeline) !== undefined) return void retried.map((held) => this.#give(held))
    await Promise.all(retried.map((held) => this.#intake!.release(held)))
    await this.#pause()
  }

  #give(held: HeldJob): void {
    let retry: Retry | undefined
    try {
      const letter = letterIn(held.job)
      this.#mustBeOurs(letter)
      const given: Retry = { held, id: letter.id, again: undefined }
      this.#retries.add((retry = given))
      const told = async ([outcome]: readonly Reinjected[]): Promise<void> => this.#told(given, outcome!)
      reinject(runningGraph(this.#context.pipeline)!, [letter], { to: letter.node, told })
    } catch (error) {
      if (retry !== undefined) this.#retries.delete(retry)
      const message = `it can't be tried again: ${asError(error).message}`
      void this.#failed(held, () => reasonOf({ code: undefined, message }))
    }
  }

  /** Another pipeline may have a node of the same name. */
  #mustBeOurs({ pipeline }: Letter): void {
    if (pipeline === this.#context.pipeline) return
    const text = `it is a letter of the pipeline ${quote(pipeline)}, and here runs ${quote(this.#context.pipeline)}`
    throw overflowError('SLUICE_LETTER_INVALID', `${text}: give each pipeline a queue of its own`)
  }

  async #told(retry: Retry, { receipt }: Reinjected): Promise<void> {
    // What is held at the end is given back by the end itself.
    if (this.#over.signal.aborted) return
    const { held, again } = retry
    if (receipt === undefined) await this.#intake!.release(held)
    else if (again !== undefined) await this.#failed(held, () => reasonOf(again.error))
    else await this.#intake!.finish(held, receipt)
    this.#retries.delete(retry)
    this.#bell.ring()
  }

  async #failed(held: HeldJob, reason: () => Error): Promise<void> {
    let error: Error
    try {
      error = reason()
    } catch (thrown) {
      error = reasonOf({ code: undefined, message: asError(thrown).message })
    }
    await this.#intake!.finish(held, { outcome: 'failed', error })
  }

  async #pause(): Promise<void> {
    const timer = this.#context.clock.after(AGAIN_MS, () => this.#bell.ring())
    await this.#bell.next(this.#over.signal)
    timer.cancel()
  }

  #workerOptions(): BullSourceOptions {
    return {
      ...this.#options,
      fetchers: AT_ONCE,
      lockDuration: LOCK_MS,
      stalledInterval: LOCK_MS,
      // However often a process dies while it has one: it stays a letter.
      maxStalledCount: 1000,
    }
  }
}

function isOfLetter(error: unknown): boolean {
  const { code } = error as { readonly code?: unknown }
  return code === 'SLUICE_LETTER_INVALID' || code === 'SLUICE_LETTER_NOT_JSON'
}
