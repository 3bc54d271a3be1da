import type { Marker } from './marker.ts'
import type { Message } from './message.ts'
import { bytesOf, MessageQueue } from './queue.ts'
import {
  ASK,
  CANCEL,
  DISPATCH,
  LIMIT,
  MARK,
  NO_TAPE,
  PASS,
  PAUSE,
  PUT_BACK,
  RESUME,
  SETTLE,
  STEP,
  UNMARK,
} from './recorder.ts'

/** Something that can be put into the run queue: a node. */
export interface Ready {
  readonly name: string
  wake(): void
  /** Credit for so many messages has come. */
  credited(count: number): void
}

/** How much a subscriber asks for (D1); `bytes` also bounds what is queued and under way (D22). */
export interface DemandWindow {
  readonly max: number
  readonly min: number
  readonly bytes: number | undefined
}

/**
 * One subscription: credit goes up, messages and markers come down, first in first out (D12, D17).
 *
 * After every turn `credit + queue.length + underWay + returning − surplus = window.max` (D3), and
 * `asked = dispatched + credit` (D5). A cancelled edge asks for nothing more.
 */
export class Edge {
  readonly from: Ready
  readonly to: Ready
  readonly window: DemandWindow
  readonly queue = new MessageQueue()
  /** What may still be dispatched here. */
  credit = 0
  asked = 0
  dispatched = 0
  /** Taken by the subscriber and not yet handled. */
  underWay = 0
  /** Handled, and not yet asked for again. */
  returning = 0
  /** Put back by a restart although their credit had been given back (D14). */
  surplus = 0
  /** Size of what is queued and under way; counted only where the window bounds it. */
  bytes = 0
  /** Credit goes back in steps of this many; 1 for synchronous nodes (D3). */
  step = 1
  /** Most that is asked for and not yet handled; less than the window where messages come too late (D23). */
  limit: number
  /** What happens here is noted on it. */
  tape = NO_TAPE
  isPaused = false
  isCancelled = false
  /** Position is the count of messages dispatched before it; positions survive putting back. */
  readonly #marks: { marker: Marker; position: number }[] = []
  #taken = 0

  constructor(from: Ready, to: Ready, window: DemandWindow) {
    this.from = from
    this.to = to
    this.window = window
    this.limit = window.max
  }

  /** Its node is asynchronous: credit goes back in steps (D3). */
  stepByWindow(): void {
    const step = this.window.max - this.window.min
    this.tape.note(STEP, step, this.step)
    this.step = step
  }

  /** Asks for at most so many from now on. */
  limitTo(limit: number): void {
    if (limit === this.limit) return
    this.tape.note(LIMIT, limit, this.limit)
    this.limit = limit
    if (this.returning >= this.step) this.#ask()
  }

  /** Where the markers stand that are on their way. */
  get marks(): number[] {
    return this.#marks.map(({ position }) => position)
  }

  /** The first ask (D1). */
  subscribe(): void {
    this.returning = this.window.max
    this.#ask()
  }

  /** How many messages may be dispatched now. One always passes a byte bound. */
  get room(): number {
    return this.window.bytes !== undefined && this.bytes >= this.window.bytes ? 0 : this.credit
  }

  /** How many of `messages` may be dispatched now: credit, and bytes where they are bounded. @param weight of all of them. */
  fits(messages: readonly Message[], weight = Infinity): number {
    const count = Math.min(messages.length, this.credit)
    const limit = this.window.bytes
    if (limit === undefined || this.bytes + weight <= limit) return count
    let bytes = this.bytes
    let fitting = 0
    while (fitting < count && (bytes === 0 || bytes + messages[fitting]!.sizeBytes <= limit)) {
      bytes += messages[fitting++]!.sizeBytes
    }
    return fitting
  }

  /** Sends messages down; there must be credit for them (D2). The array is the edge's from now on. */
  push(messages: Message[], bytes = bytesOf(messages)): void {
    const count = messages.length
    this.credit -= count
    this.dispatched += count
    if (this.window.bytes !== undefined) this.bytes += bytes
    this.queue.push(messages, bytes)
    this.tape.note(DISPATCH, count)
    this.to.wake()
  }

