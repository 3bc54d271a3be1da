import type { Careful } from './careful.ts'
import type { FlushReason } from './component.ts'
import { boundedBytes, type Edge } from './edge.ts'
import type { Timer } from './env.ts'
import type { Marker } from './marker.ts'
import type { Expansion } from './expansion.ts'
import type { Flight } from './flight.ts'
import { SluiceError } from './errors.ts'
import { keyFrom } from './key.ts'
import { FREE, SETTLED, THROWN, type Message, type Verdict } from './message.ts'
import { Node, UNLIMITED, type Host } from './node.ts'
import { Outlet } from './outlet.ts'
import { Ownership, type Owner } from './ownership.ts'
import { Pace } from './pace.ts'
import type { WorkerPlan } from './plan.ts'
import { bytesOf } from './queue.ts'
import { Recovery } from './recovery.ts'
import type { Returned } from './refusals.ts'
import { ackAll, settle } from './settle.ts'
import type { RestartOptions } from './restart-options.ts'
import type { Shape } from './shapes.ts'

/** What a stage or consumer has, and does with messages, however they are handled. */
export abstract class WorkerBase extends Node implements Owner {
  readonly plan: WorkerPlan
  readonly outlet: Outlet | undefined
  readonly inputs: Edge[] = []
  readonly ownership: Ownership
  /** How the component's handler is called; none before it is made. */
  shape: Shape | undefined
  /** A message whose children are still being pulled; nothing else is taken meanwhile. */
  expansion: Expansion | undefined
  careful: Careful | undefined
  /** Most parts of a message that comes in. */
  partsPerMessage = 1
  /** Calls that have begun. */
  calls = 0
  /** What the messages that were taken last are charged with. */
  takenBytes = 0
  isAsync = false
  isFlushing = false
  /** While its component is given time to let go, for a restart. */
  lettingGo: Timer | undefined
  /** How much it asks for, where messages have deadlines. */
  readonly #paces = new WeakMap<Edge, Pace>()
  /** What it knows of its failures; none before something has failed (A3). */
  recovery: Recovery | undefined
  /** A marker for which everything held has been flushed, about to be passed. */
  flushedFor: Marker | undefined

  constructor(host: Host, plan: WorkerPlan, index: number) {
    super(host, plan.name, plan.onFailure)
    const isStage = plan.component.kind === 'stage'
    this.plan = plan
    this.outlet = isStage ? new Outlet(this, plan.dispatch) : undefined
    this.ownership = new Ownership(this, index, isStage)
  }

  abstract openCall(number: number): Flight | undefined
  abstract removed(): void
  /** A call threw. @returns whether the node was restarted over it. */
  abstract threw(flight: Flight, thrown: unknown): boolean
  abstract restart(options?: RestartOptions): void
  /** Has the component say whether the place works, if it can tell. */
  abstract askHealth(): void
  /** Has the component give what it holds, then calls back; `isFlushing` until then. */
  abstract flush(reason: FlushReason, done: () => void): void
  /** Whether nothing is under way: no call, and nothing that waits for one. */
  abstract get isIdle(): boolean

  /** What it knows of its failures, from now on. */
  recover(): Recovery {
    return (this.recovery ??= new Recovery(this))
  }

  /** Messages of a call are over: their credit goes back, or they were parked and have given it back before (D12). */
  handled({ edge, hasCredit }: Pick<Flight, 'edge' | 'hasCredit'>, count: number, bytes: number): void {
    if (count === 0) return
    if (hasCredit) edge!.handled(count, bytes)
    else this.recover().parked -= count
  }

  abstract isInHand(message: Message): boolean
  abstract isWaiting(message: Message): boolean
  abstract refuseInHand(message: Message, error: unknown): boolean
  abstract comeAgain(returned: Returned, error: unknown): void

  /** Messages that were held, and wait to be handled again; in parts. */
  abstract get returned(): number

  get awaitsWord(): boolean {
    return this.recovery !== undefined
  }

  worked(sequence: number): void {
    this.recovery?.worked(sequence)
    this.wake()
  }

  /** Whether the success of a call tells that the place works: one of a node that holds may only have kept its messages. */
  tells({ messages }: Flight, gaveResults: boolean): boolean {
    return !this.plan.holds || gaveResults || messages.some(({ stamp }) => stamp === SETTLED)
  }

  hasExpired({ deadline }: Message): boolean {
    return deadline !== undefined && deadline <= this.host.scheduler.date
  }

  /** So many messages of an edge were to be started, of which so many had expired. */
  paced(edge: Edge, count: number, expired: number): void {
    let pace = this.#paces.get(edge)
    if (pace === undefined) {
      const { concurrency, callSize } = this.plan
      pace = new Pace(edge, concurrency * (this.shape!.isPerMessage ? 1 : callSize))
      this.#paces.set(edge, pace)
    }
    pace.took(count, expired)
  }

