import type { Timer } from './env.ts'
import { boundedBytes, type Edge } from './edge.ts'
import { DRAIN, type Marker } from './marker.ts'
import type { Message } from './message.ts'
import { Node, type Host } from './node.ts'
import { Outlet } from './outlet.ts'
import { OverflowReader } from './overflow-reader.ts'
import { OverflowWriter } from './overflow-writer.ts'
import type { OverflowPlan } from './overflow-plan.ts'
import type { OverflowStore, Settled } from './overflow-store.ts'
import type { Producer } from './producer.ts'
import { ackAll } from './settle.ts'
import type { Worker } from './worker.ts'

/**
 * `direct`: messages pass through memory. `opening`: the first are being stored. `spilling`: what comes is stored, and
 * nothing is asked for below. `draining`: the store is delivered from its head, arrivals are stored behind. `closing`: the
 * last is read, arrivals wait in memory.
 */
export type OverflowState = 'direct' | 'opening' | 'spilling' | 'draining' | 'closing'

/** Unread messages that are few enough to wait for them: arrivals aren't stored meanwhile. */
const FEW = 1000

/**
 * The durable FIFO of an edge: a node of its own between the two ends. As long as the subscriber asks for what comes, it
 * comes by memory and is settled by its producer. When memory fills up, everything that waits is stored, oldest first, then
 * what arrives; stored messages are acked above, and the overflow's to deliver (A6).
 *
 *     ── input ─▶ queue ──────────── direct ───────────▶ outlet ─▶
 *                   └▶ writer ─▶ store ─▶ reader: ready ──┘
 *
 * Order is that of the input, across memory, store and back: it closes when nothing stored is left to deliver, and every
 * start delivers what is stored before it lets anything pass.
 */
export class Overflow extends Node {
  readonly plan: OverflowPlan
  readonly giver: Producer | Worker
  readonly outlet: Outlet
  readonly store: OverflowStore
  readonly mostReady: number
  readonly ageLimitMs: number
  #input: Edge | undefined
  readonly #writer = new OverflowWriter(this)
  #reader: OverflowReader | undefined
  /** What arrives goes to the store. */
  #isOpened = false
  /** When it opened, monotonic ms; and how many messages it has stored since. */
  #openedAt = 0
  #storedSince = 0
  /** What keeps the store from going on. */
  trouble: Error | undefined
  /** The marker behind which nothing comes, once it has been passed. */
  #last: Marker | undefined
  /** Arrivals have been waiting for the last to be read. */
  #hasWaited = false
  #delay: Timer | undefined
  #isDue = false

  /** @param giver the node whose messages come here. */
  constructor(host: Host, plan: OverflowPlan, giver: Producer | Worker) {
    super(host, plan.name, 'origin')
    this.plan = plan
    this.giver = giver
    this.store = plan.createStore()
    this.outlet = new Outlet(this, plan.dispatch)
    this.mostReady = Math.max(1, plan.window.max >> 1)
    this.ageLimitMs = plan.limit.ageMs
  }

  get input(): Edge {
    return this.#input!
  }

