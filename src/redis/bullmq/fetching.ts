import type { Clock } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import { Bell } from '../../kit/bell.ts'
import type { Exchange } from './exchange.ts'
import type { HeldJob, JobWorker } from './job-worker.ts'

/** So many blocking fetches in a row may end at once with nothing, as where others were faster; then it pauses. */
const QUICK_ENDS = 10
/** A blocking fetch that has not waited for so long was not waiting; ms. */
const QUICK_MS = 500
const LONGEST_PAUSE_MS = 1000
/** Rate limits are looked at again after so long, because somebody may lift them. */
const LONGEST_LIMIT_MS = 30_000

export interface FetchingOptions {
  /** Fetches at the same time. */
  readonly most: number
  readonly clock: Clock
  /** By what jobs are fetched that are there. */
  readonly exchange: Exchange
  /** Told of each job as soon as it is here, which may be long before it is taken. */
  came(job: HeldJob): void
  /** Told of those that come when all that was under way was waited for. */
  late(job: HeldJob): void
  /** Jobs are held at this time. */
  isHolding(): boolean
}

/**
 * Fetches jobs, never more than were asked for: those that are under way and those that have come and wait are counted
 * together. It begins with one fetch at a time, and doubles that while jobs come; where none is there, one blocking
 * fetch waits.
 */
export class Fetching {
  readonly #worker: JobWorker
  readonly #options: FetchingOptions
  readonly #clock: Clock
  readonly #arrived: HeldJob[] = []
  readonly #bell = new Bell()
  #width = 1
  #underWay = 0
  #isBlocked = false
  /** The last fetch found nothing. */
  #isDry = false
  /** Jobs that are not held any more, all in all; and how many there were when the last fetch began. */
  #finished = 0
  #finishedBefore = 0
  #madeRoom: (() => void) | undefined
  #quickEnds = 0
  #limitedUntil = 0
  #failure: Error | undefined
  #isOver = false
  #hasEnded = false

  constructor(worker: JobWorker, options: FetchingOptions) {
    this.#worker = worker
    this.#options = options
    this.#clock = options.clock
    worker.onClose(() => this.#bell.ring())
  }

  /** Waits for jobs, and gives what has come, at most so many. @throws what keeps it from getting any */
  async take(count: number): Promise<HeldJob[]> {
    this.#failure = undefined
    for (;;) {
      if (this.#failure !== undefined && this.#arrived.length === 0) throw asError(this.#failure)
      const seen = this.#bell.rings
      // Also where some have come already: others are fetched while those are handled.
      if (this.#worker.isReady) this.#fill(count)
      if (this.#isOver) return []
      if (this.#arrived.length > 0) return this.#arrived.splice(0, count)
      if (this.#worker.isReady) await this.#bell.next(undefined, seen)
      else await this.#connected()
      // What is answered together is given together.
      await new Promise(setImmediate)
    }
  }

  /** While a connection is gone, a blocking fetch may wait for it for good: it isn't relied on. */
  async #connected(): Promise<void> {
    await this.#worker.ready()
    this.#isDry = false
  }

  /** One that was held is done with: where a queue limits how many are active, there is room for another. */
  finished(): void {
    this.#finished++
    this.#madeRoom?.()
  }

  /** Fetches no more, and gives no more. */
  end(): void {
    this.#isOver = true
    this.#options.exchange.end()
    this.#madeRoom?.()
    this.#bell.ring()
  }

  /** Resolves, when what was under way has ended, with what has come and wasn't taken, in order. @param signal ends the wait */
  async ended(signal: AbortSignal): Promise<HeldJob[]> {
    while (this.#underWay > 0 && !signal.aborted) await this.#bell.next(signal)
    this.#hasEnded = true
    return this.#arrived.splice(0)
  }

  #fill(count: number): void {
    if (this.#isOver) return
    const wanted = count - this.#arrived.length - this.#underWay - (this.#isBlocked ? 1 : 0)
    if (this.#isDry) {
      if (this.#underWay === 0 && !this.#isBlocked && wanted > 0) void this.#block()
      return
    }
    const started = Math.min(wanted, this.#width - this.#underWay)
    for (let index = 0; index < started; index++) void this.#fetch()
  }

  async #fetch(): Promise<void> {
    this.#underWay++
    this.#finishedBefore = this.#finished
    try {
      this.#came(await this.#options.exchange.fetch())
    } catch (error) {
      this.#failure = asError(error)
    }
    this.#underWay--
    this.#bell.ring()
  }

  async #block(): Promise<void> {
    this.#isBlocked = true
    try {
      await this.#pause()
      if (await this.#isFull()) await this.#room()
      else if (this.#isDry) await this.#await()
    } catch (error) {
      this.#failure = asError(error)
    }
    this.#isBlocked = false
    this.#bell.ring()
  }

  async #await(): Promise<void> {
    const began = this.#clock.now()
    if (!this.#isOver) this.#came(await this.#worker.fetch({ block: true }))
    const wasQuick = this.#isDry && this.#clock.now() - began < QUICK_MS
    this.#quickEnds = wasQuick ? this.#quickEnds + 1 : 0
    if (wasQuick && this.#quickEnds >= 2) await this.#lookAtLimit()
  }

  /**
   * Whether the queue has as many active jobs as it allows, some of which are here: then the server tells nobody that
   * there is room again. Whoever finishes a job has to look.
   */
  async #isFull(): Promise<boolean> {
    if (this.#isOver || !this.#options.isHolding()) return false
    const isMaxed = await this.#worker.isMaxed()
    // What was answered together with that counts as well.
    await new Promise(setImmediate)
    if (this.#finished !== this.#finishedBefore) this.#isDry = false
    return isMaxed && this.#isDry
  }

  /** Resolves when a job of ours is done with, or after a while: others may have made room, or the limit be another. */
  async #room(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#clock.after(LONGEST_PAUSE_MS, resolve)
      this.#madeRoom = () => {
        timer.cancel()
        resolve()
      }
    })
    this.#isDry = false
  }

  #came(job: HeldJob | undefined): void {
    this.#isDry = job === undefined
    this.#width = job === undefined ? 1 : Math.min(this.#options.most, this.#width * 2)
    if (job === undefined) return
    if (this.#hasEnded) return this.#options.late(job)
    this.#options.came(job)
    this.#arrived.splice(this.#placeOf(job), 0, job)
  }

  /** Answers of different commands don't take the same number of steps on their way here. */
  #placeOf({ order }: HeldJob): number {
    const arrived = this.#arrived
    let place = arrived.length
    while (place > 0 && arrived[place - 1]!.order > order) place--
    return place
  }

  async #lookAtLimit(): Promise<void> {
    const ms = await this.#worker.rateLimitedMs()
    if (ms > 0) this.#limitedUntil = this.#clock.now() + Math.min(ms, LONGEST_LIMIT_MS)
  }

  /** Where fetches end at once with nothing: for as long as a rate limit says, or a little. */
  async #pause(): Promise<void> {
    const limitedMs = this.#limitedUntil - this.#clock.now()
    const spuriousMs =
      this.#quickEnds < QUICK_ENDS ? 0 : Math.min(LONGEST_PAUSE_MS, 2 ** (this.#quickEnds - QUICK_ENDS))
    const ms = Math.max(limitedMs, spuriousMs)
    if (ms > 0) await new Promise<void>((resolve) => this.#clock.after(ms, resolve))
  }
}
