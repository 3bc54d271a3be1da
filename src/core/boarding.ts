import { boundedBytes, type Edge } from './edge.ts'
import type { Expansion } from './expansion.ts'
import type { Flight } from './flight.ts'
import { FREE, type Message } from './message.ts'
import type { Lanes } from './lanes.ts'
import type { Returned } from './refusals.ts'
import type { Retries } from './retries.ts'
import type { Slots } from './slots.ts'
import type { WorkerBase } from './worker-base.ts'

/** A call that a node had when it started anew, and that waits. */
export interface Kept {
  readonly edge: Edge
  readonly messages: Message[]
  /** Its place among the calls of the node. */
  readonly sequence: number
  readonly hasCredit: boolean
}

/** What is known of a call whose iterable is being pulled. */
export type Expanding = Pick<Flight, 'lane' | 'moreLanes' | 'sequence' | 'turn' | 'isProbe'>

/** What boarding needs of its pump. */
export interface BoardingOwner {
  readonly worker: WorkerBase
  readonly slots: Slots
  readonly lanes: Lanes | undefined
  readonly retries: Retries
}

/** Calls that come to be made again from elsewhere than the slots: each takes its place among those that are there. */
export class Boarding {
  readonly #pump: BoardingOwner

  constructor(pump: BoardingOwner) {
    this.#pump = pump
  }

  /** A call that was made at once has failed: it is tried again from here. */
  failed(flight: Flight, error: unknown): void {
    this.#pump.lanes?.claim(flight)
    this.#pump.slots.enterFailed(flight, error)
  }

  /** A message that was held, and refused, becomes a call; its credit was given back. */
  returned({ message, edge, sequence }: Returned, error: unknown): void {
    const { worker, lanes, retries } = this.#pump
    const flight = this.#call({ edge, messages: [message], sequence, hasCredit: false })
    flight.refuse(message, error)
    const recovery = worker.recover()
    recovery.parked++
    recovery.circuit.unprobe() // If it was the probe that brought it, that tells nothing else.
    if (lanes?.keepsBack(message) === true) retries.refusedBehind(flight, error)
    else this.failed(flight, error)
  }

  /** The iterable of a message threw: the message comes again whole, with the keys that its call had. */
  expansionThrew(expansion: Expansion, error: unknown, call: Partial<Expanding> = {}): void {
    const { edge, hasCredit, bytes } = expansion
    const { sequence = this.#pump.worker.calls++, lane, moreLanes, isProbe = false } = call
    const again = expansion.anew()
    this.#pump.worker.recover().inherit(expansion.parent, again)
    const flight = this.#call({ edge, messages: [again], sequence, hasCredit })
    flight.bytes = bytes
    flight.lane = lane
    flight.moreLanes = moreLanes
    flight.isProbe = isProbe
    this.failed(flight, error)
  }

  /** Calls that waited when the node started anew wait again, in the same order. */
  kept(calls: readonly Kept[]): void {
    for (const call of calls) this.#pump.retries.keepAgain(this.#call(call))
  }

  #call({ edge, messages, sequence, hasCredit }: Kept): Flight {
    const flight = this.#pump.slots.spare()
    flight.begin(FREE, messages, edge)
    flight.sequence = sequence
    flight.turn = sequence
    flight.hasCredit = hasCredit
    flight.bytes = hasCredit ? boundedBytes(edge, messages) : 0
    return flight
  }
}
