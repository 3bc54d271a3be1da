import { Call } from './call.ts'
import type { Edge } from './edge.ts'
import type { Lane } from './lanes.ts'
import type { Message } from './message.ts'

/**
 * `running`: the handler has not answered. `settled`: it has, and the results wait for their place in the order.
 * `abandoned`: it took too long; its messages have left it. `free`: nothing is in it.
 */
export type FlightState = 'free' | 'running' | 'settled' | 'abandoned'

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
  /** Children made in this call, and the messages they were made of. */
  children: Message[] | undefined = undefined
  parents: Message[] | undefined = undefined
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
    this.state = 'settled'
    this.answer = answer
    this.hasThrown = hasThrown
  }

  clear(): void {
    this.state = 'free'
    this.number = 0
    this.messages = NONE
    this.edge = undefined
    this.bytes = 0
    this.answer = undefined
    this.hasThrown = false
    this.children = undefined
    this.parents = undefined
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
