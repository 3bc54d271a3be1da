import type { Edge } from './edge.ts'
import type { Message } from './message.ts'

interface Arrival {
  readonly message: Message
  readonly edge: Edge
  /** Of its key: a message may have another one when its call is over. */
  readonly lane: Lane | undefined
}

/** Messages of one key; while `isBusy` a call has some of them, and the others wait. */
export interface Lane {
  readonly key: string
  isBusy: boolean
  readonly waiting: Arrival[]
}

/** A call, with what it keeps busy: nearly always one lane. */
export interface LaneCall {
  messages: Message[]
  edge: Edge | undefined
  lane: Lane | undefined
  moreLanes: Lane[] | undefined
}

/** Lanes that nobody uses are kept up to so many, because most keys come again. */
const MOST_LANES = 1024

/**
 * Arrivals of a node that keeps the order of keys: messages of one key are never in two calls at once and never
 * overtake each other, other keys go on meanwhile (D12).
 */
export class Lanes {
  /** Messages taken and in no call. */
  waiting = 0
  readonly #lanes = new Map<string, Lane>()
  /** What can go at once: the heads of lanes that aren't busy, and messages without a key. Read from `#next` on. */
  #ready: Arrival[] = []
  #next = 0

  /** Whether a call could begin. */
  get hasReady(): boolean {
    return this.#next < this.#ready.length
  }

  add(message: Message, edge: Edge): void {
    this.waiting++
    const { key } = message
    const lane = key === undefined ? undefined : this.#laneOf(key)
    const arrival = { message, edge, lane }
    if (lane?.isBusy === true) lane.waiting.push(arrival)
    else {
      if (lane !== undefined) lane.isBusy = true // Its head is as good as in a call.
      this.#ready.push(arrival)
    }
  }

  /** The messages of this call are in it already. */
  claim(call: LaneCall): void {
    for (const { key } of call.messages) {
      const lane = key === undefined ? undefined : this.#laneOf(key)
      if (lane === undefined || lane.isBusy) continue
      lane.isBusy = true
      keepBusy(lane, call)
    }
  }

  /** Puts the messages of the next call into it: up to `size` of one edge, each with what waits behind it. */
  board(call: LaneCall, size: number): void {
    const first = this.#shiftReady()
    const { edge } = first
    call.edge = edge
    call.messages = [first.message]
    this.#boardLane(first.lane, call, size)
    while (call.messages.length < size && this.hasReady && this.#ready[this.#next]!.edge === edge) {
      const { message, lane } = this.#shiftReady()
      call.messages.push(message)
      this.#boardLane(lane, call, size)
    }
    this.waiting -= call.messages.length
  }

  /** A call is over: the next messages in its lanes can go. */
  release({ lane, moreLanes }: Pick<LaneCall, 'lane' | 'moreLanes'>): void {
    if (lane !== undefined) this.#free(lane)
    if (moreLanes !== undefined) for (const other of moreLanes) this.#free(other)
  }

  /** Takes everything that waits, by edge, in the order of each key. */
  drain(): Map<Edge, Message[]> {
    const left = new Map<Edge, Message[]>()
    const add = ({ message, edge }: Arrival): void => {
      const list = left.get(edge)
      if (list === undefined) left.set(edge, [message])
      else list.push(message)
    }
    while (this.hasReady) add(this.#shiftReady())
    for (const lane of this.#lanes.values()) lane.waiting.forEach(add)
    this.#lanes.clear()
    this.waiting = 0
    return left
  }

  #laneOf(key: string): Lane {
    let lane = this.#lanes.get(key)
    if (lane === undefined) this.#lanes.set(key, (lane = { key, isBusy: false, waiting: [] }))
    return lane
  }

  /** Its followers go into the same call, as far as they came over the same edge. */
  #boardLane(lane: Lane | undefined, call: LaneCall, size: number): void {
    if (lane === undefined) return
    keepBusy(lane, call)
    const { waiting } = lane
    const { messages, edge } = call
    let followers = 0
    while (messages.length < size && waiting[followers]?.edge === edge) messages.push(waiting[followers++]!.message)
    if (followers > 0) waiting.splice(0, followers)
  }

  #free(lane: Lane): void {
    if (lane.waiting.length > 0) this.#ready.push(lane.waiting.shift()!)
    else {
      lane.isBusy = false
      if (this.#lanes.size > MOST_LANES) this.#lanes.delete(lane.key)
    }
  }

  #shiftReady(): Arrival {
    const arrival = this.#ready[this.#next++]!
    if (this.#next === this.#ready.length) {
      this.#ready = []
      this.#next = 0
    } else if (this.#next === 1024) {
      this.#ready.splice(0, this.#next)
      this.#next = 0
    }
    return arrival
  }
}

function keepBusy(lane: Lane, call: LaneCall): void {
  if (call.lane === undefined) call.lane = lane
  else (call.moreLanes ??= []).push(lane)
}