  get state(): OverflowState {
    const reader = this.#reader
    if (reader === undefined || !this.#isOpened) return 'direct'
    if (reader.isAtTail && this.#writer.isAppending) return 'opening'
    if (this.#isClosing(reader)) return 'closing'
    return this.outlet.room > 0 ? 'draining' : 'spilling'
  }

  /** Messages that were delivered from the store and have no outcome, that are ready to be, and that are being stored. */
  get figures(): { readonly out: number; readonly ready: number; readonly appending: number } {
    return { out: this.#reader?.out ?? 0, ready: this.#reader?.ready.length ?? 0, appending: this.#writer.pending }
  }

  /** How long ago the oldest message was stored that is still to be delivered, as far as is known; ms. */
  get oldestStoredMs(): number | undefined {
    const reader = this.#reader
    if (reader?.readAt === undefined || (reader.isAtTail && reader.out === 0)) return undefined
    return Math.max(0, this.host.scheduler.env.date() - reader.readAt)
  }

  get hasPassedLast(): boolean {
    return this.#last !== undefined
  }

  attach(edge: Edge): void {
    this.#input = edge
  }

  /** Nothing to make: it has no component. */
  create(): void {}

  open(done: (error?: Error) => void): void {
    const events = {
      onTrouble: (error: Error | undefined) => this.onTrouble(error),
      onOwnerLost: (error: Error) => this.#ownerLost(error),
    }
    this.openComponent(
      () => this.store.open(events),
      done,
      (settled) => this.#begin(settled as Settled),
    )
  }

  override turn(): void {
    this.outlet.place()
    const reader = this.#reader
    if (!this.isOpen || this.isFinished || reader === undefined) return
    this.lastTaken = 0
    if (this.#last === undefined) this.#go(reader)
    else if (reader.out === 0) this.#finish()
  }

  /** @param bytes what they are charged with. */
  confirmed(messages: readonly Message[], bytes: number, first: number): void {
    this.trouble = undefined
    this.#storedSince += messages.length
    this.counters.add('stored', messages.length)
    this.#reader?.confirmed(messages, first)
    ackAll(messages)
    this.input.handled(messages.length, this.input.window.bytes === undefined ? 0 : bytes)
    this.wake()
  }

  unwritable(count: number, bytes: number): void {
    this.input.handled(count, this.input.window.bytes === undefined ? 0 : bytes)
  }

  /** They wait again, in their order, for a store that takes them. */
  refused(messages: Message[], error: Error): void {
    this.trouble = error
    this.input.putBack(messages)
  }

  onTrouble(error: Error | undefined): void {
    if (error !== undefined && this.trouble === undefined)
      this.host.log.error('overflow in trouble', { node: this.name, error: error.message })
    this.trouble = error
  }

  /** Takes what has no outcome and is not stored, for a graph that ends before it has drained; what is stored stays. */
  abandon(): Message[] {
    this.isFinished = true
    this.#delay?.cancel()
    const messages = [...this.#writer.giveUp(), ...this.input.cancel(), ...this.outlet.abandon()]
    return messages.filter(({ envelope }) => envelope.group.origin !== this.#reader)
  }

  override close(_reason: Error, done: (error?: Error) => void): void {
    const reader = this.#reader
    this.isOpen = false
    this.#delay?.cancel()
    this.#reader = undefined
    const stop = (): void => this.closeComponent(() => this.store.close(), done)
    if (reader === undefined) stop()
    else reader.finish(stop)
  }

  #begin(settled: Settled): void {
    this.#reader = new OverflowReader(this, settled)
    this.#isOpened = false
    if (this.plan.isAlways || this.#reader.unread > 0) this.#openUp()
  }

  #go(reader: OverflowReader): void {
    this.#deliver(reader)
    if (this.#isOpened && this.#canClose(reader)) this.#closeUp()
    if (!this.#isOpened) this.#pass()
    if (!this.#isOpened && this.#mustOpen) this.#openUp()
    if (this.#isOpened) this.#spill(reader)
    reader.load(this.outlet.room)
    this.#passMarkers(reader)
  }

  #deliver(reader: OverflowReader): void {
    while (reader.ready.length > 0) {
      const { room } = this.outlet
      if (room <= 0) return
      const messages = reader.take(room)
      this.lastTaken += messages.length
      this.#give(messages, reader.ready.takenBytes)
    }
  }

  #pass(): void {
    const { input, outlet } = this
    for (;;) {
      const count = Math.min(input.available, outlet.room)
      if (count <= 0) return
      const messages = input.take(count)
      const bytes = input.queue.takenBytes
      const handled = messages.length // The array is the outlet's from now on.
      this.counters.took(handled, bytes)
      this.lastTaken += handled
      this.#give(messages, bytes)
      input.handled(handled, input.window.bytes === undefined ? 0 : bytes)
    }
  }

  #give(messages: Message[], bytes: number): void {
    this.counters.gave(messages.length, bytes)
    this.outlet.dispatch(messages, bytes)
  }

  /** Memory is full to its high mark; or the pipeline stops, and what waits would be lost with it. */
  get #mustOpen(): boolean {
    const { input, plan } = this
    if (input.available === 0) return false
    return this.#isFilledTo(plan.high) || (this.host.closing === DRAIN && this.outlet.room <= 0)
  }

  #isFilledTo(part: number): boolean {
    const { queue, window } = this.input
    return queue.length >= part * window.max || (window.bytes !== undefined && queue.bytes >= part * window.bytes)
  }

  #openUp(): void {
    const { scheduler, log } = this.host
    this.#isOpened = true
    this.#openedAt = scheduler.now
    this.#storedSince = 0
    if (!this.plan.isAlways) log.warn('overflow opens', { node: this.name, stored: this.store.depth.messages })
  }

  #closeUp(): void {
    const { scheduler, log } = this.host
    this.#isOpened = false
    const openMs = Math.round(scheduler.now - this.#openedAt)
    log.info('overflow closes', { node: this.name, openMs, messages: this.#storedSince })
  }

  /** All that is stored has been delivered, and what waits in memory is behind it. */
  #canClose(reader: OverflowReader): boolean {
    return !this.plan.isAlways && !this.#writer.isAppending && reader.isAtTail
  }

  /** So little is unread that it is not worth storing what arrives meanwhile, as long as memory has room for that. */
  #isClosing(reader: OverflowReader): boolean {
    const { plan, host } = this
    if (plan.isAlways || this.#writer.isAppending || host.closing === DRAIN) return false
    if (reader.unread > Math.min(FEW, this.mostReady)) return false
    return !this.#isFilledTo(this.#hasWaited ? plan.high : plan.low)
  }

  #spill(reader: OverflowReader): void {
    const { input } = this
    this.#hasWaited = this.#isClosing(reader)
    if (this.#writer.isAppending || input.available === 0 || this.#hasWaited) return
    if (this.store.depth.bytes >= this.plan.limit.bytes) return this.#full()
    if (!this.#isFrameDue()) return
    const messages: Message[] = []
    let bytes = 0
    while (input.available > 0 && messages.length < this.turnLimit) {
      const taken = input.take(this.turnLimit - messages.length)
      bytes += input.queue.takenBytes
      for (const message of taken) messages.push(message)
    }
    this.counters.took(messages.length, bytes)
    this.lastTaken += messages.length
    this.#writer.append(messages)
  }

  /** A trickle waits for a while, so that a frame is worth its round trip. */
  #isFrameDue(): boolean {
    const { input, plan, host } = this
    if (plan.delayMs === 0 || this.#isDue || input.hasMarks || input.available >= FEW) {
      this.#isDue = false
      this.#delay?.cancel()
      this.#delay = undefined
      return true
    }
    this.#delay ??= host.scheduler.env.after(plan.delayMs, () => {
      this.#delay = undefined
      this.#isDue = true
      this.wake()
    })
    return false
  }

  /** The store has all that it may have. */
  #full(): void {
    if (this.plan.whenFull !== 'drop-newest' || !this.#isFilledTo(this.plan.high)) return
    const { input } = this
    while (input.available > 0 && this.#isFilledTo(this.plan.low)) {
      const messages = input.take(input.available)
      const bytes = boundedBytes(input, messages)
      this.drop(messages, 'overflow-full')
      input.handled(messages.length, bytes)
    }
  }

  /** A flush says that what came before it was handled or is stored; an end waits until all has been delivered (D19). */
  #passMarkers(reader: OverflowReader): void {
    const { input } = this
    for (;;) {
      const { marker } = input
      if (marker === undefined || this.#writer.isAppending) return
      if (marker.kind === 'end' && !reader.isOver) return
      input.passMarker()
      if (marker.kind !== 'flush') this.#last = marker
      if (marker.kind === 'drain') reader.ready.drain() // It is stored, for the next start.
      this.outlet.mark(marker)
      this.host.passed(this, marker)
      if (this.#last !== undefined) return this.wake()
    }
  }

  #finish(): void {
    this.isFinished = true
    this.host.finished(this)
  }

  /** What was delivered is delivered; what waits is stored by whoever has it, once that is known. */
  #ownerLost(error: Error): void {
    if (this.isFinished || this.#reader === undefined) return
    this.onTrouble(error)
    this.#reader.leave()
    this.#reader = undefined
    this.isOpen = false
    const messages = this.#writer.giveUp()
    if (messages.length > 0) this.input.putBack(messages)
    const opened = (failure?: Error): void => {
      if (failure !== undefined) this.host.fail(this, failure)
    }
    const again = (): void => this.host.open(this, opened)
    this.closeComponent(() => this.store.close(), again)
  }
}
