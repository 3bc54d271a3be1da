import { isThenable } from './call.ts'
import { AsyncPump } from './async-pump.ts'
import { boundedBytes, type Edge } from './edge.ts'
import type { Expansion } from './expansion.ts'
import { Flight } from './flight.ts'
import type { Arrival } from './lanes.ts'
import { FREE, SETTLED, type Message } from './message.ts'
import { InHand } from './in-hand.ts'
import { Setbacks } from './setbacks.ts'
import type { ShapeNode } from './shapes.ts'
import { Splitting } from './splitting.ts'
import type { WorkerBase } from './worker-base.ts'

/** Messages that the first turn of a per-message shape takes (D10). */
const FIRST_TURN = 128

/**
 * Takes messages from a worker's inputs and has them handled: at once, array by array, as long as the handler answers
 * at once; the first thenable moves the node to slots for good (D8).
 */
export class Pump {
  readonly shapeNode: ShapeNode
  readonly #worker: WorkerBase
  /** The call that is made again and again while the handler answers at once. */
  #flight = new Flight()
  /** Calls that are waited for: all of them once the handler was asynchronous, before that those that are made again. */
  #async: AsyncPump | undefined
  #isAsync = false
  /** Where the next turn begins, so that no input starves. */
  #nextInput = 0
  /** It has had a turn with messages, which told how long one takes. */
  #isTried = false
  /** A `handle` node gets no more than `callSize` until it has answered at once. */
  #isKnown = false
  readonly #inHand = new InHand()
  /** Messages of it that were ended by the handler. */
  #gaps = 0
  #rejected: Message[] = []
  readonly #setbacks: Setbacks
  readonly #splitting: Splitting

