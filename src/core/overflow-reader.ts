import { adopt } from './call.ts'
import { Commits } from './overflow-commits.ts'
import { asError } from './errors.ts'
import { covers, type Allowance } from './ingress.ts'
import { Group, partCount, type Message, type Origin, type Verdict } from './message.ts'
import type { Node } from './node.ts'
import type { OverflowPlan } from './overflow-plan.ts'
import type { OverflowStory } from './overflow-story.ts'
import type { OverflowStore, Settled, StoredChunk, StoredMessage } from './overflow-store.ts'
import { MessageQueue } from './queue.ts'
import { Redeliveries } from './redeliveries.ts'
import { Envelopes, storedFrom, storedOf, type Stored } from './stored.ts'

/** What a message is taken for before any has been read. */
const FIRST_MEAN_BYTES = 64 * 1024

/** What reading needs of its overflow. */
export interface ReaderOwner extends Node {
  readonly store: OverflowStore
  /** What is in memory at most, stored and not yet delivered. */
  readonly mostReady: Allowance
  readonly plan: OverflowPlan
  /** Nothing more can be delivered: those below have been told so. */
  readonly hasPassedLast: boolean
  readonly story: OverflowStory
}

/**
 * The delivering end of an overflow, from one opening of its store to the next: stored messages in order, from memory
 * where they are still there, else read; and their outcomes, which it tells the store.
 *
 *     settled │ out (delivered) │ ready (in memory) │ in the store only │
 *                                                   next                end
 */
export class OverflowReader implements Origin {
  readonly name: string
  readonly idPrefix = ''
  readonly ready = new MessageQueue()
  /** Messages that were delivered, and have no outcome. */
  out = 0
  /** When the message was stored that was read last; ms since 1970. */
  readAt: number | undefined
  readonly #owner: ReaderOwner
  readonly #commits: Commits
  readonly #envelopes: Envelopes
  /** The next message to read, and the first that isn't confirmed. */
  #next: number
  #end: number
  #isReading = false
  /** Messages to read at once: more, while they are delivered as fast as they come; and what one of the last read weighs. */
  #size = 1
  #meanBytes = FIRST_MEAN_BYTES
  #failures = 0
  #retryAt = 0
  readonly #again: Redeliveries
  #hasEnded = false

