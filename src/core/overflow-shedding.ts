import { SluiceError } from './errors.ts'
import type { Allowance } from './ingress.ts'
import type { Message } from './message.ts'
import type { OverflowReader } from './overflow-reader.ts'
import { isFilledTo } from './overflow-watermarks.ts'
import type { WriterOwner } from './overflow-writer.ts'

/** What shedding needs of its overflow. */
export interface SheddingOwner extends WriterOwner {
  readonly reader: OverflowReader | undefined
  readonly writer: { readonly isAppending: boolean; readonly isStuck: boolean }
}

/** Why messages are dropped, as it is counted. */
const REASON = 'overflow-full'

/**
 * What an overflow does with messages that nobody has room for: its store has all that it may have, or is out of reach,
 * and memory is full as well. Where the policy is `block`, nothing: they wait, and so does the giver.
 *
 *     stored: oldest … newest | in memory: oldest … newest
 *       └ `drop-oldest`                     └ `drop-newest`, `reject`
 *
 * A store that is out of reach can give nothing up: then the oldest are those in memory.
 */
export class Shedding {
  readonly #owner: SheddingOwner

  constructor(owner: SheddingOwner) {
    this.#owner = owner
  }

  /** Whether what is stored has to go, so that what comes has room. */
  get shedsStored(): boolean {
    const { plan, reader } = this.#owner
    return plan.whenFull === 'drop-oldest' && reader !== undefined && !reader.isAtTail && this.#isFull
  }

  /** Makes room, as the policy says, if there is need. */
  shed(): void {
    const { plan, reader, input } = this.#owner
    if (plan.whenFull === 'block' || input.available === 0) return
    if (!this.#isFull && !this.#isStuck) return
    if (plan.whenFull === 'drop-oldest') this.#shedOldest(reader)
    else if (plan.whenFull === 'drop-newest') this.#owner.drop(this.#excess('newest'), REASON)
    else this.#reject(this.#excess('newest'))
  }

  /** Nothing more may be stored. What waits in front of `always` waits in vain: it does so for as short as can be. */
  get #isFull(): boolean {
    const { plan, store, writer, input } = this.#owner
    if (writer.isAppending || store.depth.bytes < plan.limit.bytes) return false
    return plan.isAlways || isFilledTo(input, plan.high)
  }

  /** An append is tried again and again; what it has counts as what waits. */
  get #isStuck(): boolean {
    const { plan, writer, input } = this.#owner
    return writer.isStuck && isFilledTo(input, plan.high)
  }

  /**
   * What is stored goes a piece at a time: what it gives back is known when it is committed. What isn't in memory is read
   * first, so that it is counted. Where nothing is left that nobody has, or the store gives nothing up, it is memory's turn.
   */
  #shedOldest(reader: OverflowReader | undefined): void {
    if (this.#isFull && reader?.isCommitted === false) return
    if (reader === undefined || !this.shedsStored) this.#owner.drop(this.#excess('oldest'), REASON)
    else if (reader.ready.length > 0) {
      this.#owner.drop(reader.take(reader.ready.length), REASON)
      reader.commit()
    }
  }

  #reject(messages: readonly Message[]): void {
    const { plan } = this.#owner
    if (messages.length === 0) return
    const why = this.#isFull ? 'its store has all that it may have' : 'its store is out of reach'
    const error = new SluiceError('SLUICE_OVERFLOW_FULL', `the overflow of ${plan.name} takes no more: ${why}`)
    for (const message of messages) this.#owner.fail(message, error)
  }

  /** Takes what waits in memory, but for what it may keep. */
  #excess(which: 'oldest' | 'newest'): Message[] {
    const { input } = this.#owner
    const pending = { messages: input.underWay, bytes: input.bytes - input.queue.bytes }
    const waiting: Message[] = []
    let bytes = 0
    while (input.available > 0) {
      const taken = input.take(input.available)
      bytes += input.queue.takenBytes
      for (const message of taken) waiting.push(message)
    }
    const kept = this.#kept(waiting, which, pending)
    const excess = which === 'oldest' ? waiting.slice(0, waiting.length - kept.length) : waiting.slice(kept.length)
    if (kept.length > 0) input.putBack(kept)
    input.handled(excess.length, bytes - sizeOf(kept))
    return excess
  }

  /** As many as memory holds at the low mark, beside what is on its way to the store, but not all; from the end that isn't shed. */
  #kept(waiting: Message[], shed: 'oldest' | 'newest', pending: Allowance): Message[] {
    const { plan, input, writer } = this.#owner
    const part = plan.isAlways && !writer.isStuck ? 0 : plan.low
    const most = Math.min(waiting.length - 1, Math.floor(part * input.window.max) - pending.messages)
    let bytes = part * (input.window.bytes ?? Infinity) - pending.bytes
    let count = 0
    while (count < most) {
      bytes -= waiting.at(shed === 'newest' ? count : -1 - count)!.sizeBytes
      if (bytes < 0) break
      count++
    }
    return shed === 'newest' ? waiting.slice(0, count) : waiting.slice(waiting.length - count)
  }
}

function sizeOf(messages: readonly Message[]): number {
  return messages.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
}
