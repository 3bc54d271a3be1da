import type { Edge } from './edge.ts'
import type { Message } from './message.ts'

export interface Arrival {
  readonly message: Message
  readonly edge: Edge
  /** Of its key: a message may have another one when its call is over. */
  readonly lane: Lane | undefined
  /** It is under way on its edge; one that is parked has given its credit back. */
  hasCredit: boolean
}

/** Messages of one key; while `isBusy` a call has some of them, and the others wait. */
export interface Lane {
  readonly key: string
  isBusy: boolean
  /** The call that has it waits to be made again: who comes for it is parked. */
  isParked: boolean
  readonly waiting: Arrival[]
}

/** A call, with what it keeps busy: nearly always one lane. */
export interface LaneCall {
  messages: Message[]
  edge: Edge | undefined
  hasCredit: boolean
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

  /** @returns the arrival, where its lane is parked. */
  add(message: Message, edge: Edge, hasCredit = true): Arrival | undefined {
    this.waiting++
    const { key } = message
    const lane = key === undefined ? undefined : this.#laneOf(key)
    const arrival = { message, edge, lane, hasCredit }
    if (lane?.isBusy === true) {
      lane.waiting.push(arrival)
      return lane.isParked ? arrival : undefined
    }
    if (lane !== undefined) lane.isBusy = true // Its head is as good as in a call.
    this.#ready.push(arrival)
    return undefined
  }

  /** Whether a message has to wait here for one of its key. */
  keepsBack({ key }: Message): boolean {
    return key !== undefined && this.#lanes.get(key)?.isBusy === true
  }

  /** The call will be made again later. @returns who waits behind it. */
  park(call: LaneCall): Arrival[] {
    const lanes = lanesOf(call)
    for (const lane of lanes) lane.isParked = true
    return lanes.flatMap(({ waiting }) => waiting)
  }

  /**
   * Two calls are made of one. What the second has of a key that is also in the first waits for that one; the rest of
   * the lanes goes with the messages.
   */
  split(first: LaneCall, second: LaneCall): void {
    const before = new Set(first.messages.map(({ key }) => key))
    const lanes = new Map(lanesOf(first).map((lane) => [lane.key, lane]))
    const later = second.messages.filter(({ key }) => key !== undefined && before.has(key) && lanes.has(key))
    second.messages = second.messages.filter((message) => !later.includes(message))
    for (const message of later.toReversed()) this.#giveBack(message, lanes.get(message.key!)!, second)
    const after = new Set(second.messages.map(({ key }) => key))
    setLanes(
      second,
      [...lanes.values()].filter(({ key }) => after.has(key)),
    )
    setLanes(
      first,
      [...lanes.values()].filter(({ key }) => !after.has(key)),
    )
  }

  /** The messages of an abandoned call wait for its keys, before all others; those without one are given back. */
  putBehind(call: LaneCall, messages: readonly Message[]): Message[] {
    const lanes = new Map(lanesOf(call).map((lane) => [lane.key, lane]))
    const isLaned = ({ key }: Message): boolean => key !== undefined && lanes.has(key)
    for (const message of messages.toReversed()) {
      if (isLaned(message)) this.#giveBack(message, lanes.get(message.key!)!, call)
    }
    return messages.filter((message) => !isLaned(message))
  }

  /** A message waits for a key that is busy, before all others. */
  putFirst(message: Message, call: Pick<LaneCall, 'edge' | 'hasCredit'>): void {
    const lane = this.#laneOf(message.key!)
    const { waiting } = lane
    const before = waiting.findIndex(({ hasCredit }) => hasCredit) // Others that were put here came before it.
    const arrival = { message, edge: call.edge!, lane, hasCredit: call.hasCredit }
    waiting.splice(before < 0 ? waiting.length : before, 0, arrival)
    this.waiting++
  }

  /** A call has fewer messages than before: the keys that none of them has are free. */
  narrow(call: LaneCall): void {
    const left = new Set(call.messages.map(({ key }) => key))
    const lanes = lanesOf(call)
    setLanes(
      call,
      lanes.filter(({ key }) => left.has(key)),
    )
    for (const lane of lanes) if (!left.has(lane.key)) this.#free(lane)
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
    call.hasCredit = first.hasCredit
    this.#boardLane(first.lane, call, size)
    while (call.messages.length < size && this.hasReady && isAlike(this.#ready[this.#next]!, call)) {
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

  /** Takes everything that waits, in the order of each key. */
  drain(): Arrival[] {
    const left: Arrival[] = []
    while (this.hasReady) left.push(this.#shiftReady())
    for (const lane of this.#lanes.values()) left.push(...lane.waiting)
    this.#lanes.clear()
    this.waiting = 0
    return left
  }

  #laneOf(key: string): Lane {
    let lane = this.#lanes.get(key)
    if (lane === undefined) this.#lanes.set(key, (lane = { key, isBusy: false, isParked: false, waiting: [] }))
    return lane
  }

  /** Its followers go into the same call, as far as they came over the same edge. */
  #boardLane(lane: Lane | undefined, call: LaneCall, size: number): void {
    if (lane === undefined) return
    keepBusy(lane, call)
    const { waiting } = lane
    const { messages } = call
    let followers = 0
    while (messages.length < size && followers < waiting.length && isAlike(waiting[followers]!, call)) {
      messages.push(waiting[followers++]!.message)
    }
    if (followers > 0) waiting.splice(0, followers)
  }

  #giveBack(message: Message, lane: Lane, { edge, hasCredit }: LaneCall): void {
    lane.waiting.unshift({ message, edge: edge!, lane, hasCredit })
    this.waiting++
  }

  #free(lane: Lane): void {
    lane.isParked = false
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

function lanesOf({ lane, moreLanes }: LaneCall): Lane[] {
  return lane === undefined ? [] : [lane, ...(moreLanes ?? [])]
}

function setLanes(call: LaneCall, [lane, ...more]: Lane[]): void {
  call.lane = lane
  call.moreLanes = more.length === 0 ? undefined : more
}

/** What is in one call came over one edge, and has its credit or has not. */
function isAlike(arrival: Arrival, { edge, hasCredit }: LaneCall): boolean {
  return arrival.edge === edge && arrival.hasCredit === hasCredit
}