  constructor(owner: ReaderOwner, settled: Settled) {
    const { scheduler } = owner.host
    this.name = owner.name
    this.#owner = owner
    this.#again = new Redeliveries(owner)
    this.#envelopes = new Envelopes(new Group(this, scheduler.now))
    this.#next = settled.below
    this.#end = owner.store.next
    const failed = (error: Error): void => owner.story.inTrouble(error)
    this.#commits = new Commits({ env: scheduler.env, store: owner.store }, settled, {
      failed,
      committed: () => owner.wake(),
    })
  }

  /** Stored messages that are not in memory. */
  get unread(): number {
    return this.#end - this.#next
  }

  /** Nothing is left to deliver, but for what has failed back. */
  get isAtTail(): boolean {
    return this.unread === 0 && this.ready.length === 0
  }

  /** The same, and nothing that has failed back will come again. What is still out may; then it is for the next start. */
  get isOver(): boolean {
    return this.isAtTail && this.#again.isEmpty
  }

  /** The store has confirmed these, the first with this number. Who is at the tail goes on with them as they are in memory. */
  confirmed(messages: readonly Message[], bytes: number, first: number): void {
    const { length, bytes: readyBytes } = this.ready
    this.#end = first + messages.length
    const isNext = this.#next === first && !this.#isReading
    if (!isNext || !covers(this.#owner.mostReady, length + messages.length, readyBytes + bytes)) return
    this.ready.push(
      messages.map((message, index) => storedOf(message, first + index, this.#envelopes.of(message.envelope))),
    )
    this.#next = this.#end
    this.readAt = this.#owner.host.scheduler.date
  }

  /** Takes what is to be delivered next. */
  take(room: number): Message[] {
    const messages = this.ready.take(room)
    this.out += messages.length
    return messages
  }

  /** The store knows all that is settled: how much room there is doesn't change by it any more. */
  get isCommitted(): boolean {
    return this.#commits.isIdle
  }

  /** Tells the store what is settled, at once. */
  commit(): void {
    this.#commits.hurry()
  }

  /** Reads what there is room for. */
  load(room: number): void {
    const { now } = this.#owner.host.scheduler
    if (this.#isReading || this.#hasEnded || room <= 0 || now < this.#retryAt) return
    const due = this.#again.due(now)
    if (due !== undefined) this.#read(due, 1)
    else if (this.unread > 0 && this.ready.length < room) {
      const { messages, bytes } = this.#owner.mostReady
      const most = Math.min(Math.max(room, this.#size), messages) - this.ready.length
      this.#read(this.#next, Math.max(1, Math.min(most, Math.floor((bytes - this.ready.bytes) / this.#meanBytes))))
    }
  }

  acked(messages: readonly Message[], from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const message = messages[index] as Stored
      if (hasFailedParts(message)) this.#failedBack(message)
      else this.#settled(message)
    }
  }

  ended(message: Message, verdict: Verdict): void {
    if (verdict.outcome === 'failed' || hasFailedParts(message)) this.#failedBack(message as Stored)
    else this.#settled(message as Stored)
  }

  /** Nothing is delivered or heard any more: what is settled is written down, and then called back; or somebody else has the store. */
  end(done?: () => void): void {
    this.#hasEnded = true
    this.#again.end()
    this.ready.drain()
    if (done === undefined) this.#commits.leave()
    else this.#commits.finish(done)
  }

  #settled(message: Stored): void {
    if (this.#hasEnded) return
    this.out--
    this.#again.ended(message.number)
    this.#commits.add(message.number, partCount(message))
    if (this.out === 0) this.#owner.wake()
  }

  /** What fails back is delivered again, after a pause: it was acknowledged, and there is nobody else to give it to. */
  #failedBack({ number }: Stored): void {
    if (this.#hasEnded) return
    this.out--
    if (this.#owner.isFinished || this.#owner.hasPassedLast) this.#owner.wake() // For the next start.
    else this.#again.failed(number)
  }

  #read(from: number, most: number): void {
    const { store } = this.#owner
    this.#isReading = true
    adopt(
      store.read(from, most),
      (chunk) => this.#arrived(from, chunk as StoredChunk),
      (error) => this.#unreadable(asError(error)),
    )
  }

  #arrived(from: number, { messages, lost, next }: StoredChunk): void {
    if (this.#hasEnded) return
    this.#isReading = false
    if (this.#failures > 0) this.#owner.story.inTrouble(undefined)
    this.#failures = 0
    for (const range of lost) this.#lost(range)
    if (this.#again.has(from)) this.#redeliver(from, messages[0])
    else {
      this.#next = Math.max(next, from + 1)
      this.ready.push(this.#fresh(messages).map((stored) => this.#made(stored)))
      if (this.#size < messages.length * 2) this.#size = messages.length * 2
      this.#meanBytes = Math.max(1, this.ready.bytes / Math.max(1, this.ready.length))
    }
    this.#owner.wake()
  }

  #redeliver(number: number, stored: StoredMessage | undefined): void {
    if (stored?.number !== number) return this.#again.ended(number) // It is lost, and counted.
    const times = this.#again.goes(number)
    this.ready.unshift([this.#made({ ...stored, attempt: stored.attempt + times })])
  }

  #made(stored: StoredMessage): Message {
    if (stored.deadline !== undefined) this.#owner.host.deadlines.isUsed = true
    return storedFrom(stored, this.#envelopes.from(stored))
  }

  /** What is too old is dropped, as the policy says. */
  #fresh(messages: readonly StoredMessage[]): readonly StoredMessage[] {
    const { plan, host, counters } = this.#owner
    this.readAt = messages[0]?.storedAt ?? this.readAt
    const oldest = host.scheduler.env.date() - plan.limit.ageMs
    if ((messages[0]?.storedAt ?? Infinity) >= oldest) return messages
    const fresh = messages.filter(({ storedAt }) => storedAt >= oldest)
    for (const { number, storedAt, parts } of messages) {
      if (storedAt >= oldest) continue
      counters.drop('overflow-age', parts?.length ?? 1)
      this.#commits.add(number, parts?.length ?? 1)
    }
    return fresh
  }

  #lost({ from, to }: { readonly from: number; readonly to: number }): void {
    const news = this.#commits.addRange(from, to)
    if (news === 0) return // It was told when it was read before.
    const { counters, host, name } = this.#owner
    counters.drop('lost', news)
    host.log.error('overflow lost messages', { node: name, from, to, messages: news })
  }

  #unreadable(error: Error): void {
    if (this.#hasEnded) return
    this.#isReading = false
    this.#retryAt = this.#again.wakeAfter(++this.#failures)
    this.#owner.story.inTrouble(error)
  }
}

/** Of a batch that was acked as a whole, some parts may have failed by themselves (A12). */
function hasFailedParts({ kin }: Message): boolean {
  return kin?.partVerdicts !== undefined && [...kin.partVerdicts.values()].some(({ outcome }) => outcome === 'failed')
}