  /** Sends a marker down, behind what was pushed before. */
  mark(marker: Marker): void {
    this.#marks.push({ marker, position: this.dispatched })
    this.tape.note(MARK, this.dispatched)
    this.to.wake()
  }

  /** Whether any marker is on its way, here or further behind. */
  get hasMarks(): boolean {
    return this.#marks.length > 0
  }

  /** Takes the last marker back, if it is still there. */
  unend(): boolean {
    const mark = this.#marks.pop()
    if (mark !== undefined) this.tape.note(UNMARK, mark.position)
    return mark !== undefined
  }

  /** How many messages the subscriber may take: those before the next marker. */
  get available(): number {
    if (this.isPaused) return 0
    return this.#marks.length === 0 ? this.queue.length : this.#marks[0]!.position - this.#taken
  }

  /** The marker that the subscriber has come to, if any. */
  get marker(): Marker | undefined {
    const mark = this.#marks[0]
    return mark !== undefined && mark.position === this.#taken ? mark.marker : undefined
  }

  /** Goes past the marker at the head. */
  passMarker(): void {
    this.#marks.shift()
    this.tape.note(PASS, this.#taken)
    this.to.wake()
  }

  /** Takes up to `limit` of what is available, at most what arrived together. */
  take(limit: number): Message[] {
    const messages = this.queue.take(limit)
    this.underWay += messages.length
    this.#taken += messages.length
    return messages
  }

  /** Takes one of what is available. */
  takeOne(): Message {
    this.underWay++
    this.#taken++
    return this.queue.shift()
  }

  /** `count` messages that were under way are handled; their credit goes back, in steps (D3). */
  handled(count: number, bytes = 0): void {
    this.underWay -= count
    this.bytes -= bytes
    const repaid = Math.min(this.surplus, count)
    this.surplus -= repaid
    this.returning += count - repaid
    this.tape.note(SETTLE, count, repaid)
    const hasAsked = this.returning >= this.step && this.#ask()
    if (!hasAsked && bytes > 0) this.from.wake() // What there is credit for may fit now.
  }

  /**
   * Messages go back to the head. Those that were under way still have their credit; those that are also in `surplus`
   * come again although theirs was given back (D14).
   */
  putBack(messages: Message[], surplus: readonly Message[] = []): void {
    this.underWay -= messages.length - surplus.length
    this.surplus += surplus.length
    this.bytes += boundedBytes(this, surplus)
    this.#taken -= messages.length
    this.queue.unshift(messages)
    this.tape.note(PUT_BACK, messages.length, surplus.length)
    this.to.wake()
  }

  /** Withholds credit and what is queued (D20). */
  pause(): void {
    if (!this.isPaused) this.tape.note(PAUSE, 0)
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
    this.tape.note(RESUME, 0)
    if (this.returning >= this.step) this.#ask()
    this.to.wake()
  }

  /** Ends the subscription; what was not taken is the caller's to place elsewhere (D14). */
  cancel(): Message[] {
    this.isCancelled = true
    this.tape.note(CANCEL, this.credit, this.queue.length)
    this.asked -= this.credit // Taken back: nobody owes it any more (D5).
    this.credit = 0
    this.#marks.length = 0
    return this.queue.drain()
  }

  /** @returns whether there was anything to ask for. */
  #ask(): boolean {
    const count = this.returning - (this.window.max - this.limit)
    if (count <= 0 || this.isPaused || this.isCancelled) return false
    this.returning -= count
    this.credit += count
    this.asked += count
    this.tape.note(ASK, count)
    this.from.credited(count)
    return true
  }
}

/** What `messages` count where an edge bounds bytes; nothing elsewhere. */
export function boundedBytes(edge: Edge, messages: readonly Message[]): number {
  return edge.window.bytes === undefined ? 0 : bytesOf(messages)
}
