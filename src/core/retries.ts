import { boundedBytes } from './edge.ts'
import { kindOf, type SluiceError } from './errors.ts'
import { FREE } from './message.ts'
import type { Flight } from './flight.ts'
import type { Arrival, Lanes } from './lanes.ts'
import type { Recovery } from './recovery.ts'
import { dropped } from './refusals.ts'
import type { Slots } from './slots.ts'
import { WaitingCalls } from './waiting-calls.ts'
import type { WorkerBase } from './worker-base.ts'

/** What retries need of their pump. */
export interface Retrying {
  readonly worker: WorkerBase
  readonly slots: Slots
  readonly lanes: Lanes | undefined
  /** Calls the handler for a call that has its place among the slots. */
  invoke(flight: Flight): void
}

/**
 * The calls of a node that failed and are made again (A3). Each keeps its place among the calls where order is promised;
 * where only that of keys is, it and what follows it by its keys are parked, and others go on (D12).
 */
export class Retries {
  readonly waiting: WaitingCalls
  readonly #pump: Retrying

  constructor(pump: Retrying) {
    const { worker, slots } = pump
    this.#pump = pump
    this.waiting = new WaitingCalls({
      worker,
      slots,
      invoke: (flight) => pump.invoke(flight),
      split: (flight, count) => this.#split(flight, count),
      expire: (flight) => this.#expire(flight),
    })
  }

  /** Decides what becomes of a call that threw. */
  recover(flight: Flight): void {
    const { worker, slots } = this.#pump
    const recovery = worker.recover()
    flight.answer = flight.blame(flight.answer)
    // What a stage that holds has in its hands can't be told after a throw: it starts again (D14).
    if (worker.plan.holds && kindOf(flight.answer) === 'message') return slots.conclude(flight)
    const wasProbe = flight.isProbe
    const decision = recovery.decide(flight)
    flight.isProbe = false
    if (decision === 'end') return slots.conclude(flight)
    this.#takeBack(flight)
    if (flight.messages.length === 0) return this.#forget(flight)
    if (decision === 'halve') return this.#halve(flight)
    if (decision === 'again') this.#count(flight)
    this.keep(flight)
    const isApart = decision === 'again' || wasProbe || recovery.circuit.isClosed // Others go on without it, or are tried.
    if (isApart && worker.plan.order !== 'input') this.#park(flight, recovery)
  }

  /** A call waits to be made again, in the place that it has. */
  keep(flight: Flight): void {
    this.#pump.slots.keep(flight)
    this.waiting.add(flight)
  }

  /**
   * A call took too long. Its messages leave it, and come again when the place works; those with a key wait for the call
   * itself, which has their keys until it comes back (D13).
   *
   * @param next the call before which it stood.
   */
  timedOut(flight: Flight, error: SluiceError, next: Flight | undefined): void {
    const { worker, slots, lanes } = this.#pump
    const left = slots.spare()
    left.follow(flight, worker.takeBack(flight), error)
    dropped(worker, left, flight)
    const isEmpty = left.messages.length === 0
    if (isEmpty && left.isProbe) worker.recover().circuit.unprobe() // It tells nothing.
    const decision = isEmpty ? 'end' : worker.recover().decide(left)
    left.isProbe = false
    if (decision === 'end') {
      for (const message of left.messages) worker.fail(message, left.answer)
      worker.handled(left, left.messages.length, left.bytes)
      return slots.recycle(left)
    }
    const again = left.messages.map((message) => worker.recover().renew(message))
    left.messages = lanes?.putBehind(flight, again) ?? again
    left.bytes = left.hasCredit ? boundedBytes(left.edge!, left.messages) : 0
    if (left.messages.length === 0) return slots.recycle(left)
    slots.wait(left, next)
    if (decision === 'halve') this.#halve(left)
    else this.waiting.add(left)
  }

  /** A message that is in no call was refused, and a call has its key: it waits behind that one, before all others. */
  refusedBehind(flight: Flight, error: unknown): void {
    const { worker, slots, lanes } = this.#pump
    flight.settle(error, true)
    const [message] = flight.messages
    if (worker.recover().decide(flight) === 'end') {
      worker.handled(flight, 1, 0)
      worker.fail(message!, flight.answer)
    } else lanes!.putFirst(message!, flight)
    slots.recycle(flight)
    worker.wake()
  }

