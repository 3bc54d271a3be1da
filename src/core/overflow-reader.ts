import { adopt } from './call.ts'
import { Commits } from './overflow-commits.ts'
import { asError } from './errors.ts'
import { failedAmong, hasFailedParts, onlyParts } from './failed-parts.ts'
import { covers, type Allowance } from './ingress.ts'
import { Group, partCount, type Message, type Origin, type Verdict } from './message.ts'
import type { Node } from './node.ts'
import { freshOf, giveUpLost } from './overflow-losses.ts'
import type { OverflowPlan } from './overflow-plan.ts'
import type { OverflowStory } from './overflow-story.ts'
import type { OverflowStore, Settled, StoredChunk, StoredMessage } from './overflow-store.ts'
import { MessageQueue } from './queue.ts'
import { Redeliveries } from './redeliveries.ts'
import { StoredAges } from './stored-ages.ts'
import { Envelopes, hasDeadline, storedFrom, storedOf, type Stored } from './stored.ts'

/** What a message is taken for before any has been read. */
const FIRST_MEAN_BYTES = 64 * 1024
/** Looked at when one that has failed back is read again: others near to it may have as well. */
const AGAIN_AT_ONCE = 1000

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
  readonly #owner: ReaderOwner
  readonly #commits: Commits
  readonly #envelopes: Envelopes
  /** The next message to read, and the first that isn't confirmed. */
  #next: number
  #end: number
  #isReading = false
  /** What has failed back and what is new take turns. */
  #isTurnOfNew = false
  /** Messages to read at once: more, while they are delivered as fast as they come; and what one of the last read weighs. */
  #size = 1
  #meanBytes = FIRST_MEAN_BYTES
  #failures = 0
  readonly #again: Redeliveries
  readonly #ages = new StoredAges()
  #hasEnded = false

  constructor(owner: ReaderOwner, settled: Settled) {
    const { scheduler } = owner.host
    this.name = owner.name
    this.#owner = owner
    this.#again = new Redeliveries(scheduler.env, () => owner.wake())
    this.#envelopes = new Envelopes(new Group(this, scheduler.now))
    this.#next = settled.below
    this.#end = owner.store.next
    this.#commits = new Commits({ env: scheduler.env, store: owner.store }, settled, {
      failed: (error) => owner.story.inTrouble('commit', error),
      committed: () => {
        owner.story.inTrouble('commit', undefined)
        owner.wake()
      },
    })
  }

  /** Stored messages that are not in memory. */
  get unread(): number {
    return this.#end - this.#next
  }

  /** When the oldest was stored that has no outcome; ms since 1970. undefined where there is none, or it was never read. */
  get oldestAt(): number | undefined {
    const { below } = this.#commits
    return below < this.#end ? this.#ages.of(below) : undefined
  }

  /** Nothing is left to deliver, but for what has failed back. */
  get isAtTail(): boolean {
    return this.unread === 0 && this.ready.length === 0
  }

  /** The same, and nothing that has failed back will come again. What is still out may; then it is for the next start. */
  get isOver(): boolean {
    return this.isAtTail && this.#again.isEmpty
  }

  /** Nothing comes any more, or comes again, before what is out has an outcome. */
  get isOnlyOut(): boolean {
    return this.isAtTail && this.out > 0 && this.#again.waiting === 0
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
    this.#ages.note(first, this.#owner.host.scheduler.date)
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
    if (this.#isReading || this.#hasEnded || room <= 0 || this.#again.isPausing) return
    const { due } = this.#again
    const hasNew = this.unread > 0 && this.ready.length < room
    if (due !== undefined && !(hasNew && this.#isTurnOfNew)) {
      this.#isTurnOfNew = true
      this.#read(due, AGAIN_AT_ONCE)
    } else if (hasNew) {
      this.#isTurnOfNew = false
      const { messages, bytes } = this.#owner.mostReady
      const most = Math.min(Math.max(room, this.#size), messages) - this.ready.length
      this.#read(this.#next, Math.max(1, Math.min(most, Math.floor((bytes - this.ready.bytes) / this.#meanBytes))))
    }
  }

  acked(messages: readonly Message[], from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const message = messages[index] as Stored
      if (hasFailedParts(message)) this.#failedBack(message, 'acked')
      else this.#settled(message)
    }
  }

  ended(message: Message, { outcome }: Verdict): void {
    if (outcome === 'failed' || hasFailedParts(message)) this.#failedBack(message as Stored, outcome)
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
    const { number } = message
    this.out--
    this.#commits.add(number, this.#again.of(number)?.parts ?? partCount(message))
    this.#again.ended(number)
    if (this.out === 0) this.#owner.wake()
  }

  /** What fails back is delivered again, after a pause: it was acknowledged, and there is nobody else to give it to. */
  #failedBack(message: Stored, outcome: Verdict['outcome']): void {
    if (this.#hasEnded) return
    this.out--
    if (this.#owner.isFinished || this.#owner.hasPassedLast) return this.#owner.wake() // For the next start.
    const { number } = message
    const before = this.#again.of(number)
    const places = failedAmong(before?.places, message, outcome)
    this.#again.failed({ number, places, parts: before?.parts ?? partCount(message) })
    this.#owner.counters.add('redelivered', 1)
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
    if (this.#failures > 0) this.#owner.story.inTrouble('read', undefined)
    this.#failures = 0
    for (const range of lost) giveUpLost(range, this.#owner, this.#commits)
    if (this.#again.of(from) !== undefined) this.#redeliver(from, messages)
    else {
      this.#next = Math.max(next, from + 1)
      for (const { number, storedAt } of messages) this.#ages.note(number, storedAt)
      this.ready.push(freshOf(messages, this.#owner, this.#commits).map((stored) => this.#made(stored)))
      if (this.#size < messages.length * 2) this.#size = messages.length * 2
      this.#meanBytes = Math.max(1, this.ready.bytes / Math.max(1, this.ready.length))
    }
    this.#owner.wake()
  }

  /** What has failed near to the one that is due, and is due as well, goes on with it. */
  #redeliver(number: number, messages: readonly StoredMessage[]): void {
    const again: Message[] = []
    for (const stored of messages) {
      const failed = this.#again.goes(stored.number)
      if (failed === undefined) continue
      again.push(this.#made(onlyParts({ ...stored, attempt: stored.attempt + failed.times }, failed.places)))
    }
    if (messages[0]?.number !== number) this.#again.ended(number) // It is lost, and counted.
    this.ready.unshift(again)
  }

  #made(stored: StoredMessage): Message {
    if (hasDeadline(stored)) this.#owner.host.deadlines.isUsed = true
    return storedFrom(stored, this.#envelopes.from(stored))
  }

  #unreadable(error: Error): void {
    if (this.#hasEnded) return
    this.#isReading = false
    this.#again.retryAfter(++this.#failures)
    this.#owner.story.inTrouble('read', error)
  }
}
