import { isThenable } from './call.ts'
import { Arrivals } from './arrivals.ts'
import { Boarding, type Expanding } from './boarding.ts'
import { CreditReturn } from './credit-return.ts'
import type { Edge } from './edge.ts'
import type { SluiceError } from './errors.ts'
import { Expansion } from './expansion.ts'
import type { Flight } from './flight.ts'
import { Lanes, type Arrival } from './lanes.ts'
import type { Message } from './message.ts'
import { keepRefused } from './refusals.ts'
import { Retries } from './retries.ts'
import { Slots } from './slots.ts'
import type { WorkerBase } from './worker-base.ts'

/** The pump of a node whose handler is asynchronous: up to `concurrency` calls in flight, in the order that was asked for. */
export class AsyncPump {
  readonly slots: Slots
  /** Where calls come in that were made elsewhere. */
  readonly boarding: Boarding
  readonly #worker: WorkerBase
  readonly #lanes: Lanes | undefined
  readonly #retries: Retries
  readonly #arrivals: Arrivals
  /** Takes nothing by itself: the node answers at once, and only what failed is here, to be tried again. */
  #isAside = true
  readonly #credit = new CreditReturn()
  /** What the message keeps busy whose children are being pulled. */
  #expanding: Expanding | undefined

  constructor(worker: WorkerBase) {
    const { plan, host } = worker
    this.#worker = worker
    this.#lanes = plan.order === 'key' ? new Lanes() : undefined
    this.slots = new Slots(
      {
        env: host.scheduler.env,
        get now() {
          return host.scheduler.now
        },
        wake: () => worker.wake(),
        timedOut: (flight, error, next) => this.#timedOut(flight, error, next),
        answered: (flight) => this.#answered(flight),
        returned: (flight) => this.#lanes?.release(flight),
      },
      plan,
    )
    this.#retries = new Retries({
      worker,
      slots: this.slots,
      lanes: this.#lanes,
      invoke: (flight) => this.#invoke(flight),
    })
    this.boarding = new Boarding({ worker, slots: this.slots, lanes: this.#lanes, retries: this.#retries })
    this.#arrivals = new Arrivals({
      worker,
      slots: this.slots,
      lanes: this.#lanes,
      parked: (arrival) => this.#retries.parkFollower(arrival),
    })
  }

  /** Whether no call is under way, abandoned ones aside, and nothing waits for one. */
  get isIdle(): boolean {
    return this.slots.isEmpty && (this.#lanes?.waiting ?? 0) === 0
  }

  turn(limit: number): void {
    if (!this.#isAside) this.countWork()
    if (!this.#release()) return
    let calls: number
    do {
      calls = this.#worker.calls
      this.#start(limit)
      if (!this.#release()) return
      // What waited for its key goes before what comes next, or it would never be gone.
    } while (this.#isAside && this.#worker.calls > calls && this.#lanes?.hasReady === true)
    if (this.#isStuck) this.#worker.restart()
  }

  /** Adds up for how long calls have been in flight. */
  countWork(): void {
    this.#worker.counters.worked(this.slots.look())
  }

  /** The node is asynchronous: everything goes this way from now on. */
  takeOver(): void {
    this.#isAside = false
  }

  /** Whether a message has to wait here, behind one of its key. */
  keepsBack(message: Message): boolean {
    return this.#lanes?.keepsBack(message) === true
  }

  /** A message that was taken waits here for one of its key. */
  queue(message: Message, edge: Edge): void {
    this.#arrivals.queue(message, edge)
  }

  /** The iterable of a message threw. */
  expansionThrew(expansion: Expansion, error: unknown): void {
    const expanding = this.#expanding
    this.#expanding = undefined
    this.boarding.expansionThrew(expansion, error, expanding)
  }

  /** A call that began before the node was known to be asynchronous. */
  board(flight: Flight, answer: PromiseLike<unknown>): void {
    flight.turn = flight.sequence
    this.slots.adoptFlight(flight)
    this.slots.enter(flight)
    this.#lanes?.claim(flight)
    this.slots.await(flight, answer)
    this.#worker.wake()
  }

  /** The children of a message have all been pulled. */
  expanded(): void {
    const expanding = this.#expanding
    if (expanding === undefined) return
    this.#expanding = undefined
    this.#lanes?.release(expanding)
    this.#worker.recovery?.worked(expanding.turn)
  }

  /** Everything that is under way, oldest first. */
  giveUp(): { flights: Flight[]; waiting: Arrival[] } {
    return { flights: this.slots.list(), waiting: this.#lanes?.drain() ?? [] }
  }

  /** Ends all calls: signals abort, and what comes back late is ignored. */
  close(reason: Error): void {
    this.slots.close(reason)
    this.#retries.waiting.close()
  }

  /** Nothing can go on here: all slots are abandoned, or all that waits has an abandoned key (D13). */
  get #isStuck(): boolean {
    const { abandoned, concurrency } = this.slots
    if (abandoned.size === 0) return false
    if (abandoned.size === concurrency) return true
    return this.#lanes !== undefined && this.#lanes.waiting > 0 && !this.#lanes.hasReady && this.slots.isEmpty
  }

  /** Releases the results of settled calls. @returns false if the node was restarted, or children are to be pulled. */
  #release(): boolean {
    const worker = this.#worker
    for (const flight of this.slots.takeFailed()) this.#retries.recover(flight)
    if (worker.expansion !== undefined) return false
    const out: Message[] = []
    let canGoOn = true
    while (canGoOn) {
      const flight = this.slots.takeSettled()
      if (flight === undefined) break
      canGoOn = this.#finish(flight, out)
    }
    this.#credit.give()
    worker.pass(out)
    return canGoOn
  }

  #finish(flight: Flight, out: Message[]): boolean {
    const worker = this.#worker
    const edge = flight.edge!
    try {
      if (flight.hasThrown) throw flight.answer
      const before = out.length
      const values = worker.shape!.finish(flight, flight.answer, out)
      if (flight.refused !== undefined) return this.#keepRefused(flight)
      if (worker.plan.holds && worker.tells(flight, out.length > before)) worker.recovery?.worked(flight.turn)
      if (values !== undefined) {
        const { bytes, hasCredit } = flight
        worker.expansion = new Expansion(flight.messages[0]!, values, { edge, bytes, hasCredit })
        const { lane, moreLanes, sequence, turn, isProbe } = flight
        this.#expanding = { lane, moreLanes, sequence, turn, isProbe }
        this.slots.recycle(flight)
        worker.wake()
        return false
      }
    } catch (error) {
      if (!flight.hasThrown && !worker.plan.holds) {
        this.slots.reenter(flight, error)
        this.#retries.recover(flight)
        return true
      }
      if (worker.threw(flight, error)) return false
    }
    if (flight.hasCredit) this.#credit.add(edge, flight)
    else worker.handled(flight, flight.messages.length, 0)
    this.#lanes?.release(flight)
    this.slots.recycle(flight)
    return true
  }

  /** The call is over, but for what its handler has refused: that is made again. */
  #keepRefused(flight: Flight): true {
    const error = flight.refusal
    keepRefused(this.#worker, flight)
    this.#lanes?.narrow(flight)
    this.slots.reenter(flight, error)
    this.#retries.recover(flight)
    return true
  }

  /** A call has succeeded: it tells that the place works, also where its results have to wait. */
  #answered(flight: Flight): void {
    const { recovery } = this.#worker
    if (flight.refused !== undefined && this.#worker.plan.order === 'input')
      this.#worker.recover().refused(flight.refusal)
    if (recovery === undefined) return
    if (!this.#tellsLater(flight)) recovery.answered(flight)
    else if (flight.isProbe) recovery.circuit.unprobe() // Others must not wait until it has its turn.
  }

  /** What it says of the place is known when it is done: messages were refused, or are only held, or not pulled yet. */
  #tellsLater({ answer, refused }: Flight): boolean {
    const { plan, shape } = this.#worker
    if (refused !== undefined || plan.holds) return true
    return shape!.isPerMessage && shape!.loop === undefined && !Array.isArray(answer)
  }

  /** Begins calls while there are slots, messages, and room for what they may give (D4, D10). */
  #start(limit: number): void {
    const worker = this.#worker
    const { slots } = this
    const { recovery } = worker
    if (!this.#isAside) this.#arrivals.fillLanes(limit)
    if (recovery !== undefined) {
      if (!recovery.circuit.isClosed) return this.#retries.waiting.probe(recovery, () => this.#nextProbe())
      this.#retries.waiting.rerun(recovery)
      if (this.#retries.waiting.isInTheWay || !recovery.circuit.isClosed) return
    }
    let left = limit
    let room = worker.intake - slots.reserved
    while (left > 0 && room > 0 && slots.hasFree) {
      const flight = this.#next(Math.min(left, room))
      if (flight === undefined) return
      const count = flight.messages.length
      left -= count
      room -= count
      slots.enter(flight)
      this.#invoke(flight)
      if ((slots.hasFailed || flight.refused !== undefined) && worker.plan.order === 'input') break // What follows may have to wait for it.
      if (worker.plan.holds) room = Math.min(room, worker.intake - slots.reserved) // It may hold, or give out, at once.
    }
    if (left <= 0) worker.wake()
  }

  /** A call of one message, to find out whether the place works. */
  #nextProbe(): Flight | undefined {
    const { slots } = this
    if (this.#worker.intake - slots.reserved <= 0) return undefined
    if (this.#isAside && this.#lanes?.hasReady === false) this.#arrivals.fillLanes(1)
    const flight = this.#next(1)
    if (flight !== undefined) slots.enter(flight)
    return flight
  }

  #invoke(flight: Flight): void {
    const { slots } = this
    flight.call.reset(flight.messages[0]!.envelope.attempt)
    try {
      const answer = this.#worker.shape!.call(flight)
      if (isThenable(answer)) return slots.await(flight, answer)
      slots.settle(flight, answer, false)
    } catch (error) {
      slots.settle(flight, error, true)
    }
    this.#worker.wake() // Its slot is free again, and the room that was reserved for it perhaps.
  }

  /** The next call, of at most `room` messages that somebody still waits for. */
  #next(room: number): Flight | undefined {
    for (;;) {
      const flight = this.#arrivals.board(room, this.#takesNothing)
      if (flight === undefined || this.#retries.shed(flight)) return flight
    }
  }

  /** The node answers at once, and takes what comes by itself; but while its circuit is open, it probes with that. */
  get #takesNothing(): boolean {
    return this.#isAside && this.#worker.recovery?.circuit.isClosed !== false
  }

  /** Its messages leave it; the call keeps its slot, and its keys, until it comes back (D13). */
  #timedOut(flight: Flight, error: SluiceError, next: Flight | undefined): void {
    const worker = this.#worker
    worker.counters.timeouts++
    this.#retries.timedOut(flight, error, next)
    // What a stage that holds does with its state in an abandoned call can't be told (D14).
    if (worker.plan.holds) worker.restart({ hung: flight })
  }
}