  /** A call that waited when its node started anew; where another one has its key, it waits for that. */
  keepAgain(flight: Flight): void {
    const { worker, slots, lanes } = this.#pump
    const { messages, edge, hasCredit } = flight
    if (!hasCredit) worker.recover().parked += messages.length
    if (messages.length === 1 && lanes?.keepsBack(messages[0]!) === true) {
      lanes.add(messages[0]!, edge!, hasCredit)
      return slots.recycle(flight)
    }
    lanes?.claim(flight)
    flight.dueAt = worker.recover().dueAtOf(messages[0]!) ?? Infinity
    slots.wait(flight, undefined)
    this.waiting.add(flight)
  }

  /** Who comes for a key that waits is parked with it. */
  parkFollower(arrival: Arrival): void {
    const { worker } = this.#pump
    const recovery = worker.recover()
    const { edge, message } = arrival
    if (!arrival.hasCredit || recovery.parked >= worker.plan.maxParked) return
    arrival.hasCredit = false
    recovery.parked++
    edge.handled(1, boundedBytes(edge, [message]))
  }

  /** What the call has given out, or ended, is handled; the rest is its own again. */
  #takeBack(flight: Flight): void {
    const { messages, bytes } = flight
    flight.again(this.#pump.worker.takeBack(flight))
    dropped(this.#pump.worker, flight, { messages, bytes })
  }

  /** It was an attempt, of the one message that the call has. */
  #count(flight: Flight): void {
    const message = flight.messages[0]!
    message.envelope = message.envelope.with({ attempt: message.attempt + 1 })
    flight.isCounted = true
  }

  /** Two calls of half as many messages, in the place of the one (A3). */
  #halve(flight: Flight): void {
    this.keep(flight)
    flight.isCounted = false
    if (flight.messages.length > 1) this.#split(flight, flight.messages.length >> 1)
  }

  /** What is beyond `count` messages becomes a call of its own, right behind. */
  #split(flight: Flight, count: number): void {
    const { slots, lanes } = this.#pump
    const { messages, edge, hasCredit, dueAt, next, sequence, turn } = flight
    const second = slots.spare()
    second.begin(FREE, messages.slice(count), edge!)
    second.hasCredit = hasCredit
    second.sequence = sequence
    second.turn = turn
    second.dueAt = dueAt
    flight.messages = messages.slice(0, count)
    lanes?.split(flight, second)
    flight.bytes = hasCredit ? boundedBytes(edge!, flight.messages) : 0
    second.bytes = hasCredit ? boundedBytes(edge!, second.messages) : 0
    slots.keep(flight)
    if (second.messages.length === 0) return slots.recycle(second)
    slots.wait(second, next)
    this.waiting.add(second)
  }

  /** Gives the credit back of what waits, and of who comes behind it, as far as there is room for them apart. */
  #park(flight: Flight, recovery: Recovery): void {
    const { worker, lanes } = this.#pump
    const { edge, messages, bytes } = flight
    if (flight.hasCredit && recovery.parked + messages.length <= worker.plan.maxParked) {
      flight.hasCredit = false
      flight.bytes = 0
      recovery.parked += messages.length
      edge!.handled(messages.length, bytes)
    }
    if (lanes === undefined) return
    for (const arrival of lanes.park(flight)) this.parkFollower(arrival)
  }

  /** Nothing of it is left. */
  #forget(flight: Flight): void {
    const { slots, lanes } = this.#pump
    lanes?.release(flight)
    slots.remove(flight)
    this.#pump.worker.wake()
  }

  /** Takes out of a call what nobody waits for any more, before it is made (D23). @returns whether there is anything left. */
  shed(flight: Flight): boolean {
    const { slots, lanes } = this.#pump
    if (this.#shedFrom(flight, true)) return true
    lanes?.release(flight)
    slots.recycle(flight)
    return false
  }

  /** The same for a call that waits in its place. @returns whether nothing is left of it. */
  #expire(flight: Flight): boolean {
    if (this.#shedFrom(flight, false)) return false
    this.#forget(flight)
    return true
  }

  /** @param isNew whether it tells how fast the node is. @returns whether there is anything left. */
  #shedFrom(flight: Flight, isNew: boolean): boolean {
    const { worker } = this.#pump
    const { messages, bytes } = flight
    const expired = worker.host.deadlines.isUsed ? messages.filter((message) => worker.hasExpired(message)) : []
    if (expired.length === 0) return true
    flight.messages = messages.filter((message) => !worker.hasExpired(message))
    if (isNew) worker.paced(flight.edge!, messages.length, expired.length)
    worker.expire(expired)
    dropped(worker, flight, { messages, bytes })
    return flight.messages.length > 0
  }
}
