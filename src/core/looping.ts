import { isThenable } from './call.ts'
import { boundedBytes, type Edge } from './edge.ts'
import type { Flight } from './flight.ts'
import type { InHand } from './in-hand.ts'
import type { LoopState } from './loops.ts'
import { FREE, type Message } from './message.ts'
import type { Setbacks } from './setbacks.ts'
import type { WorkerBase } from './worker-base.ts'

/** A message whose handler turned out to be asynchronous. */
export interface Pending {
  readonly message: Message
  readonly edge: Edge
  readonly answer: PromiseLike<unknown>
  /** With what its handler has refused it already. */
  readonly refusal: { readonly error: unknown } | undefined
}

/** What ways of handling array by array need of their pump. */
export interface ArrayOwner {
  /** The node is asynchronous from now on. */
  await(pending: Pending): void
  /** A handler threw. @returns whether what follows has to wait for the message. */
  threw(message: Message, error: unknown, index: number): boolean
}

/** What looping needs of its pump. */
export interface LoopingOwner extends ArrayOwner {
  /** Whether what failed is in the way of everything else. */
  isInTheWay(): boolean
  /** Leaves out what has to wait for a message of its key. */
  withoutKept(messages: Message[], edge: Edge): Message[]
}

/** Shapes that give one result for one message, as long as their handler answers at once (D8). */
export class Looping {
  readonly state: LoopState
  readonly #worker: WorkerBase
  readonly #inHand: InHand
  readonly #setbacks: Setbacks
  readonly #owner: LoopingOwner
  /** Messages of the array that were ended by the handler, or refused. */
  #gaps = 0
  #rejected: Message[] = []

  constructor(
    worker: WorkerBase,
    { inHand, setbacks }: { readonly inHand: InHand; readonly setbacks: Setbacks },
    owner: LoopingOwner,
  ) {
    this.#worker = worker
    this.#inHand = inHand
    this.#setbacks = setbacks
    this.#owner = owner
    this.state = {
      isThenable,
      pending: undefined,
      end: 0,
      passed: 0,
      isUniform: false,
      threw: (message, error, index) => owner.threw(message, error, index),
      rejected: (message) => {
        if (message.stamp === FREE) this.#rejected.push(message)
      },
    }
  }

  /** A message of the array is taken out of the results. */
  removed(): void {
    this.#gaps++
  }

  /** What follows has to wait for the message that is being handled. */
  stop(): void {
    this.state.end = 0
  }

  /** @returns whether the turn can go on. */
  run(messages: Message[], edge: Edge, flight: Flight): boolean {
    const { attempt } = messages[0]!.envelope
    if (attempt > 1 && messages.length > 1) return this.#runApart(messages, edge, flight)
    const { state } = this
    const { call } = flight
    const weight = this.#worker.takenBytes
    const bytes = edge.window.bytes === undefined ? 0 : weight
    call.reset(attempt)
    this.#inHand.begin(messages)
    this.#gaps = 0
    state.pending = undefined
    const reached = this.#worker.shape!.loop!(messages, call)
    this.#inHand.end()
    if (state.pending !== undefined) {
      this.#leave(messages, reached, { edge, bytes })
      return false
    }
    const rest = reached < messages.length ? messages.slice(reached) : NONE
    this.#passOn(messages, state.passed === messages.length ? weight : undefined)
    this.#done(edge, reached, bytes - boundedBytes(edge, rest))
    if (rest.length > 0) this.#worker.putBack(edge, rest)
    return !this.#owner.isInTheWay()
  }

  /** The handler of `messages[reached]` is asynchronous after all: that call goes to the slots, what is behind it back. */
  #leave(messages: Message[], reached: number, { edge, bytes }: { readonly edge: Edge; readonly bytes: number }): void {
    const message = messages[reached]!
    const refusal = this.#setbacks.withdraw(message)
    const rest = messages.slice(reached + 1)
    this.#worker.putBack(edge, rest)
    this.#passOn(messages.slice(0, reached))
    this.#done(edge, reached, bytes - boundedBytes(edge, [message]) - boundedBytes(edge, rest))
    this.#owner.await({ message, edge, refusal, answer: this.state.pending as PromiseLike<unknown> })
  }

  /** So many messages have been through the handler, those that threw and are tried again among them. */
  #done(edge: Edge, count: number, bytes: number): void {
    const worker = this.#worker
    const failed = this.#setbacks.board(edge)
    worker.calls += count
    if (failed.count < count) worker.recovery?.answered({ turn: worker.calls, isProbe: false })
    edge.handled(count - failed.count, bytes - failed.bytes)
  }

  /** Messages that come again are handled each by itself, so that `call.attempt` is theirs. */
  #runApart(messages: readonly Message[], edge: Edge, flight: Flight): boolean {
    for (let index = 0; index < messages.length; index++) {
      this.#worker.takenBytes = messages[index]!.sizeBytes
      const single = this.#owner.withoutKept([messages[index]!], edge)
      if (single.length === 0 || this.run(single, edge, flight)) continue
      this.#worker.putBack(edge, messages.slice(index + 1))
      return false
    }
    return true
  }

  /** Passes on what the loop has let through, without what was ended by a verb or a throw. */
  #passOn(messages: Message[], bytes?: number): void {
    const { passed, isUniform } = this.state
    if (passed < messages.length) messages.length = passed
    if (this.#rejected.length > 0) {
      this.#worker.drop(this.#rejected, 'filtered')
      this.#rejected = []
    }
    if (this.#gaps > 0) this.#worker.pass(messages.filter(({ stamp }) => stamp === FREE))
    else this.#worker.pass(messages, bytes, isUniform)
  }
}

const NONE: Message[] = []