  constructor(worker: WorkerBase) {
    this.#worker = worker
    this.#setbacks = new Setbacks(worker, () => this.#aside())
    this.#splitting = new Splitting(worker, this.#inHand, {
      leave: (messages, reached, { edge, answer }) => this.#leave({ messages, edge, reached, bytes: 0, answer }),
      threw: (message, error, index) => this.#threw(message, error, index),
      boardFailed: (edge) => this.#setbacks.board(edge),
    })
    this.shapeNode = {
      ownership: worker.ownership,
      maxExpansion: worker.plan.maxExpansion,
      unbatches: worker.plan.unbatches,
      drop: (messages, reason) => worker.drop(messages, reason),
      loopState: {
        isThenable,
        pending: undefined,
        passed: 0,
        isUniform: false,
        threw: (message, error, index) => this.#threw(message, error, index),
        rejected: (message) => {
          if (message.stamp !== SETTLED) this.#rejected.push(message)
        },
      },
    }
  }

  turn(limit: number): void {
    if (!this.#isAsync && this.#worker.shape!.isAsync) this.#goAsync()
    if (this.#async === undefined && this.#worker.recovery?.circuit.isClosed === false) this.#aside() // It has to probe.
    if (this.#async !== undefined) {
      this.#async.turn(limit)
      if (this.#isAsync || this.#mustWait || this.#worker.expansion !== undefined) return
    }
    const { inputs } = this.#worker
    const most = this.#isTried ? limit : Math.min(limit, this.#firstTurn)
    if (inputs.length === 1) this.#takeFrom(inputs[0]!, most)
    else this.#takeFromAll(inputs, most)
    this.#isTried ||= this.#worker.lastTaken > 0
  }

  /** Nobody knows yet how long a message takes. */
  get #firstTurn(): number {
    const { shape, plan } = this.#worker
    return shape!.isPerMessage ? FIRST_TURN : plan.callSize
  }

  /** What failed is in the way of everything else: its place in the order is kept, or nothing is asked for. */
  get #mustWait(): boolean {
    const { recovery, plan } = this.#worker
    if (this.#async === undefined || recovery === undefined) return false
    return !recovery.circuit.isClosed || (plan.order === 'input' && !this.#async.isIdle)
  }

  /** Whether nothing is under way here: no call, and nothing that waits for one. */
  get isIdle(): boolean {
    return this.#async === undefined || this.#async.isIdle
  }

  /** Calls that are waited for, or wait to be made again; undefined while there has been none. */
  get slots(): AsyncPump['slots'] | undefined {
    return this.#async?.slots
  }

  /** Adds what calls in flight have taken until now to the counters. */
  countWork(): void {
    if (this.#isAsync) this.#async!.countWork()
  }

  openCall(number: number): Flight | undefined {
    if (number === this.#flight.number && number > FREE) return this.#flight
    return number > FREE ? this.#async?.slots.find(number) : undefined
  }

  edgeInHand(message: Message): Edge | undefined {
    if (!this.#worker.shape!.isPerMessage) return undefined
    const edge = this.#inHand.edgeOf(message)
    return edge ?? this.#async?.slots.list().find(({ messages }) => messages[0] === message)?.edge
  }

  removed(): void {
    this.#gaps++
  }

  /** The children of a message have all been pulled. */
  expanded(expansion: Expansion): void {
    this.#async?.expanded()
    this.#worker.handled(expansion, 1, expansion.bytes)
  }

  /** Takes back everything that is under way, oldest first, for a restart or the end of the graph. */
  giveUp(): { flights: Flight[]; waiting: Arrival[] } {
    return this.#async?.giveUp() ?? { flights: [], waiting: [] }
  }

  /** Ends all calls: signals abort, and what comes back late is ignored. */
  close(reason: Error): void {
    this.#async?.close(reason)
    this.#async = undefined
    this.#flight = new Flight()
    if (this.#isAsync) this.#goAsync()
  }

  #takeFromAll(inputs: readonly Edge[], limit: number): void {
    let left = limit
    const start = this.#nextInput++
    for (let i = 0; i < inputs.length && left > 0; i++) {
      left -= this.#takeFrom(inputs[(start + i) % inputs.length]!, left)
    }
  }

  /** Handles what has arrived on one input (D10). @returns how many were taken; `limit` if no more may be now. */
  #takeFrom(edge: Edge, limit: number): number {
    let left = limit
    for (;;) {
      const { available } = edge
      const count = available === 0 ? 0 : Math.min(available, left, this.#intake(edge))
      if (count <= 0) return limit - left
      const before = edge.underWay
      const taken = this.#worker.take(edge, count)
      left -= edge.underWay - before
      const messages = this.#withoutKept(taken, edge)
      if (messages.length > 0 && !this.#run(messages, edge)) return limit
      if (left === 0) this.#worker.wake()
    }
  }

  /** What follows a message of its key that is tried again waits for it. */
  #withoutKept(messages: Message[], edge: Edge): Message[] {
    const aside = this.#async
    if (aside === undefined || aside.isIdle) return messages
    return messages.filter((message) => {
      if (!aside.keepsBack(message)) return true
      aside.queue(message, edge)
      this.#worker.takenBytes -= message.sizeBytes
      return false
    })
  }

  #intake(edge: Edge): number {
    const worker = this.#worker
    const { intake, shape, plan } = worker
    let limit = worker.careful === undefined ? intake : Math.min(intake, worker.careLimit(edge))
    if (shape!.loop !== undefined || limit <= 0) return limit
    if (shape!.isPerMessage) limit = this.#splitting.fitting(limit)
    else if (!this.#isKnown) limit = Math.min(limit, plan.callSize)
    return limit
  }

  /** @returns whether the turn can go on. */
  #run(messages: Message[], edge: Edge): boolean {
    const { shape } = this.#worker
    if (shape!.loop !== undefined) return this.#runLoop(messages, edge)
    return shape!.isPerMessage ? this.#splitting.run(messages, edge, this.#flight) : this.#runCall(messages, edge)
  }

  /** Shapes that give one result for one message. */
  #runLoop(messages: Message[], edge: Edge): boolean {
    const { attempt } = messages[0]!.envelope
    if (attempt > 1 && messages.length > 1) return this.#runApart(messages, edge)
    const { call } = this.#flight
    const { loopState } = this.shapeNode
    const weight = this.#worker.takenBytes
    const bytes = edge.window.bytes === undefined ? 0 : weight
    call.reset(attempt)
    this.#inHand.begin(messages, edge)
    this.#gaps = 0
    loopState.pending = undefined
    const reached = this.#worker.shape!.loop!(messages, call)
    this.#inHand.end()
    if (loopState.pending !== undefined) {
      this.#leave({ messages, edge, reached, bytes, answer: loopState.pending as PromiseLike<unknown> })
      return false
    }
    const rest = reached < messages.length ? messages.slice(reached) : NONE
    this.#passOn(messages, loopState.passed, loopState.passed === messages.length ? weight : undefined)
    this.#done(edge, reached, bytes - boundedBytes(edge, rest))
    if (rest.length > 0) this.#worker.putBack(edge, rest)
    return !this.#mustWait
  }

  /** So many messages have been through the handler, those that threw and are tried again among them. */
  #done(edge: Edge, count: number, bytes: number): void {
    const worker = this.#worker
    const failed = this.#setbacks.board(edge)
    worker.calls += count
    if (worker.recovery !== undefined && failed.count < count)
      worker.recovery.answered({ turn: worker.calls, isProbe: false })
    edge.handled(count - failed.count, bytes - failed.bytes)
  }

  /** Messages that come again are handled each by itself, so that `call.attempt` is theirs. */
  #runApart(messages: readonly Message[], edge: Edge): boolean {
    for (let index = 0; index < messages.length; index++) {
      this.#worker.takenBytes = messages[index]!.sizeBytes
      const single = this.#withoutKept([messages[index]!], edge)
      if (single.length === 0 || this.#runLoop(single, edge)) continue
      this.#worker.putBack(edge, messages.slice(index + 1))
      return false
    }
    return true
  }

  /** Passes on what the loop has let through, without what was ended by a verb or a throw. */
  #passOn(messages: Message[], passed: number, bytes?: number): void {
    if (passed < messages.length) messages.length = passed
    if (this.#rejected.length > 0) {
      this.#worker.drop(this.#rejected, 'filtered')
      this.#rejected = []
    }
    if (this.#gaps > 0) this.#worker.pass(messages.filter(({ stamp }) => stamp === FREE))
    else this.#worker.pass(messages, bytes, this.shapeNode.loopState.isUniform)
  }

  /** The handler of `messages[reached]` is asynchronous after all: that call goes to the slots, what is behind it back. */
  #leave({ messages, edge, reached, bytes, answer }: Interruption): void {
    const flight = this.#flight
    const worker = this.#worker
    const rest = messages.slice(reached + 1)
    const waiting = [messages[reached]!]
    const waitingBytes = boundedBytes(edge, waiting)
    worker.putBack(edge, rest)
    if (worker.shape!.loop !== undefined) {
      const doneBytes = bytes - waitingBytes - boundedBytes(edge, rest)
      this.#passOn(messages.slice(0, reached), this.shapeNode.loopState.passed)
      this.#done(edge, reached, doneBytes)
    }
    flight.begin(FREE, waiting, edge)
    flight.sequence = worker.calls++
    flight.bytes = waitingBytes
    this.#goAsync().board(flight, answer)
  }

  /** `handle`: one call for all of them. */
  #runCall(messages: Message[], edge: Edge): boolean {
    const worker = this.#worker
    const flight = this.#flight
    const bytes = boundedBytes(edge, messages)
    const out: Message[] = []
    flight.begin(worker.host.nextNumber(), messages, edge)
    flight.sequence = worker.calls++
    flight.bytes = bytes
    flight.call.reset(messages[0]!.envelope.attempt)
    try {
      const answer = worker.shape!.call(flight)
      if (isThenable(answer)) {
        this.#goAsync().board(flight, answer)
        return false
      }
      this.#isKnown = true
      worker.shape!.finish(flight, answer, out)
    } catch (error) {
      if (this.#setbacks.mayTryAgain(error, messages.length)) return this.#boardCall(error)
      if (worker.threw(flight, error)) return false
    }
    if (worker.recovery !== undefined) worker.recovery.answered({ turn: worker.calls, isProbe: false })
    flight.clear()
    worker.pass(out)
    edge.handled(messages.length, bytes)
    return true
  }

  #threw(message: Message, error: unknown, index: number): boolean {
    if (message.stamp === SETTLED) return false
    this.#gaps++
    if (this.#setbacks.mayTryAgain(error)) return this.#setbacks.threw(message, error, index)
    this.#worker.fail(message, error)
    return false
  }

  /** @returns whether the turn can go on. */
  #boardCall(error: unknown): boolean {
    const flight = this.#flight
    const aside = this.#aside()
    this.#flight = new Flight()
    flight.turn = flight.sequence
    aside.slots.adoptFlight(flight)
    aside.boardFailed(flight, error)
    return !this.#mustWait
  }

  #aside(): AsyncPump {
    this.#worker.recover()
    return (this.#async ??= new AsyncPump(this.#worker))
  }

  #goAsync(): AsyncPump {
    this.#worker.becomeAsync()
    this.#isAsync = true
    this.#async ??= new AsyncPump(this.#worker)
    this.#async.takeOver()
    return this.#async
  }
}

const NONE: Message[] = []

interface Interruption {
  readonly messages: Message[]
  readonly edge: Edge
  readonly reached: number
  /** Of all the messages. */
  readonly bytes: number
  readonly answer: PromiseLike<unknown>
}
