import { adopt } from './call.ts'
import type { Env, Timer } from './env.ts'
import { SluiceError } from './errors.ts'
import { Flight } from './flight.ts'

/** What slots need of their node. */
export interface SlotOwner {
  readonly env: Env
  /** Monotonic ms, as of the last reading. */
  readonly now: number
  wake(): void
  /** A call took too long: its messages leave it, and fail. */
  timedOut(flight: Flight, error: SluiceError): void
  /** An abandoned call has come back: the keys that it kept are free. */
  returned(flight: Flight): void
}

/**
 * The calls in flight of an asynchronous node (D8), at most `concurrency`, in the order in which they began.
 *
 *     running ─▶ settled ─▶ released      a call that answers
 *     running ─▶ abandoned ─▶ free        a call that timed out: it keeps its slot until it settles, and no more (D13)
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
  /** Ends of the list of unreleased calls. */
  #first: Flight | undefined
  #last: Flight | undefined
  /** Calls that have settled, in the order in which they did. */
  #settled: Flight[] = []
  #timer: Timer | undefined
  #isClosed = false
  /** Calls that were in flight at the last look, those that began since, and when it was. */
  #atWork = 0
  #lookedAt = 0

  constructor(owner: SlotOwner, concurrency: number, timeoutMs: number) {
    this.#owner = owner
    this.concurrency = concurrency
    this.#timeoutMs = timeoutMs
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
    return this.#first === undefined
  }

  /** When the oldest call began that was waited for and has not come back, abandoned ones included; monotonic ms. */
  get oldestBegunAt(): number | undefined {
    let deadline = Infinity
    for (const flight of this.abandoned) deadline = Math.min(deadline, flight.deadline)
    for (let flight = this.#first; flight !== undefined; flight = flight.next) {
      if (flight.state === 'running') deadline = Math.min(deadline, flight.deadline)
    }
    return deadline === Infinity ? undefined : deadline - this.#timeoutMs
  }

  /** A flight to fill. */
  spare(): Flight {
    return this.#spare.pop() ?? this.#make(new Flight())
  }

  /** A call has begun; its messages are in it. */
  enter(flight: Flight): void {
    this.#atWork++
    flight.previous = this.#last
    flight.next = undefined
    if (this.#last === undefined) this.#first = flight
    else this.#last.next = flight
    this.#last = flight
    this.running++
    this.reserved += flight.messages.length
  }

  /** The handler returned something to wait for. */
  wait(flight: Flight, thenable: PromiseLike<unknown>): void {
    flight.deadline = this.#owner.now + this.#timeoutMs
    this.#timer ??= this.#owner.env.after(this.#timeoutMs, this.#onTimer)
    adopt(thenable, flight.resolved, flight.rejected)
  }

  /** The handler answered, or threw. */
  settle(flight: Flight, answer: unknown, hasThrown: boolean): void {
    flight.settle(answer, hasThrown)
    this.running--
    this.#settled.push(flight)
  }

  /** Calls whose results may go: those before which nothing is running, or all that have settled. */
  takeSettled(inOrder: boolean): Flight[] {
    const settled = this.#settled
    if (settled.length > 0) this.#settled = []
    if (!inOrder) {
      for (const flight of settled) this.#leave(flight)
      return settled
    }
    const ready: Flight[] = []
    while (this.#first?.state === 'settled') {
      ready.push(this.#first)
      this.#leave(this.#first)
    }
    return ready
  }

  /** A call that was taken is over; its flight can be used again. */
  recycle(flight: Flight): void {
    flight.clear()
    this.#spare.push(flight)
  }

  /** The open call with this number. */
  find(number: number): Flight | undefined {
    for (let flight = this.#first; flight !== undefined; flight = flight.next) {
      if (flight.number === number) return flight
    }
    return undefined
  }

  /** All calls that are not released, oldest first. */
  list(): Flight[] {
    const flights: Flight[] = []
    for (let flight = this.#first; flight !== undefined; flight = flight.next) flights.push(flight)
    return flights
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

  #leave(flight: Flight): void {
    const { previous, next } = flight
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    this.reserved -= flight.messages.length
  }

  /** One timer per node, at the earliest deadline; all calls of a node have the same timeout, so the oldest is first. */
  readonly #onTimer = (): void => {
    this.#timer = undefined
    const { now } = this.#owner
    let flight = this.#first
    while (flight !== undefined && !this.#isClosed) {
      const { next } = flight
      if (flight.state === 'running') {
        if (flight.deadline > now) {
          this.#timer = this.#owner.env.after(flight.deadline - now, this.#onTimer)
          break
        }
        this.#abandon(flight)
      }
      flight = next
    }
    this.#owner.wake()
  }

  #abandon(flight: Flight): void {
    flight.state = 'abandoned'
    this.running--
    this.abandoned.add(flight)
    this.#leave(flight)
    const error = new SluiceError('SLUICE_CALL_TIMEOUT', `a call took longer than ${this.#timeoutMs} ms`)
    // Its owner first: what a listener of the signal does comes from a call that is over.
    this.#owner.timedOut(flight, error)
    flight.call.abort(error)
  }
}
