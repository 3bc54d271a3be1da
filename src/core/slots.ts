import { adopt } from './call.ts'
import type { Env, Timer } from './env.ts'
import { SluiceError } from './errors.ts'
import { Flight } from './flight.ts'
import { FlightList } from './flight-list.ts'
import type { WorkerPlan } from './plan.ts'

/** What slots need of their node. */
export interface SlotOwner {
  readonly env: Env
  /** Monotonic ms, as of the last reading. */
  readonly now: number
  wake(): void
  /** A call took too long: its messages leave it. @param next the call before which they stood. */
  timedOut(flight: Flight, error: SluiceError, next: Flight | undefined): void
  /** A call has not thrown. */
  answered(flight: Flight): void
  /** An abandoned call has come back: the keys that it kept are free. */
  returned(flight: Flight): void
}

/**
 * The calls in flight of an asynchronous node (D8), at most `concurrency`, in the order in which they began.
 *
 *     running ─▶ settled ─▶ released            a call that answers
 *     running ─▶ failed ─▶ waiting ─▶ running   a call that throws, and is made again (A3)
 *     running ─▶ abandoned ─▶ free              a call that timed out: it keeps its slot until it settles, and no more (D13)
 */
export class Slots {
  readonly concurrency: number
  running = 0
  /** Messages in calls that are not released: downstream credit is reserved for them (D4). */
  reserved = 0
  readonly abandoned = new Set<Flight>()
  readonly #owner: SlotOwner
  readonly #timeoutMs: number
  readonly #spare: Flight[] = []
  /** Calls that are not released. */
  readonly #calls = new FlightList()
  /** Calls that have settled, in the order in which they did; read from `#nextSettled` on. Not where order is kept. */
  #settled: Flight[] = []
  #nextSettled = 0
  /** Calls that have thrown, and of which nobody has said yet what becomes of their messages. */
  #failed: Flight[] = []
  readonly #inOrder: boolean
  #timer: Timer | undefined
  #isClosed = false
  /** Calls that were in flight at the last look, those that began since, and when it was. */
  #atWork = 0
  #lookedAt = 0

  constructor(
    owner: SlotOwner,
    { concurrency, timeoutMs, order }: Pick<WorkerPlan, 'concurrency' | 'timeoutMs' | 'order'>,
  ) {
    this.#owner = owner
    this.concurrency = concurrency
    this.#timeoutMs = timeoutMs
    this.#inOrder = order === 'input'
  }

  /** Time that calls have been in flight since the last look, summed over slots; ms. What came back since counts whole. */
  look(): number {
    const { now } = this.#owner
    const workMs = this.#atWork * (now - this.#lookedAt)
    this.#lookedAt = now
    this.#atWork = this.running + this.abandoned.size
    return workMs
  }

  get hasFree(): boolean {
    return this.running + this.abandoned.size < this.concurrency
  }

  /** Whether any call is running, or waits to be released. */
  get isEmpty(): boolean {
    return this.#calls.first === undefined
  }

  /** When the oldest call began that was waited for and has not come back, abandoned ones included; monotonic ms. */
  get oldestBegunAt(): number | undefined {
    let deadline = Infinity
    for (const flight of this.abandoned) deadline = Math.min(deadline, flight.deadline)
    for (let flight = this.#calls.first; flight !== undefined; flight = flight.next) {
      if (flight.state === 'running') deadline = Math.min(deadline, flight.deadline)
    }
    return deadline === Infinity ? undefined : deadline - this.#timeoutMs
  }

  /** The oldest call that waits to be made again. */
  get firstWaiting(): Flight | undefined {
    return this.#calls.find(({ state }) => state === 'waiting')
  }

  /** A flight to fill. */
  spare(): Flight {
    return this.#spare.pop() ?? this.#make(new Flight())
  }

  /** A call has begun; its messages are in it. */
  enter(flight: Flight): void {
    this.#calls.add(flight)
    this.#run(flight)
    this.#reserve(flight, flight.messages.length)
  }

  /** A call that has not begun takes its place before another one, or behind all. */
  wait(flight: Flight, next: Flight | undefined): void {
    this.#calls.add(flight, next)
    this.keep(flight)
  }

  /**
   * A call that failed stays in its place, to be made again. Where order isn't kept it needs no room until then: those
   * behind it don't wait for it.
   */
  keep(flight: Flight): void {
    flight.state = 'waiting'
    this.#reserve(flight, this.#inOrder ? flight.messages.length : 0)
  }

  /** A call that has waited is made again. */
  rerun(flight: Flight): void {
    this.#reserve(flight, flight.messages.length)
    this.#run(flight)
  }

  /** The handler returned something to wait for. */
  await(flight: Flight, thenable: PromiseLike<unknown>): void {
    flight.deadline = this.#owner.now + this.#timeoutMs
    this.#timer ??= this.#owner.env.after(this.#timeoutMs, this.#onTimer)
    adopt(thenable, flight.resolved, flight.rejected)
  }

