import type { Edge } from './edge.ts'
import type { Message } from './message.ts'

interface Arrival {
  readonly message: Message
  readonly edge: Edge
}

/** Messages of one key; while `isBusy` a call has some of them, and the others wait. */
export interface Lane {
  readonly key: string
  isBusy: boolean
  readonly waiting: Arrival[]
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
    const arrival = { message, edge }
    const { key } = message
    if (key === undefined) {
      this.#ready.push(arrival)
      return
    }
    const lane = this.#laneOf(key)
    if (lane.isBusy) lane.waiting.push(arrival)
    else {
      lane.isBusy = true // Its head is as good as in a call.
      this.#ready.push(arrival)
    }
  }

  /** Messages that are in a call already. @param lanes gets theirs. */
  claim(messages: readonly Message[], lanes: Lane[]): void {
    for (const { key } of messages) {
      const lane = key === undefined ? undefined : this.#laneOf(key)
      if (lane === undefined || lane.isBusy) continue
      lane.isBusy = true
      lanes.push(lane)
    }
  }

  /**
   * The messages of the next call: up to `size` of one edge, each with what waits behind it; their keys are busy.
   * @param lanes gets the lanes of the keys, by which they are released: a message may have another key by then.
   */
  take(size: number, lanes: Lane[]): { messages: Message[]; edge: Edge } {
    const first = this.#shiftReady()
    const { edge } = first
    const messages: Message[] = []
    this.#board(first, { messages, lanes, size })
    while (messages.length < size && this.hasReady && this.#ready[this.#next]!.edge === edge) {
      this.#board(this.#shiftReady(), { messages, lanes, size })
    }
    this.waiting -= messages.length
    return { messages, edge }
  }

  /** A call that had these lanes is over: the next messages in them can go. */
  release(lanes: readonly Lane[]): void {
    for (const lane of lanes) {
      const next = lane.waiting.shift()
      if (next !== undefined) this.#ready.push(next)
      else {
        lane.isBusy = false
        if (this.#lanes.size > MOST_LANES) this.#lanes.delete(lane.key)
      }
    }
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

  /** Puts a message and its followers of the same edge into a call. */
  #board(first: Arrival, call: { readonly messages: Message[]; readonly lanes: Lane[]; readonly size: number }): void {
    const { messages, lanes, size } = call
    messages.push(first.message)
    const { key } = first.message
    if (key === undefined) return
    const lane = this.#lanes.get(key)!
    lanes.push(lane)
    let followers = 0
    while (messages.length < size && lane.waiting[followers]?.edge === first.edge) {
      messages.push(lane.waiting[followers++]!.message)
    }
    if (followers > 0) lane.waiting.splice(0, followers)
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
