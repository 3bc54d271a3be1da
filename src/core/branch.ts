import type { Edge } from './edge.ts'
import type { Marker } from './marker.ts'
import type { Message } from './message.ts'
import { bytesOf, MessageQueue } from './queue.ts'

/** What happens to output that a subscriber has no credit for (D15). */
export type WhenFull = 'block' | 'drop-newest' | 'drop-oldest'

export interface BranchSettings {
  readonly whenFull: WhenFull
  /** Bounds what waits before the edge where `whenFull` isn't `block`. */
  readonly queue: { readonly messages: number; readonly bytes: number }
}

/** What a branch needs of its outlet. */
export interface BranchOwner {
  drop(messages: readonly Message[], reason: string): void
  /** Something has to wait here. */
  waits(): void
}

/**
 * One subscriber as its giver sees it. What was asked for is on the edge; what waits for credit is before it:
 * kept output where the branch blocks, otherwise what the policy let in (D15).
 */
export class Branch {
  readonly edge: Edge
  readonly isBlocking: boolean
  readonly waiting = new MessageQueue()
  readonly #settings: BranchSettings
  readonly #owner: BranchOwner
  /** Markers wait behind the messages offered before them; counts, so that a dropped message shifts nothing. */
  readonly #marks: { marker: Marker; position: number }[] = []
  #offered = 0
  #gone = 0
  #hasEnded = false

  constructor(edge: Edge, settings: BranchSettings, owner: BranchOwner) {
    this.edge = edge
    this.isBlocking = settings.whenFull === 'block'
    this.#settings = settings
    this.#owner = owner
  }

  /** How many messages this branch can be given: any number, where it doesn't block. */
  get room(): number {
    if (!this.isBlocking) return Infinity
    return this.waiting.length > 0 ? 0 : this.edge.room
  }

  /** Gives messages to this branch; the array is the branch's from now on. */
  offer(messages: Message[], bytes = bytesOf(messages)): void {
    const { edge, waiting } = this
    if (waiting.length === 0) {
      const fitting = edge.fits(messages, bytes)
      if (fitting === messages.length) {
        if (fitting > 0) edge.push(messages, bytes)
        return
      }
      if (fitting > 0) edge.push(messages.slice(0, fitting))
      this.#wait(fitting > 0 ? messages.slice(fitting) : messages)
    } else this.#wait(messages)
  }

  /** Moves what waits onto the edge, as far as there is credit, and markers behind it. */
  place(): void {
    const { edge, waiting } = this
    this.#passMarks()
    while (waiting.length > 0 && edge.room > 0) {
      const messages = waiting.take(Math.min(edge.room, this.#beforeMark))
      const fitting = edge.fits(messages)
      if (fitting < messages.length) waiting.unshift(messages.splice(fitting))
      if (fitting === 0) break
      this.#gone += messages.length
      edge.push(messages)
      this.#passMarks()
    }
    if (waiting.length + this.#marks.length > 0) this.#owner.waits()
  }

  mark(marker: Marker): void {
    this.#hasEnded ||= marker.kind !== 'flush'
    if (this.waiting.length === 0) this.edge.mark(marker)
    else {
      this.#marks.push({ marker, position: this.#offered })
      this.#owner.waits()
    }
  }

  /** Takes the last marker back. @returns whether more can be given: the subscriber hasn't come to it. */
  unend(): boolean {
    if (!this.#hasEnded) return true
    const isTakenBack = this.#marks.pop() !== undefined || this.edge.unend()
    this.#hasEnded = !isTakenBack
    return isTakenBack
  }

  #wait(messages: Message[]): void {
    const { whenFull, queue } = this.#settings
    let start = 0
    if (whenFull === 'drop-newest') {
      const fitting = this.#fitting(messages, queue)
      if (fitting < messages.length) this.#owner.drop(messages.splice(fitting), 'queue-full')
    } else if (whenFull === 'drop-oldest') start = this.#makeWay(messages, queue)
    const kept = start > 0 ? messages.slice(start) : messages
    if (start > 0) this.#owner.drop(messages.slice(0, start), 'queue-full')
    this.#offered += kept.length
    this.waiting.push(kept)
    this.#owner.waits()
    this.#passMarks()
  }

  #fitting(messages: readonly Message[], limit: BranchSettings['queue']): number {
    let count = this.waiting.length
    let { bytes } = this.waiting
    let fitting = 0
    while (fitting < messages.length && count < limit.messages) {
      bytes += messages[fitting]!.sizeBytes
      if (count > 0 && bytes > limit.bytes) break
      fitting++
      count++
    }
    return fitting
  }

  /** Drops the oldest until the others fit; one always does. @returns how many of `messages` have to go as well. */
  #makeWay(messages: readonly Message[], limit: BranchSettings['queue']): number {
    const { waiting } = this
    let count = waiting.length + messages.length
    let bytes = waiting.bytes + bytesOf(messages)
    let start = 0
    const dropped: Message[] = []
    for (; count > 1 && (count > limit.messages || bytes > limit.bytes); count--) {
      const oldest = waiting.length > 0 ? waiting.shift() : messages[start++]!
      bytes -= oldest.sizeBytes
      if (start === 0) dropped.push(oldest)
    }
    this.#gone += dropped.length
    this.#owner.drop(dropped, 'queue-full')
    return start
  }

  /** How many messages wait before the next marker. */
  get #beforeMark(): number {
    return this.#marks.length === 0 ? Infinity : this.#marks[0]!.position - this.#gone
  }

  #passMarks(): void {
    while (this.#marks.length > 0 && this.#marks[0]!.position <= this.#gone) this.edge.mark(this.#marks.shift()!.marker)
  }
}
