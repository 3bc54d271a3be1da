import { adopt } from './call.ts'
import type { Edge } from './edge.ts'
import type { Timer } from './env.ts'
import { asError } from './errors.ts'
import type { Message } from './message.ts'
import type { InterruptedAppend } from './interrupted-append.ts'
import type { Node } from './node.ts'
import type { OverflowPlan } from './overflow-plan.ts'
import type { OverflowStore } from './overflow-store.ts'
import { bytesOf } from './queue.ts'

/** So many messages are worth a frame of their own: they don't wait for more. */
const ENOUGH = 1000

/** What writing needs of its overflow. */
export interface WriterOwner extends Node {
  readonly plan: OverflowPlan
  readonly store: OverflowStore
  readonly input: Edge
  /** The store has confirmed these, the first with this number. @param bytes what they are charged with. */
  confirmed(messages: readonly Message[], bytes: number, first: number): void
  /** The store won't have these after all. */
  refused(messages: Message[], error: Error): void
}

/** What the store has been given in one turn, and has not confirmed yet. */
interface Piece {
  readonly messages: readonly Message[]
  /** The number that the first of them is to have. */
  readonly first: number
}

/**
 * The storing end of an overflow. What comes while an append is under way waits for its end, so that it is stored together;
 * as soon as it is enough for frames of its own, it is given to the store in advance, a turn at a time.
 */
export class OverflowWriter {
  readonly #owner: WriterOwner
  #pieces: Piece[] = []
  /** Of appends that were given up before it was counted up nothing is heard any more. */
  #turn = 0
  #delay: Timer | undefined
  /** A few messages have waited for more for long enough. */
  #isDue = false
  /** The store doesn't get on with the append under way. */
  isStuck = false

  constructor(owner: WriterOwner) {
    this.#owner = owner
  }

  get isAppending(): boolean {
    return this.#pieces.length > 0
  }

  /** A few messages wait for more. */
  get isWaiting(): boolean {
    return this.#delay !== undefined
  }

  get pending(): number {
    return this.#pieces.reduce((sum, { messages }) => sum + messages.length, 0)
  }

  /** Stores what waits, as far as it may. @param limit most messages. @returns how many are on their way now. */
  spill(limit: number): number {
    const { input, store, plan } = this.#owner
    if (input.available === 0 || store.depth.bytes >= plan.limit.bytes) return 0
    if (this.isAppending) return input.available >= ENOUGH ? this.#append(limit) : 0
    return this.#isFrameDue() ? this.#append(limit) : 0
  }

  /** Takes what is not confirmed; what the store says of it later is not heard. Nothing waits for more to come. */
  giveUp(): Message[] {
    this.interrupt()
    return this.#take()
  }

  /** The store was lost: what it says of the append under way is not heard, and is found out when it is open again. */
  interrupt(): void {
    this.#turn++
    this.#stopWaiting()
  }

  /** An append whose end was not heard. */
  get interrupted(): InterruptedAppend | undefined {
    const [piece] = this.#pieces
    return piece && { messages: this.#messages, first: piece.first }
  }

  #append(limit: number): number {
    const { input, store, counters } = this.#owner
    const messages: Message[] = []
    let bytes = 0
    while (input.available > 0 && messages.length < limit) {
      const taken = input.take(Math.min(input.available, limit - messages.length))
      bytes += input.queue.takenBytes
      for (const message of taken) messages.push(message)
    }
    counters.took(messages.length, bytes)
    const last = this.#pieces.at(-1)
    const first = last === undefined ? store.next : last.first + last.messages.length
    const { written, unwritable, stored } = store.append(messages)
    for (const { message, error } of unwritable) {
      this.#owner.fail(message, error)
      input.handled(1, message.sizeBytes)
    }
    if (written.length > 0) this.#await({ messages: written, first }, stored)
    if (written.length === 0 || input.available >= ENOUGH) this.#owner.wake()
    return messages.length
  }

  #await(piece: Piece, stored: PromiseLike<void>): void {
    const turn = this.#turn
    this.#pieces.push(piece)
    const confirmed = (): void => {
      this.#pieces.splice(this.#pieces.indexOf(piece), 1)
      this.isStuck = false
      this.#owner.confirmed(piece.messages, bytesOf(piece.messages), piece.first)
    }
    adopt(
      stored,
      () => turn === this.#turn && confirmed(),
      // What was given behind it goes back with it, so that it stays behind it.
      (error) => turn === this.#turn && this.#owner.refused(this.giveUp(), asError(error)),
    )
  }

  get #messages(): Message[] {
    return this.#pieces.flatMap(({ messages }) => messages)
  }

  #take(): Message[] {
    const messages = this.#messages
    this.#pieces = []
    this.isStuck = false
    return messages
  }

  /** A trickle waits for a while, so that a frame is worth its round trip. */
  #isFrameDue(): boolean {
    const { input, plan, host } = this.#owner
    if (plan.delayMs === 0 || this.#isDue || input.hasMarks || input.available >= ENOUGH) {
      this.#stopWaiting()
      return true
    }
    this.#delay ??= host.scheduler.env.after(plan.delayMs, () => {
      this.#delay = undefined
      this.#isDue = true
      this.#owner.wake()
    })
    return false
  }

  #stopWaiting(): void {
    this.#isDue = false
    this.#delay?.cancel()
    this.#delay = undefined
  }
}
