import { admit, refuse, shed } from './admission.ts'
import { Asking, type Asked } from './asking.ts'
import type { Circuit } from './circuit.ts'
import type { EmitOptions, IngressQueue, ProducerHandlers, ReceiptProducerHandlers } from './component.ts'
import { DRAIN, END, type Marker } from './marker.ts'
import { covers, fitting, Ingress, type Allowance } from './ingress.ts'
import { Ledger, type Outcomes } from './ledger.ts'
import { Mint, randomToken } from './mint.ts'
import type { Message, Origin, Verdict } from './message.ts'
import { Lease } from './lease.ts'
import { Node, runHook, type Host } from './node.ts'
import { Outlet } from './outlet.ts'
import { DEFAULTS, type ProducerPlan } from './plan.ts'
import { bytesOf } from './queue.ts'
import { OUTCOME } from './recorder.ts'
import { lesser, RoomWatch } from './room-watch.ts'
import { Teller } from './teller.ts'

const DEFAULT_QUEUE: IngressQueue = {
  messages: DEFAULTS.ingressMessages,
  bytes: DEFAULTS.ingressBytes,
  whenFull: 'reject',
}

/** A source: makes messages when asked (D6), lets in what its component emits (D2), and is told outcomes (A1). */
export class Producer extends Node implements Origin {
  readonly plan: ProducerPlan
  readonly outlet: Outlet
  readonly idPrefix: string
  ingress = new Ingress(DEFAULT_QUEUE)
  ledger = new Ledger()
  isPaused = false
  #handlers: ProducerHandlers | ReceiptProducerHandlers = {}
  #lease: Lease | undefined
  readonly #mint: Mint
  readonly #teller = new Teller(this, (outcomes) => this.#settle(outcomes))
  readonly #asking = new Asking(this)
  readonly #watch = new RoomWatch(this, () => this.#handlers.room?.())
  /** Nothing more comes: `end()` was called, or the graph drains. */
  #closing: Marker | undefined
  #hasClosed = false
  /** An outcome would let it go on. */
  #waitsForOutcome = false
  /** An emission was refused because of `maxUnacked`, and no outcome has come since. */
  #wasRefused = false

  constructor(host: Host, plan: ProducerPlan) {
    super(host, plan.name, plan.onFailure)
    this.plan = plan
    this.outlet = new Outlet(this, plan.dispatch)
    this.idPrefix = `${randomToken(() => host.scheduler.env.random())}-`
    this.#mint = new Mint(this, host)
  }

