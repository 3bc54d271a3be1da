import type { HeldJob, JobWorker } from './job-worker.ts'

/** Of what waits, this share goes out in one turn of the event loop: the server works on it while the next is made. */
const SHARE = 1 / 4
/** Fewer commands than these are not worth a turn. */
const FEWEST = 4

interface Asked<T> {
  resolve(answer: T | PromiseLike<T>): void
  reject(error: unknown): void
}

interface Completion extends Asked<void> {
  readonly held: HeldJob
}

type Fetch = Asked<HeldJob | undefined>

/**
 * Completes jobs and fetches others. Where both are asked for in the same turn, one command does both, as BullMQ's own
 * worker does: it costs little more than one of them. Nothing is fetched that wasn't asked for.
 */
export class Exchange {
  readonly #worker: JobWorker
  readonly #completions: Completion[] = []
  readonly #fetches: Fetch[] = []
  #isComing = false

  constructor(worker: JobWorker) {
    this.#worker = worker
  }

  /** @throws what BullMQ refuses, with its number as `code`; what a command to Redis may meet */
  complete(held: HeldJob): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#completions.push({ held, resolve, reject })
      this.#comes()
    })
  }

  /** The next job, where there is one. @throws what `JobWorker.fetch` does */
  fetch(): Promise<HeldJob | undefined> {
    return new Promise((resolve, reject) => {
      this.#fetches.push({ resolve, reject })
      this.#comes()
    })
  }

  /** Nothing more is wanted: what wasn't sent yet is fetched no more. */
  end(): void {
    for (const fetch of this.#fetches.splice(0)) fetch.resolve(undefined)
  }

  #comes(): void {
    if (this.#isComing) return
    this.#isComing = true
    setImmediate(() => this.#send())
  }

  /**
   * In one turn either jobs are completed or others are fetched: BullMQ takes more steps to send the former, and so would
   * change their order.
   */
  #send(): void {
    this.#isComing = false
    const [completions, fetches] = [this.#completions, this.#fetches]
    if (completions.length > 0) {
      for (const completion of completions.splice(0, pieceOf(completions))) {
        const fetch = fetches.shift()
        if (fetch === undefined) completion.resolve(this.#worker.complete(completion.held))
        else void this.#sendBoth(completion, fetch)
      }
    } else {
      for (const fetch of fetches.splice(0, pieceOf(fetches))) fetch.resolve(this.#worker.fetch({ block: false }))
    }
    if (completions.length > 0 || fetches.length > 0) this.#comes()
  }

  async #sendBoth(completion: Completion, fetch: Fetch): Promise<void> {
    try {
      const next = await this.#worker.completeAndFetch(completion.held)
      completion.resolve()
      fetch.resolve(next())
    } catch (error) {
      completion.reject(error)
      // A job that is not completed keeps no other from coming.
      fetch.resolve(this.#worker.fetch({ block: false }))
    }
  }
}

function pieceOf({ length }: readonly unknown[]): number {
  return Math.max(FEWEST, Math.ceil(length * SHARE))
}
