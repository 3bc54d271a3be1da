import { DueList } from './due-list.ts'
import type { Timer } from './env.ts'
import type { Flight } from './flight.ts'
import { FREE } from './message.ts'
import type { Recovery } from './recovery.ts'
import type { Slots } from './slots.ts'
import type { WorkerBase } from './worker-base.ts'

/** What calls that wait need of their pump. */
export interface WaitingOwner {
  readonly worker: WorkerBase
  readonly slots: Slots
  /** Calls the handler for a call that has its place among the slots. */
  invoke(flight: Flight): void
  /** What is beyond `count` messages becomes a call of its own, right behind. */
  split(flight: Flight, count: number): void
  /** Ends a call for which nobody waits any more. @returns whether it was one. */
  expire(flight: Flight): boolean
}

/** Calls that are made again: when, and which is next. */
export class WaitingCalls {
  readonly #pump: WaitingOwner
  readonly #due = new DueList<Flight>()
  /** Those that wait for the circuit to close. */
  #kept: Flight[] = []
  #timer: Timer | undefined
  #timerAt = Infinity

  constructor(pump: WaitingOwner) {
    this.#pump = pump
  }

  /** Where the order of the input is kept, nothing begins before what is tried again. */
  get isInTheWay(): boolean {
    const { slots } = this.#pump
    return this.#isInOrder && (slots.hasFailed || slots.firstWaiting !== undefined)
  }

  /** A call waits from now on. */
  add(flight: Flight): void {
    if (flight.dueAt === Infinity) this.#kept.push(flight)
    else this.#due.add(flight)
    this.#pump.worker.wake()
  }

  /** The circuit is closed: what it kept, and calls that are due, are made again, as long as there are slots, room and a budget. */
  rerun(recovery: Recovery): void {
    const { worker, slots } = this.#pump
    const { now } = worker.host.scheduler
    for (const flight of this.#kept) {
      flight.dueAt = now
      this.#due.add(flight)
    }
    this.#kept = []
    let flight = this.#nextDue(now)
    while (flight !== undefined) {
      if (!this.#pump.expire(flight) && !this.#tryAgain(flight, recovery)) return
      flight = slots.hasFree ? this.#nextDue(now) : undefined
    }
    this.#armForNext()
  }

  /**
   * While the circuit is open, one call at a time finds out whether the place works: one that has failed, and others in
   * turn, so that a message which fails by itself is told from an outage.
   *
   * @param next another call that could be made.
   */
  probe(recovery: Recovery, next: () => Flight | undefined): void {
    const { worker, slots } = this.#pump
    const { circuit } = recovery
    const { now } = worker.host.scheduler
    if (circuit.state === 'probing' || !slots.hasFree) return
    if (now < circuit.retryAt) return this.#arm(circuit.retryAt)
    const mayTryOther = !this.#isInOrder || slots.firstWaiting === undefined
    const other = mayTryOther && (circuit.hasTriedKept || this.#kept.length === 0) ? next() : undefined
    const flight = other ?? this.#nextLive(now)
    if (flight === undefined) return this.#armForNext()
    flight.isProbe = true
    circuit.probe(other === undefined)
    if (other !== undefined) return this.#pump.invoke(other)
    const room = this.#roomFor(flight)
    if (room > 0 && room < flight.messages.length) this.#pump.split(flight, room)
    this.#again(flight)
  }

  /** Nothing is made again any more. */
  close(): void {
    this.#timer?.cancel()
    this.#due.clear()
    this.#kept = []
  }

  /** One for which the budget has nothing now waits, and keeps nobody else back. @returns whether there was room for it. */
  #tryAgain(flight: Flight, recovery: Recovery): boolean {
    const { now } = this.#pump.worker.host.scheduler
    const room = this.#roomFor(flight)
    flight.dueAt = room === 0 ? now : now + (flight.isCounted ? recovery.spend() : 0)
    if (room === 0 || flight.dueAt > now) {
      this.#postpone(flight)
      return room > 0
    }
    if (room < flight.messages.length) this.#pump.split(flight, room)
    this.#again(flight)
    return true
  }

  #again(flight: Flight): void {
    const { worker, slots } = this.#pump
    flight.hasThrown = false
    flight.answer = undefined
    flight.turn = worker.calls++
    worker.counters.retries++
    flight.number = worker.shape!.isPerMessage ? FREE : worker.host.nextNumber()
    slots.rerun(flight)
    this.#pump.invoke(flight)
  }

  get #isInOrder(): boolean {
    return this.#pump.worker.plan.order === 'input'
  }

  /** The next call that is due; where the order of the input is kept, only the first one that waits can be. */
  #nextDue(now: number): Flight | undefined {
    const { slots } = this.#pump
    if (!slots.hasFree) return undefined
    if (!this.#isInOrder) return this.#due.take(now)
    const first = slots.hasFailed ? undefined : slots.firstWaiting
    if (first === undefined || first.dueAt > now) return undefined
    this.#due.remove(first)
    return first
  }

  /** The next call that the circuit can be probed with, and that somebody still waits for (D23). */
  #nextLive(now: number): Flight | undefined {
    for (;;) {
      const flight = this.#nextKept(now)
      if (flight === undefined || !this.#pump.expire(flight)) return flight
    }
  }

  /** The next call that the circuit can be probed with. */
  #nextKept(now: number): Flight | undefined {
    if (this.#isInOrder) {
      const first = this.#pump.slots.firstWaiting
      if (first === undefined) return undefined
      this.#due.remove(first)
      this.#kept = this.#kept.filter((flight) => flight !== first)
      return first
    }
    const index = this.#kept.findIndex((flight) => this.#roomFor(flight) > 0)
    return index < 0 ? this.#due.take(now) : this.#kept.splice(index, 1)[0]
  }

  #postpone(flight: Flight): void {
    this.#due.add(flight)
    this.#arm(flight.dueAt) // Others may be due already, and wait for the budget as well.
  }

  /** For how many messages of a call there is room, or was reserved. */
  #roomFor({ reserved, messages, hasCredit }: Flight): number {
    const { worker, slots } = this.#pump
    if (reserved > 0) return reserved
    if (worker.plan.holds && !hasCredit) return messages.length // It was held, and counts as if it still were.
    return Math.min(messages.length, Math.max(0, worker.intake - slots.reserved))
  }

  #armForNext(): void {
    const first = this.#isInOrder ? this.#pump.slots.firstWaiting?.dueAt : undefined
    this.#arm(first ?? this.#due.nextAt)
  }

  #arm(at: number): void {
    const { env, now } = this.#pump.worker.host.scheduler
    // What is due already waits for a slot or for room, and is told of those.
    if (at === Infinity || at <= now || (this.#timer !== undefined && this.#timerAt <= at)) return
    this.#timer?.cancel()
    this.#timerAt = at
    this.#timer = env.after(at - now, () => {
      this.#timer = undefined
      this.#pump.worker.wake()
    })
  }
}