  /** The handler answered, or threw. */
  settle(flight: Flight, answer: unknown, hasThrown: boolean): void {
    flight.settle(answer, hasThrown)
    this.running--
    if (hasThrown) this.#failed.push(flight)
    else {
      this.#owner.answered(flight)
      if (!this.#inOrder) this.#settled.push(flight)
    }
  }

  /** A call that failed will not be made again: its messages get their outcome when it is released. */
  conclude(flight: Flight): void {
    flight.state = 'settled'
    if (!this.#inOrder) this.#settled.push(flight)
  }

  /** Whether a call has thrown of which nobody has said yet what becomes of its messages. */
  get hasFailed(): boolean {
    return this.#failed.length > 0
  }

  /** Calls that have thrown since this was asked last. */
  takeFailed(): readonly Flight[] {
    if (this.#failed.length === 0) return this.#failed
    const failed = this.#failed
    this.#failed = []
    return failed
  }

  /** The next call whose results may go: in order only one before which nothing is under way. */
  takeSettled(): Flight | undefined {
    const flight = this.#inOrder ? this.#calls.first : this.#settled[this.#nextSettled]
    if (flight?.state !== 'settled') return undefined
    if (!this.#inOrder && ++this.#nextSettled === this.#settled.length) {
      this.#settled = []
      this.#nextSettled = 0
    }
    this.#leave(flight)
    return flight
  }

  /** A call of which nothing is left leaves its place. */
  remove(flight: Flight): void {
    this.#leave(flight)
    this.recycle(flight)
  }

  /** A call that was taken has failed after all: back to its place, before what was split from it. */
  reenter(flight: Flight, error: unknown): void {
    this.#enterFailed(flight, error, this.#calls.firstBehind(flight, true))
  }

  /** One that is no call any more, or never was one here, has failed: in the next turn it is said what becomes of it. */
  enterFailed(flight: Flight, error: unknown): void {
    this.#enterFailed(flight, error, this.#calls.firstBehind(flight, false))
    this.#failed.push(flight)
    this.#owner.wake()
  }

  /** A call that was taken is over; its flight can be used again. */
  recycle(flight: Flight): void {
    flight.clear()
    this.#spare.push(flight)
  }

  /** The open call with this number. */
  find(number: number): Flight | undefined {
    return this.#calls.find((flight) => flight.number === number)
  }

  /** All calls that are not released, oldest first. */
  list(): Flight[] {
    return this.#calls.toArray()
  }

  /** Ends everything: signals abort, and whatever comes back late is ignored. */
  close(reason: unknown): void {
    this.#isClosed = true
    this.#timer?.cancel()
    for (const flight of this.list()) if (flight.state === 'running') flight.call.abort(reason)
  }

  /** A node that answers at once until its first thenable gives the flight that it used. */
  adoptFlight(flight: Flight): void {
    this.#make(flight)
  }

  /** Its callbacks are made once, not per call: a flight isn't used again before one of them was called. */
  #make(flight: Flight): Flight {
    flight.resolved = (value) => this.#cameBack(flight, value, false)
    flight.rejected = (error) => this.#cameBack(flight, error, true)
    return flight
  }

  #cameBack(flight: Flight, answer: unknown, hasThrown: boolean): void {
    if (this.#isClosed) return
    if (flight.state === 'abandoned') {
      this.abandoned.delete(flight)
      this.#owner.returned(flight)
      this.recycle(flight)
    } else this.settle(flight, answer, hasThrown)
    this.#owner.wake()
  }

  #run(flight: Flight): void {
    flight.state = 'running'
    this.#atWork++
    this.running++
  }

  #enterFailed(flight: Flight, error: unknown, next: Flight | undefined): void {
    this.#calls.add(flight, next)
    this.#reserve(flight, flight.messages.length)
    flight.settle(error, true)
  }

  #reserve(flight: Flight, count: number): void {
    this.reserved += count - flight.reserved
    flight.reserved = count
  }

  #leave(flight: Flight): void {
    this.#reserve(flight, 0)
    this.#calls.remove(flight)
  }

  /** One timer per node, at the earliest deadline. */
  readonly #onTimer = (): void => {
    this.#timer = undefined
    const { now } = this.#owner
    let earliest = Infinity
    let flight = this.#calls.first
    while (flight !== undefined && !this.#isClosed) {
      const { next } = flight
      if (flight.state === 'running' && flight.deadline <= now) this.#abandon(flight)
      else if (flight.state === 'running') earliest = Math.min(earliest, flight.deadline)
      flight = next
    }
    if (earliest < Infinity && !this.#isClosed) this.#timer = this.#owner.env.after(earliest - now, this.#onTimer)
    this.#owner.wake()
  }

  #abandon(flight: Flight): void {
    flight.state = 'abandoned'
    this.running--
    this.abandoned.add(flight)
    const { next } = flight
    this.#leave(flight)
    const error = new SluiceError('SLUICE_CALL_TIMEOUT', `a call took longer than ${this.#timeoutMs} ms`)
    // Its owner first: what a listener of the signal does comes from a call that is over.
    this.#owner.timedOut(flight, error, next)
    flight.call.abort(error)
  }
}