  /** Nobody waits for these any more: no call is spent on them (D23). */
  expire(messages: readonly Message[]): void {
    if (this.plan.whenExpired === 'dead-letter') {
      for (const message of messages) this.fail(message, new SluiceError('SLUICE_MESSAGE_EXPIRED'))
      return
    }
    this.counters.drop('expired', messages.length)
    const verdict = { outcome: 'acked', reason: 'expired', error: undefined, node: this.name } as const
    for (const message of messages) settle(message, verdict)
  }

  /** A subscription of this node begins. @param parts most parts of a message that comes over it. */
  attach(edge: Edge, parts: number): void {
    this.inputs.push(edge)
    this.partsPerMessage = Math.max(this.partsPerMessage, parts)
    if (this.isAsync) edge.stepByWindow()
  }

  /** The handler is asynchronous, for good: credit goes back in steps from now on (D3). */
  becomeAsync(): void {
    this.isAsync = true
    this.isTimedByTurns = false
    for (const edge of this.inputs) edge.stepByWindow()
  }

  /** How many messages may be taken (D10): what can be passed on, or held. */
  get intake(): number {
    const { outlet, plan, letters } = this
    if (letters?.isFull === true) return 0
    if (plan.holds) {
      if (outlet !== undefined && outlet.keptCount > 0) return 0
      const room = plan.maxHeld - this.ownership.held.parts - ((this.recovery?.parked ?? 0) > 0 ? this.returned : 0)
      return Math.ceil(room / this.partsPerMessage)
    }
    return outlet === undefined ? UNLIMITED : Math.min(outlet.room, UNLIMITED)
  }

  /** How many of an edge's messages a call may get, after a holding stage threw. */
  careLimit(edge: Edge): number {
    const { careful } = this
    if (careful === undefined) return UNLIMITED
    if (!this.isIdle) return 0
    if (!careful.isOver) return careful.limit(edge)
    this.careful = undefined
    return UNLIMITED
  }

  /** Takes up to `limit` of what is available on `edge`, and gives it the keys that this node sets. */
  take(edge: Edge, limit: number): Message[] {
    const messages = edge.take(limit)
    const count = messages.length
    this.counters.took(count, edge.queue.takenBytes)
    this.lastTaken += count
    if (this.careful?.edge === edge) {
      this.careful.took(count)
      this.wake() // What waits for it is on other edges.
    }
    this.takenBytes = edge.queue.takenBytes
    const live = this.host.deadlines.isUsed ? this.#shedExpired(messages, edge) : messages
    return this.plan.key === undefined ? live : this.#setKeys(live, edge, this.plan.key)
  }

  /** Messages that were taken and not handled wait on their edge again. */
  putBack(edge: Edge, messages: Message[]): void {
    this.counters.took(-messages.length, -bytesOf(messages))
    edge.putBack(messages)
  }

  /**
   * Results go down; at a consumer they are acked. The array is taken over.
   * @param bytes what they are charged with.
   * @param isUniform all came in one emission and wait for nothing; only a consumer asks.
   */
  pass(results: Message[], bytes = bytesOf(results), isUniform = false): void {
    const count = results.length
    if (count === 0) return
    this.counters.gave(count, bytes)
    if (this.outlet !== undefined) this.outlet.dispatch(results, bytes)
    else if (isUniform) results[0]!.envelope.group.origin.acked(results, 0, count, bytes)
    else ackAll(results)
  }

  /** The messages of a call that has failed and that have no outcome yet; what it made of them is void. */
  takeBack(flight: Flight, isRestart = false): Message[] {
    if (!this.shape!.isPerMessage) return this.ownership.revoke(flight, isRestart)
    const left = flight.messages.filter(({ stamp }) => stamp === FREE || stamp === THROWN)
    for (const message of left) message.stamp = FREE
    return left
  }

  verdictOf(message: Message, error: unknown, part?: number): Verdict {
    return this.failed(message, error, part)
  }

  protected override firstFailedAt(message: Message): number | undefined {
    return this.recovery?.storyOf(message)?.firstFailedAt
  }

  #shedExpired(messages: Message[], edge: Edge): Message[] {
    const expired = messages.filter((message) => this.hasExpired(message))
    this.paced(edge, messages.length, expired.length)
    if (expired.length === 0) return messages
    this.takenBytes -= bytesOf(expired)
    const live = messages.filter((message) => !this.hasExpired(message))
    this.expire(expired)
    edge.handled(expired.length, boundedBytes(edge, expired))
    return live
  }

  /** A `key` that throws fails its message, never the node (A10). */
  #setKeys(messages: Message[], edge: Edge, key: (message: Message) => unknown): Message[] {
    return messages.filter((message) => {
      try {
        message.key = keyFrom(key(message))
        return true
      } catch (error) {
        this.takenBytes -= message.sizeBytes
        this.fail(message, error)
        edge.handled(1, boundedBytes(edge, [message]))
        return false
      }
    })
  }
}
