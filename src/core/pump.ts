import { isThenable } from './call.ts'
import { AsyncPump } from './async-pump.ts'
import type { Kept } from './boarding.ts'
import { boundedBytes, type Edge } from './edge.ts'
import type { Expansion } from './expansion.ts'
import { kindOf } from './errors.ts'
import { Flight } from './flight.ts'
import type { Arrival } from './lanes.ts'
import { FREE, SETTLED, THROWN, type Message } from './message.ts'
import { keepRefused, refuseInCall, type Returned } from './refusals.ts'
import { InHand } from './in-hand.ts'
import { Looping, type LoopingOwner, type Pending } from './looping.ts'
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
  readonly #setbacks: Setbacks
  readonly #splitting: Splitting
  readonly #looping: Looping

  constructor(worker: WorkerBase) {
    this.#worker = worker
    this.#setbacks = new Setbacks(worker, () => this.#aside())
    const owner: LoopingOwner = {
      await: (pending) => this.#await(pending),
      threw: (message, error, index) => this.#threw(message, error, index),
      withoutKept: (messages, edge) => this.#withoutKept(messages, edge),
      isInTheWay: () => this.#mustWait,
    }
    const parts = { inHand: this.#inHand, setbacks: this.#setbacks }
    this.#splitting = new Splitting(worker, parts, owner)
    this.#looping = new Looping(worker, parts, owner)
    this.shapeNode = {
      ownership: worker.ownership,
      maxExpansion: worker.plan.maxExpansion,
      unbatches: worker.plan.unbatches,
      drop: (messages, reason) => worker.drop(messages, reason),
      loopState: this.#looping.state,
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

  /** Whether a message is in the hands of a per-message handler. */
  isInHand(message: Message): boolean {
    return (
      this.#worker.shape!.isPerMessage && (this.#inHand.indexOf(message) >= 0 || this.#callOf(message) !== undefined)
    )
  }

  /** Whether a message is in a call that waits to be made again. */
  isWaiting(message: Message): boolean {
    const calls = message.stamp === FREE ? (this.#async?.slots.list() ?? []) : []
    return calls.some(({ state, messages }) => state === 'waiting' && messages.includes(message))
  }

  /** The handler says that the place doesn't work for a message in its hands. @returns false if it is none of those. */
  refuseInHand(message: Message, error: unknown): boolean {
    if (!this.#worker.shape!.isPerMessage) return false
    const index = this.#inHand.indexOf(message)
    if (index < 0) {
      const flight = this.#callOf(message)
      return flight !== undefined && refuseInCall(flight, message, error)
    }
    this.#looping.removed()
    if (this.#setbacks.threw(message, error, index)) this.#looping.stop()
    return true
  }

  /** A message that was held is handled again, by a call of its own. */
  comeAgain(returned: Returned, error: unknown): void {
    this.#aside().boarding.returned(returned, error)
  }

  /** Calls that waited when the node started anew wait again. */
  keepAgain(kept: readonly Kept[]): void {
    if (kept.length > 0) this.#aside().boarding.kept(kept)
  }

  #callOf(message: Message): Flight | undefined {
    return this.#async?.slots.list().find(({ state, messages }) => state === 'running' && messages[0] === message)
  }

  removed(): void {
    this.#looping.removed()
  }

  /** The children of a message have all been pulled. */
  expanded(expansion: Expansion): void {
    this.#async?.expanded()
    this.#worker.handled(expansion, 1, expansion.bytes)
  }

  /**
   * The iterable of a message threw. Where children of it have gone on, only an outage has it begin anew: an attempt that
   * failed by itself would multiply them.
   * @returns whether the message comes again.
   */
  expansionThrew(expansion: Expansion, error: unknown): boolean {
    const isAgain = expansion.isFresh ? this.#setbacks.mayTryAgain(error) : kindOf(error) === 'place'
    if (!isAgain) return false
    this.#aside().expansionThrew(expansion, error)
    return true
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
    if (shape!.loop !== undefined) return this.#looping.run(messages, edge, this.#flight)
    return shape!.isPerMessage ? this.#splitting.run(messages, edge, this.#flight) : this.#runCall(messages, edge)
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
      if (flight.refused !== undefined) return this.#boardRefused(flight.refusal, out)
    } catch (thrown) {
      const error = flight.blame(thrown)
      if (this.#setbacks.mayTryAgain(error, messages.length)) return this.#boardCall(error)
      if (worker.threw(flight, error)) return false
    }
    if (worker.recovery !== undefined && worker.tells(flight, out.length > 0)) {
      worker.recovery.answered({ turn: worker.calls, isProbe: false })
    }
    flight.clear()
    worker.pass(out)
    edge.handled(messages.length, bytes)
    return true
  }

  #threw(message: Message, error: unknown, index: number): boolean {
    if (message.stamp === SETTLED) return false
    if (message.stamp === THROWN) return true // It was refused, before that.
    this.#looping.removed()
    if (this.#setbacks.mayTryAgain(error)) return this.#setbacks.threw(message, error, index)
    this.#worker.fail(message, error)
    return false
  }

  /** The call is over, but for what its handler has refused. @returns whether the turn can go on. */
  #boardRefused(error: unknown, out: Message[]): boolean {
    keepRefused(this.#worker, this.#flight)
    const canGoOn = this.#boardCall(error)
    this.#worker.pass(out)
    return canGoOn
  }

  /** @returns whether the turn can go on. */
  #boardCall(error: unknown): boolean {
    const flight = this.#flight
    const aside = this.#aside()
    this.#flight = new Flight()
    flight.turn = flight.sequence
    aside.slots.adoptFlight(flight)
    aside.boarding.failed(flight, error)
    return !this.#mustWait
  }

  /** The handler of a message is asynchronous after all: its call goes to the slots. */
  #await({ message, edge, answer, refusal }: Pending): void {
    const flight = this.#flight
    flight.begin(FREE, [message], edge)
    flight.sequence = this.#worker.calls++
    flight.bytes = boundedBytes(edge, flight.messages)
    if (refusal !== undefined) flight.refuse(message, refusal.error)
    this.#goAsync().board(flight, answer)
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
