import { boundedBytes, type Edge } from './edge.ts'
import type { Flight } from './flight.ts'
import type { Arrival, Lanes } from './lanes.ts'
import { FREE, type Message } from './message.ts'
import type { Slots } from './slots.ts'
import type { WorkerBase } from './worker-base.ts'

/** What arrivals need of their pump. */
interface ArrivalsOwner {
  readonly worker: WorkerBase
  readonly slots: Slots
  readonly lanes: Lanes | undefined
  /** Who has come for a key that is parked. */
  parked(arrival: Arrival): void
}

/** What comes in at an asynchronous node, until it is in a call. */
export class Arrivals {
  readonly #pump: ArrivalsOwner
  #nextInput = 0

  constructor(pump: ArrivalsOwner) {
    this.#pump = pump
  }

  /** A message that was taken waits here for one of its key. */
  queue(message: Message, edge: Edge): void {
    const parked = this.#pump.lanes!.add(message, edge)
    if (parked !== undefined) this.#pump.parked(parked)
  }

  /** Where keys keep their order, everything that has arrived waits where it can be seen which keys are free. */
  fillLanes(limit: number): void {
    const { worker, lanes } = this.#pump
    if (lanes === undefined) return
    for (const edge of worker.inputs) {
      let left = limit
      while (left > 0 && edge.available > 0) {
        const before = edge.underWay
        const most = worker.careLimit(edge)
        if (most === 0) break
        const messages = worker.take(edge, Math.min(left, edge.available, most))
        left -= edge.underWay - before
        for (const message of messages) this.queue(message, edge)
      }
    }
  }

  /**
   * The next call, of at most `room` messages; it has no place among the slots yet.
   * @param takesNothing only what waits here already.
   */
  board(room: number, takesNothing: boolean): Flight | undefined {
    const { worker, slots, lanes } = this.#pump
    const { isPerMessage } = worker.shape!
    const size = isPerMessage ? 1 : Math.min(room, worker.plan.callSize)
    const flight = slots.spare()
    if (lanes?.hasReady === true) lanes.board(flight, size)
    else if (lanes !== undefined || takesNothing || !this.#takeInOrder(flight, size)) {
      slots.recycle(flight)
      return undefined
    }
    flight.run(isPerMessage ? FREE : worker.host.nextNumber())
    flight.sequence = worker.calls++
    flight.turn = flight.sequence
    flight.bytes = flight.hasCredit ? boundedBytes(flight.edge!, flight.messages) : 0
    return flight
  }

  /** @returns whether there was anything. */
  #takeInOrder(flight: Flight, size: number): boolean {
    const { worker } = this.#pump
    const { inputs } = worker
    for (let tried = 0; tried < inputs.length; tried++) {
      const edge = inputs[this.#nextInput++ % inputs.length]!
      while (edge.available > 0) {
        const most = worker.careLimit(edge)
        if (most === 0) break
        const messages = worker.take(edge, Math.min(size, edge.available, most))
        if (messages.length === 0) continue
        flight.messages = messages
        flight.edge = edge
        return true
      }
    }
    return false
  }
}
