import { isThenable } from './call.ts'
import { boundedBytes, type Edge } from './edge.ts'
import type { SluiceError } from './errors.ts'
import { Expansion } from './expansion.ts'
import type { Flight } from './flight.ts'
import { Lanes, type LaneCall } from './lanes.ts'
import { FREE, type Message } from './message.ts'
import { Slots } from './slots.ts'
import type { WorkerBase } from './worker-base.ts'

const NOTHING = { lane: undefined, moreLanes: undefined }

/** The pump of a node whose handler is asynchronous: up to `concurrency` calls in flight, in the order that was asked for. */
export class AsyncPump {
  readonly slots: Slots
  readonly #worker: WorkerBase
  readonly #lanes: Lanes | undefined
  /** Calls taken from the slots and not yet released: an expansion is in their way. */
  #ready: Flight[] = []
  #nextReady = 0
  #nextInput = 0
  /** Messages of released calls whose credit is still to be given back, to which edge, and what they count there. */
  #handled = 0
  #handledBytes = 0
  #handledEdge: Edge | undefined
  /** What the message keeps busy whose children are being pulled. */
  #expanding: Pick<LaneCall, 'lane' | 'moreLanes'> = NOTHING

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
        timedOut: (flight, error) => this.#timedOut(flight, error),
        returned: (flight) => this.#lanes?.release(flight),
      },
      plan.concurrency,
      plan.timeoutMs,
    )
  }

  /** Whether no call is under way, abandoned ones aside, and nothing waits for one. */
  get isIdle(): boolean {
    return this.slots.isEmpty && this.#ready.length === 0 && (this.#lanes?.waiting ?? 0) === 0
  }

  turn(limit: number): void {
    this.countWork()
    if (!this.#release()) return
    this.#start(limit)
    if (!this.#release()) return
    if (this.#isStuck) this.#worker.restart()
  }

  /** Adds up for how long calls have been in flight. */
  countWork(): void {
    this.#worker.counters.worked(this.slots.look())
  }

  /** A call that began before the node was known to be asynchronous. */
  board(flight: Flight, answer: PromiseLike<unknown>): void {
    this.slots.adoptFlight(flight)
    this.slots.enter(flight)
    this.#lanes?.claim(flight)
    this.slots.wait(flight, answer)
    this.#worker.wake()
  }

  /** The children of a message have all been pulled. */
  expanded(): void {
    this.#lanes?.release(this.#expanding)
    this.#expanding = NOTHING
  }

  /** Everything that is under way, oldest first. */
  giveUp(): { flights: Flight[]; waiting: Map<Edge, Message[]> } {
    const flights = [...this.#ready.slice(this.#nextReady), ...this.slots.list()]
    this.#ready = []
    this.#nextReady = 0
    return { flights, waiting: this.#lanes?.drain() ?? new Map<Edge, Message[]>() }
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
    const settled = this.slots.takeSettled(worker.plan.order === 'input')
    if (this.#ready.length === 0) this.#ready = settled
    else this.#ready.push(...settled)
    if (worker.expansion !== undefined) return false
    const out: Message[] = []
    let canGoOn = true
    while (canGoOn && this.#nextReady < this.#ready.length) {
      canGoOn = this.#finish(this.#ready[this.#nextReady++]!, out)
    }
    this.#giveCredit()
    if (this.#nextReady === this.#ready.length) this.#ready = []
    else this.#ready.splice(0, this.#nextReady)
    this.#nextReady = 0
    worker.pass(out)
    return canGoOn
  }

  #finish(flight: Flight, out: Message[]): boolean {
    const worker = this.#worker
    const edge = flight.edge!
    try {
      if (flight.hasThrown) throw flight.answer
      const values = worker.shape!.finish(flight, flight.answer, out)
      if (values !== undefined) {
        worker.expansion = new Expansion(flight.messages[0]!, values, { edge, bytes: flight.bytes })
        this.#expanding = { lane: flight.lane, moreLanes: flight.moreLanes }
        this.slots.recycle(flight)
        worker.wake()
        return false
      }
    } catch (error) {
      if (worker.threw(flight, error)) return false
    }
    if (this.#handledEdge !== edge) this.#giveCredit()
    this.#handledEdge = edge
    this.#handled += flight.messages.length
    this.#handledBytes += flight.bytes
    if (edge.returning + this.#handled >= edge.step) this.#giveCredit()
    this.#lanes?.release(flight)
    this.slots.recycle(flight)
    return true
  }

  /** Not for each call, but when a step is full, and once for all that have been released together (D3). */
  #giveCredit(): void {
    const edge = this.#handledEdge
    const count = this.#handled
    const bytes = this.#handledBytes
    this.#handledEdge = undefined
    this.#handled = 0
    this.#handledBytes = 0
    edge?.handled(count, bytes)
  }

  /** Begins calls while there are slots, messages, and room for what they may give (D4, D10). */
  #start(limit: number): void {
    const worker = this.#worker
    const { slots } = this
    if (this.#lanes !== undefined) this.#fillLanes(this.#lanes, limit)
    let left = limit
    let room = worker.intake - slots.reserved
    while (left > 0 && room > 0 && slots.hasFree) {
      const flight = this.#next(Math.min(left, room))
      if (flight === undefined) return
      const count = flight.messages.length
      left -= count
      room -= count
      this.#begin(flight)
      if (worker.plan.holds) room = Math.min(room, worker.intake - slots.reserved) // It may hold, or give out, at once.
    }
    if (left <= 0) worker.wake()
  }

  #begin(flight: Flight): void {
    const { slots } = this
    slots.enter(flight)
    flight.call.reset(flight.messages[0]!.envelope.attempt)
    try {
      const answer = this.#worker.shape!.call(flight)
      if (isThenable(answer)) return slots.wait(flight, answer)
      slots.settle(flight, answer, false)
    } catch (error) {
      slots.settle(flight, error, true)
    }
    this.#worker.wake() // Its slot is free again, and the room that was reserved for it perhaps.
  }

  /** The next call, of at most `room` messages. */
  #next(room: number): Flight | undefined {
    const worker = this.#worker
    const { isPerMessage } = worker.shape!
    const size = isPerMessage ? 1 : Math.min(room, worker.plan.callSize)
    const flight = this.slots.spare()
    if (this.#lanes?.hasReady === true) this.#lanes.board(flight, size)
    else if (this.#lanes !== undefined || !this.#takeInOrder(flight, size)) {
      this.slots.recycle(flight)
      return undefined
    }
    flight.run(isPerMessage ? FREE : worker.host.nextNumber())
    flight.sequence = worker.calls++
    flight.bytes = boundedBytes(flight.edge!, flight.messages)
    return flight
  }

  /** @returns whether there was anything. */
  #takeInOrder(flight: Flight, size: number): boolean {
    const worker = this.#worker
    const { inputs } = worker
    for (let tried = 0; tried < inputs.length; tried++) {
      const edge = inputs[this.#nextInput++ % inputs.length]!
      while (edge.available > 0) {
        const messages = worker.take(edge, Math.min(size, edge.available, worker.careLimit(edge)))
        if (messages.length === 0) continue
        flight.messages = messages
        flight.edge = edge
        return true
      }
    }
    return false
  }

  /** Everything that has arrived waits here, where it can be seen which keys are free. */
  #fillLanes(lanes: Lanes, limit: number): void {
    const worker = this.#worker
    for (const edge of worker.inputs) {
      let left = limit
      while (left > 0 && edge.available > 0) {
        const before = edge.underWay
        const messages = worker.take(edge, Math.min(left, edge.available, worker.careLimit(edge)))
        left -= edge.underWay - before
        for (const message of messages) lanes.add(message, edge)
      }
    }
  }

  #timedOut(flight: Flight, error: SluiceError): void {
    const worker = this.#worker
    worker.counters.timeouts++
    for (const message of worker.takeBack(flight)) worker.fail(message, error)
    flight.edge!.handled(flight.messages.length, flight.bytes)
    // What a stage that holds does with its state in an abandoned call can't be told (D14).
    if (worker.plan.holds) worker.restart()
  }
}
