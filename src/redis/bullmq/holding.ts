import type { Clock, Log } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'
import { asError } from '../../core/errors.ts'
import type { HeldJob, JobWorker } from './job-worker.ts'

/** Locks are renewed so often while they last: one renewal that fails leaves time for others. */
const RENEWALS_PER_LOCK = 3
/** Locks that are renewed by one command. */
const MOST_AT_ONCE = 1000

export interface HoldingWorld {
  readonly clock: Clock
  readonly log: Log
  readonly lockMs: number
  /** Told of a job that somebody else may have by now. */
  lost(job: HeldJob): void
}

/** Jobs that are held, whose locks are renewed for as long as they are. */
export class Holding {
  readonly #worker: JobWorker
  readonly #world: HoldingWorld
  /** The newest of each id: one that has come again has been lost before. */
  readonly #held = new Map<string, HeldJob>()
  #timer: Timer | undefined
  #isFailing = false

  constructor(worker: JobWorker, world: HoldingWorld) {
    this.#worker = worker
    this.#world = world
  }

  get jobs(): readonly HeldJob[] {
    return [...this.#held.values()]
  }

  get size(): number {
    return this.#held.size
  }

  add(held: HeldJob): void {
    const before = this.#held.get(held.job.id!)
    if (before !== undefined) this.#lose(before)
    this.#held.set(held.job.id!, held)
    this.#timer ??= this.#later()
  }

  delete(held: HeldJob): void {
    const id = held.job.id!
    if (this.#held.get(id) === held) this.#held.delete(id)
  }

  /** Renews no more. */
  end(): void {
    this.#timer?.cancel()
  }

  #later(): Timer {
    const { clock, lockMs } = this.#world
    return clock.after(lockMs / RENEWALS_PER_LOCK, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    const { jobs } = this
    for (let start = 0; start < jobs.length; start += MOST_AT_ONCE) {
      await this.#renewSome(jobs.slice(start, start + MOST_AT_ONCE))
    }
    this.#timer = this.#held.size === 0 ? undefined : this.#later()
  }

  async #renewSome(jobs: readonly HeldJob[]): Promise<void> {
    try {
      const lost = new Set(await this.#worker.extendLocks(jobs))
      this.#isFailing = false
      // One that is settled meanwhile has no lock any more, and isn't lost; the queue's answer to that may come later.
      for (const held of jobs) {
        if (!held.isEnding && lost.has(held.job.id!) && this.#held.get(held.job.id!) === held) this.#lose(held)
      }
    } catch (error) {
      if (!this.#isFailing) this.#world.log.warn(asError(error).message)
      this.#isFailing = true
    }
  }

  #lose(held: HeldJob): void {
    this.delete(held)
    if (held.isLost) return
    held.isLost = true
    this.#world.lost(held)
  }
}