  override turn(): void {
    this.outlet.place()
    this.letters?.place()
    this.#teller.tell(this.plan.component.settleConcurrency ?? 1)
    if (!this.isOpen || this.isFinished) return
    this.lastTaken = 0
    if (!this.isPaused) {
      this.#giveQueued()
      if (this.#closing === undefined) this.#ask()
    }
    if (this.#closing === undefined) this.#watch.look()
    this.#close()
  }

  /** One that emits by itself does nothing with credit while nothing waits for it. */
  override credited(count: number): void {
    const isOnlyPushed = this.#handlers.handleDemand === undefined && this.#closing === undefined
    if (!isOnlyPushed || this.ingress.length > 0 || this.outlet.hasWaiting || this.#watch.isWaiting)
      super.credited(count)
  }

  /** Whether `maxUnacked` keeps it from going on (D21), and not just because outcomes are being told. */
  get isHeldUp(): boolean {
    return !this.#teller.isTelling && (this.#wasRefused || this.ledger.free(this.plan) <= 0)
  }

  /** The hook of its component that is being waited for. */
  get hook(): 'settle' | 'handleDemand' | undefined {
    return this.#teller.isTelling ? 'settle' : this.#asking.hook
  }

  /** Whether its component emits by itself, into a queue of its own choice. */
  get isPush(): boolean {
    return this.#handlers.queue !== undefined
  }

  /** What an emission finds: what `maxUnacked` lets in and, where the queue refuses what is beyond it, what that has room for. */
  get room(): Allowance {
    const { limits, room } = this.ingress
    return limits.whenFull === 'reject' ? lesser(this.#allowance, room) : this.#allowance
  }

  /** Makes the component; no I/O. */
  create(): void {
    const { component } = this.plan
    const lease = (this.#lease = new Lease(this))
    this.#handlers = component.create({
      ...lease.context(),
      isDurable: this.plan.isDurable,
      message: this.#mint.message,
      emit: (messages, options) => (lease.isLive ? this.#emit(messages, options ?? {}) : 0),
      hasRoom: (wanted) => lease.isLive && this.#hasRoom(wanted),
      fail: (message, error) => lease.isLive && refuse(this, this.#admit([message]), error),
      end: () => {
        this.#closing ??= END
        this.wake()
      },
    })
    this.ingress = new Ingress(this.#handlers.queue ?? DEFAULT_QUEUE)
    this.ledger = new Ledger(this.#handlers.settle && (component.outcomes ? 'receipts' : 'lists'))
  }

  open(done: (error?: Error) => void): void {
    this.openComponent(() => this.#handlers.open?.(), done)
  }

  /** Stops asking; what is queued still goes out, with the marker behind it (A7). */
  drain(): void {
    this.isPaused = false
    if (!this.#hasClosed) this.#closing = DRAIN
    this.#asking.abort()
    const failed = (error: Error): void => this.host.fail(this, error)
    const drained = (): void => this.wake()
    runHook(() => this.#handlers.drain?.(), drained, failed)
  }

  /** Sends a marker behind what has been given out; the one that closes says more, and is the last. */
  mark(marker: Marker): void {
    if (!this.#hasClosed) this.#mark(marker)
  }

  /** Takes what has no outcome here, for a graph that ends before it has drained; a late answer is ignored. */
  abandon(): Message[] {
    this.#closing ??= DRAIN
    this.#hasClosed = true
    this.#asking.leave()
    return [...this.outlet.abandon(), ...(this.letters?.abandon() ?? []), ...this.ingress.drain()]
  }

  override close(_reason: Error, done: (error?: Error) => void): void {
    this.isOpen = false
    this.#lease?.end()
    this.#asking.close()
    this.closeComponent(() => this.#handlers.stop?.(), done)
  }

  acked(messages: readonly Message[], from: number, to: number, bytes: number): void {
    this.ledger.ack(messages, from, to, bytes)
    this.tape.note(OUTCOME, to - from)
    this.#heard()
  }

  ended(message: Message, verdict: Verdict): void {
    this.ledger.end(message, verdict)
    this.tape.note(OUTCOME, 1)
    this.#heard()
  }

  /** What was asked for has come, or nothing. */
  arrived(messages: Message[]): void {
    if (messages.length === 0) {
      this.#waitsForOutcome = true
      if (this.#closing !== undefined) this.wake()
      return
    }
    this.lastTaken = messages.length
    const before = this.ledger.unackedBytes
    const admitted = this.#admit(messages)
    // Those whose key threw have failed, and are not among the admitted ones any more.
    if (admitted.length === messages.length) this.#give(admitted, this.ledger.unackedBytes - before)
    else this.#give(admitted)
    this.wake()
  }

  /** Whether what it reads from works (A3). */
  get circuit(): Circuit {
    return this.#asking.circuit
  }

  get #allowance(): Allowance {
    return this.ledger.allowance(this.plan)
  }

  #heard(): void {
    this.#wasRefused = false
    if (this.#waitsForOutcome || this.ledger.hasNews) this.wake()
  }

  #giveQueued(): void {
    while (this.ingress.length > 0) {
      if (this.outlet.room <= 0) return
      const messages = this.ingress.take(this.outlet.room)
      this.lastTaken += messages.length
      this.#give(messages, this.ingress.takenBytes)
    }
  }

  #give(messages: Message[], bytes = bytesOf(messages)): void {
    this.counters.gave(messages.length, bytes)
    this.outlet.dispatch(messages, bytes)
  }

  /** Asks for the whole debt: what downstream has asked for, as far as `maxUnacked` allows (D6). */
  #ask(): void {
    const { handleDemand } = this.#handlers
    if (handleDemand === undefined || !this.#asking.isReady || this.ingress.length > 0) return
    const { room } = this.outlet
    if (room <= 0) return
    const free = this.ledger.free(this.plan)
    this.#waitsForOutcome = free <= 0
    const count = Math.min(room === Infinity ? DEFAULTS.demandParts : room, free, this.turnLimit)
    if (count > 0) this.#asking.ask(this.#handlers as Asked, count)
  }

  /** What there is no room for is refused, or goes the way of the queue's policy (D15). */
  #emit(messages: readonly Message[], { whole = false, waits = false }: EmitOptions): number {
    if (!this.isOpen || this.#closing !== undefined) return 0
    this.wake()
    this.#wasRefused ||= fitting(messages, this.#allowance) < messages.length
    const fits = fitting(messages, this.room)
    const taken = whole && fits < messages.length ? 0 : fits
    if (taken > 0) this.#enqueue(messages.slice(0, taken)) // The component's own array stays as it is.
    if (taken === messages.length) return taken
    if (waits) this.#watch.refused()
    else this.counters.add('rejected', messages.length - taken)
    return taken
  }

  #enqueue(messages: Message[]): void {
    const { ingress } = this
    const { whenFull } = ingress.limits
    const admitted = this.#admit(messages)
    const excess = whenFull === 'drop-newest' ? admitted.splice(ingress.fits(admitted)) : []
    ingress.push(admitted)
    if (whenFull !== 'reject') shed(this, [...excess, ...ingress.takeExcess()])
  }

  /** As `#emit` decides over a whole; what is refused here would have been refused there, and is told of alike. */
  #hasRoom({ messages, bytes }: Allowance): boolean {
    if (!this.isOpen || this.#closing !== undefined) return false
    if (covers(this.room, messages, bytes)) return true
    this.wake()
    this.#wasRefused ||= !covers(this.#allowance, messages, bytes)
    this.counters.add('rejected', messages)
    return false
  }

  #admit(messages: Message[]): Message[] {
    this.#mint.close()
    return admit(this, messages, this.plan.key)
  }

  #settle({ acked, failed, receipts }: Outcomes): unknown {
    const handlers = this.#handlers
    if (this.plan.component.outcomes) return (handlers as ReceiptProducerHandlers).settle!(receipts)
    return (handlers as ProducerHandlers).settle!(acked, failed)
  }

  #mark(marker: Marker): void {
    this.outlet.mark(marker)
    this.letters?.mark(marker)
  }

  /** Sends the last marker once all that was admitted has gone, and is finished when all outcomes are told. */
  #close(): void {
    if (this.#closing === undefined || this.#asking.isUnderWay || this.ingress.length > 0) return
    if (!this.#hasClosed) {
      this.#hasClosed = true
      this.#mark(this.#closing)
    }
    this.#waitsForOutcome = true
    if (this.ledger.unacked > 0 || this.#teller.isTelling) return
    this.isFinished = true
    this.host.finished(this)
  }
}
