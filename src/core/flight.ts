import { Call } from './call.ts'
import type { Edge } from './edge.ts'
import type { Lane } from './lanes.ts'
import type { Message } from './message.ts'

/**
 * `running`: the handler has not answered. `settled`: it has, and the results wait for their place in the order.
 * `failed`: it threw, and nobody has looked yet what becomes of its messages. `waiting`: it will be made again.
 * `abandoned`: it took too long; its messages have left it. `free`: nothing is in it.
 */
export type FlightState = 'free' | 'running' | 'settled' | 'failed' | 'waiting' | 'abandoned'

/** Where held messages came from: an edge, and the place of their call among the calls of their node. */
export interface Source {
  readonly edge: Edge
  readonly sequence: number
  /** Made in that call, of a message that came. */
  readonly isChild: boolean
}

/** One call in flight: the messages that it has, what it made of them, and how it ended. Used again for later calls. */
export class Flight {
  readonly call = new Call()
  state: FlightState = 'free'
  /** What its messages are stamped with (A9). */
  number = 0
  messages: Message[] = NONE
  /** Where its messages came from, and what they count there. */
  edge: Edge | undefined = undefined
  bytes = 0
  /** Counts the calls of a node, so that what they had can be put back in the order in which it came. */
  sequence = 0
  /** Monotonic ms. */
  deadline = Infinity
  /** What the handler returned, or threw. */
  answer: unknown = undefined
  hasThrown = false
  /** Its messages still have their credit: they are under way on its edge. Parked ones have given it back (D12). */
  hasCredit = true
  /** Messages for whose results there is room downstream. */
  reserved = 0
  /** When a waiting call is made again; monotonic ms. `Infinity` where that is up to the circuit. */
  dueAt = 0
  /** Which of the calls of its node it was, counted again each time it is made. */
  turn = 0
  /** Made again as another attempt of its message, which the budget of retries has to allow. */
  isCounted = false
  /** Whether the circuit is open and this call tells whether it can close. */
  isProbe = false
  /** Children made in this call, and the messages they were made of. */
  children: Message[] | undefined = undefined
  parents: Message[] | undefined = undefined
  /** Messages that the handler has refused because the place doesn't work, by the verb, and the last of its reasons. */
  refused: Set<Message> | undefined = undefined
  refusal: unknown = undefined
  /** Of the keys that it keeps busy, until the call is over: by then its messages may have others. */
  lane: Lane | undefined = undefined
  moreLanes: Lane[] | undefined = undefined
  /** Neighbours among the calls of its node that are not released, in the order in which they began. */
  previous: Flight | undefined = undefined
  next: Flight | undefined = undefined

  /** Where its thenable reports to. */
  resolved: (value: unknown) => void = ignore
  rejected: (error: unknown) => void = ignore

  #source: Source | undefined
  #childSource: Source | undefined

  begin(number: number, messages: Message[], edge: Edge): void {
    this.messages = messages
    this.edge = edge
    this.run(number)
  }

  /** Its messages are in it. */
  run(number: number): void {
    this.state = 'running'
    this.number = number
  }

  /** Where a message of this call comes from; the same object for all of them. */
  sourceOf(message: Message): Source {
    // Numbers of calls are used once, so a parent that has this one is in this call, and waits for its children.
    if (message.parent?.stamp === this.number) return (this.#childSource ??= this.#makeSource(true))
    return (this.#source ??= this.#makeSource(false))
  }

  /** The handler has answered. */
  settle(answer: unknown, hasThrown: boolean): void {
    this.state = hasThrown ? 'failed' : 'settled'
    this.answer = answer
    this.hasThrown = hasThrown
  }

  /** The handler gives one of its messages back, because the place doesn't work (A3). */
  refuse(message: Message, error: unknown): void {
    ;(this.refused ??= new Set()).add(message)
    this.refusal = error
  }

  /** What a throw is put down to: where the handler had refused all of its messages before, to that. */
  blame(thrown: unknown): unknown {
    return this.refused?.size === this.messages.length ? this.refusal : thrown
  }

  /** It takes over what is left of a call that took too long. */
  follow({ edge, sequence, turn, hasCredit, isProbe }: Flight, left: Message[], error: unknown): void {
    this.messages = left
    this.edge = edge
    this.sequence = sequence
    this.turn = turn
    this.hasCredit = hasCredit
    this.isProbe = isProbe
    this.settle(error, true)
  }

  /** It will be made again, with what is left of it. */
  again(messages: Message[]): void {
    this.number = 0 // Its messages are stamped as free, until it is made.
    this.messages = messages
    this.children = undefined
    this.parents = undefined
    this.refused = undefined
    this.#source = undefined
    this.#childSource = undefined
  }

  clear(): void {
    this.state = 'free'
    this.number = 0
    this.messages = NONE
    this.edge = undefined
    this.bytes = 0
    this.answer = undefined
    this.hasThrown = false
    this.hasCredit = true
    this.turn = 0
    this.dueAt = 0
    this.isCounted = false
    this.isProbe = false
    this.children = undefined
    this.parents = undefined
    this.refused = undefined
    this.lane = undefined
    this.moreLanes = undefined
    this.#source = undefined
    this.#childSource = undefined
  }

  #makeSource(isChild: boolean): Source {
    return { edge: this.edge!, sequence: this.sequence, isChild }
  }
}

const NONE: Message[] = []

function ignore(): void {}
