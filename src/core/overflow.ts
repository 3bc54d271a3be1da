import type { Edge } from './edge.ts'
import type { Allowance } from './ingress.ts'
import type { Marker } from './marker.ts'
import type { Message } from './message.ts'
import { Node, type Host } from './node.ts'
import { Outlet } from './outlet.ts'
import type { OverflowPlan } from './overflow-plan.ts'
import { OverflowReader } from './overflow-reader.ts'
import { openAgain, type Opened } from './interrupted-append.ts'
import type { OverflowStore } from './overflow-store.ts'
import { Shedding } from './overflow-shedding.ts'
import { OverflowStory } from './overflow-story.ts'
import { canClose, FEW, isClosing, mustOpen, openState, type OverflowState } from './overflow-watermarks.ts'
import { OverflowWriter } from './overflow-writer.ts'
import type { Producer } from './producer.ts'
import { bytesOf } from './queue.ts'
import { ackAll } from './settle.ts'
import type { Worker } from './worker.ts'

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
  /** Half of what may wait before the store may wait behind it. */
  readonly mostReady: Allowance
  readonly story = new OverflowStory(this)
  readonly writer = new OverflowWriter(this)
  readonly #shedding = new Shedding(this)
  /** From the time that the store is open. */
  reader: OverflowReader | undefined
  /** The subscription to its giver. */
  input!: Edge
  /** What arrives goes to the store. */
  #isOpened = false
  /** Arrivals have been waiting for the last to be read. */
  #hasWaited = false
  /** The marker behind which nothing comes, once it has been passed. */
  #last: Marker | undefined
  /** The store was lost while it was being opened. */
  #lostAtOnce: Error | undefined

  /** @param giver the node whose messages come here. */
  constructor(host: Host, plan: OverflowPlan, giver: Producer | Worker) {
    super(host, plan.name, 'origin')
    this.plan = plan
    this.giver = giver
    this.store = plan.createStore()
    this.outlet = new Outlet(this, plan.dispatch)
    this.mostReady = { messages: Math.max(1, plan.window.max >> 1), bytes: Math.floor(plan.window.bytes / 2) }
  }

  get state(): OverflowState {
    const { reader } = this
    return reader === undefined || !this.#isOpened ? 'direct' : openState(this, reader, this.#hasWaited)
  }

  get hasPassedLast(): boolean {
    return this.#last !== undefined
  }

  /** Nothing to make: it has no component. */
  create(): void {}

  open(done: (error?: Error) => void): void {
    const events = {
      onTrouble: (error: Error | undefined) => this.#appendInTrouble(error),
      onOwnerLost: (error: Error) => this.#ownerLost(error),
    }
    const opened = (error?: Error): void => {
      done(error)
      if (error === undefined && this.#lostAtOnce !== undefined) this.#ownerLost(this.#lostAtOnce)
    }
    this.#lostAtOnce = undefined
    const { store, writer } = this
    this.openBy<Opened>(
      (heard, failed) => openAgain({ store, events, interrupted: writer.interrupted }, heard, failed),
      opened,
      (begun) => this.#begin(begun),
    )
  }

  /** What waits here has been made already: it goes before more is made. */
  override credited(): void {
    this.wake()
  }

  override turn(): void {
    this.outlet.place()
    const { reader } = this
    if (!this.isOpen || this.isFinished || reader === undefined) return
    this.lastTaken = 0
    if (this.#last === undefined) this.#go(reader)
    else if (reader.out === 0) {
      this.isFinished = true
      this.host.finished(this)
    }
  }

  /** @param bytes what they are charged with. */
  confirmed(messages: readonly Message[], bytes: number, first: number): void {
    this.story.inTrouble('append', undefined)
    this.reader?.confirmed(messages, bytes, first)
    this.#stored(messages, bytes)
    this.wake()
  }

  /** They wait again, in their order, for a store that takes them. */
  refused(messages: Message[], error: Error): void {
    this.story.inTrouble('append', error)
    this.input.putBack(messages)
  }

  /** Takes what has no outcome and is not stored, for a graph that ends before it has drained; what is stored stays. */
  abandon(): Message[] {
    this.isFinished = true
    const messages = [...this.writer.giveUp(), ...this.input.cancel(), ...this.outlet.abandon()]
    return messages.filter(({ envelope }) => envelope.group.origin !== this.reader)
  }

  override close(_reason: Error, done: (error?: Error) => void): void {
    const { reader } = this
    this.isOpen = false
    this.reader = undefined
    this.writer.interrupt() // It may be opened again.
    const stop = (): void => this.closeComponent(() => this.store.close(), done)
    if (reader === undefined) stop()
    else reader.end(stop)
  }

  #begin({ settled, stored }: Opened): void {
    this.story.begins()
    this.reader = new OverflowReader(this, settled)
    const interrupted = this.writer.giveUp()
    const rest = interrupted.splice(stored)
    this.#stored(interrupted, bytesOf(interrupted))
    if (rest.length > 0) this.input.putBack(rest)
    this.#isOpened = false
    if (this.plan.isAlways || this.reader.unread > 0) this.#openUp()
    this.reader.load(1) // That it is known how old it is, also where nobody asks for it.
  }

  #stored(messages: readonly Message[], bytes: number): void {
    if (messages.length === 0) return
    this.story.stores(messages.length)
    ackAll(messages)
    this.input.handled(messages.length, bytes)
  }

  #openUp(): void {
    this.#isOpened = true
    this.story.opens(this.reader?.unread ?? 0, this.plan.isAlways)
  }

  #go(reader: OverflowReader): void {
    this.#deliver(reader)
    if (this.#isOpened && canClose(this, reader)) {
      this.#isOpened = false
      this.story.closes()
    }
    if (!this.#isOpened) this.#pass()
    if (!this.#isOpened && mustOpen(this)) this.#openUp()
    if (this.#isOpened) {
      this.#hasWaited = isClosing(this, reader, this.#hasWaited)
      if (!this.#hasWaited) this.lastTaken += this.writer.spill(this.turnLimit)
      this.#shedding.shed()
    }
    reader.load(this.#shedding.shedsStored ? Math.max(this.outlet.room, FEW) : this.outlet.room)
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
      input.handled(handled, bytes)
    }
  }

  #give(messages: Message[], bytes: number): void {
    this.counters.gave(messages.length, bytes)
    this.outlet.dispatch(messages, bytes)
  }

  /** A flush says that what came before it was handled or is stored; an end waits until all has been delivered (D19). */
  #passMarkers(reader: OverflowReader): void {
    const { input } = this
    for (;;) {
      const { marker } = input
      if (marker === undefined || this.writer.isAppending) return
      if (marker.kind === 'end' && !reader.isOver) return
      input.passMarker()
      if (marker.kind !== 'flush') this.#last = marker
      if (marker.kind === 'drain') reader.ready.drain() // It is stored, for the next start.
      this.outlet.mark(marker)
      this.host.passed(this, marker)
      if (this.#last !== undefined) return this.wake()
    }
  }

  #appendInTrouble(error: Error | undefined): void {
    this.story.inTrouble('append', error)
    this.writer.isStuck = error !== undefined && this.writer.isAppending
    this.wake()
  }

  /** What was delivered is delivered; what waits is stored by whoever has it, once that is known. */
  #ownerLost(error: Error): void {
    if (this.isOpening) this.#lostAtOnce = error
    if (this.isFinished || this.reader === undefined) return
    this.story.inTrouble('owner', error)
    this.reader.end()
    this.reader = undefined
    this.isOpen = false
    this.writer.interrupt()
    const opened = (failure?: Error): void => {
      if (failure !== undefined) this.host.fail(this, failure)
    }
    const again = (): void => this.host.open(this, opened)
    this.closeComponent(() => this.store.close(), again)
  }
}
