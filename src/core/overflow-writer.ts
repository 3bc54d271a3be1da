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

/** The storing end of an overflow: one append under way, and each takes all that has come during the one before. */
export class OverflowWriter {
  readonly #owner: WriterOwner
  /** What the store has not confirmed yet. */
  #pending: readonly Message[] = []
  /** The number that the first of them is to have. */
  #first = 0
  #isAppending = false
  /** Which append is the last: of one that was given up nothing is heard any more. */
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
    return this.#isAppending
  }

  /** A few messages wait for more. */
  get isWaiting(): boolean {
    return this.#delay !== undefined
  }

  get pending(): number {
    return this.#pending.length
  }

  /** Stores what waits, as far as it may. @param limit most messages. @returns how many are on their way now. */
  spill(limit: number): number {
    const { input, store, plan } = this.#owner
    if (this.#isAppending || input.available === 0 || store.depth.bytes >= plan.limit.bytes) return 0
    return this.#isFrameDue() ? this.#append(limit) : 0
  }

  /** Takes what is not confirmed; what the store says of it later is not heard. Nothing waits for more to come. */
  giveUp(): Message[] {
    this.interrupt()
    return [...this.#take()]
  }

  /** The store was lost: what it says of the append under way is not heard, and is found out when it is open again. */
  interrupt(): void {
    this.#turn++
    this.#delay?.cancel()
    this.#delay = undefined
  }

  /** An append whose end was not heard. */
  get interrupted(): InterruptedAppend | undefined {
    return this.#isAppending ? { messages: this.#pending, first: this.#first } : undefined
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
    const first = store.next
    const { written, unwritable, stored } = store.append(messages)
    const turn = ++this.#turn
    this.#pending = written
    this.#first = first
    this.#isAppending = true
    for (const { message, error } of unwritable) {
      this.#owner.fail(message, error)
      input.handled(1, message.sizeBytes)
    }
    adopt(
      stored,
      () => turn === this.#turn && this.#owner.confirmed(this.#take(), bytesOf(written), first),
      (error) => turn === this.#turn && this.#owner.refused([...this.#take()], asError(error)),
    )
    return messages.length
  }

  #take(): readonly Message[] {
    const pending = this.#pending
    this.#pending = []
    this.#isAppending = false
    this.isStuck = false
    return pending
  }

  /** A trickle waits for a while, so that a frame is worth its round trip. */
  #isFrameDue(): boolean {
    const { input, plan, host } = this.#owner
    if (plan.delayMs === 0 || this.#isDue || input.hasMarks || input.available >= ENOUGH) {
      this.#isDue = false
      this.#delay?.cancel()
      this.#delay = undefined
      return true
    }
    this.#delay ??= host.scheduler.env.after(plan.delayMs, () => {
      this.#delay = undefined
      this.#isDue = true
      this.#owner.wake()
    })
    return false
  }
}
