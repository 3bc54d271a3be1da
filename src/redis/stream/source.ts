import type { CallInfo, ProducerContext, Receipt, ReceiptProducerHandlers } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import { worldOf } from '../../core/world.ts'
import type { Message } from '../../core/message.ts'
import { Bell } from '../../kit/bell.ts'
import type { Entry, Reading } from './entry.ts'
import { SourceAckPoint } from './ack-point.ts'
import { isBehind } from './entry-id.ts'
import { isGroupGone } from './errors.ts'
import { FailedEntries } from './failed-entries.ts'
import { Failing } from './failing.ts'
import { LONGEST_BLOCK_MS, StreamGroup } from './group.ts'
import type { GroupOptions } from './group-options.ts'
import { InFlight } from './in-flight.ts'
import { Patience } from '../patience.ts'
import { Reception } from './reception.ts'
import { Renewal } from './renewal.ts'
import { Takeovers } from './takeovers.ts'

export interface SourceOptions extends GroupOptions, Reading {}

/**
 * Reads a stream as one consumer of a group, and acknowledges by outcome. What comes next, in this order: what this
 * consumer has been given and was not told of (before a restart, or because an answer was lost); what has failed and is
 * due; what others have had for too long; what is new.
 */
export class StreamSource implements ReceiptProducerHandlers {
  readonly #options: SourceOptions
  readonly #context: ProducerContext
  readonly #group: StreamGroup
  readonly #inFlight = new InFlight()
  readonly #ackPoint: SourceAckPoint
  readonly #failed: FailedEntries
  readonly #patience: Patience
  readonly #reception: Reception
  readonly #failing: Failing
  readonly #renewal: Renewal
  readonly #takeovers: Takeovers
  readonly #bell = new Bell()
  /** Behind which entries of this consumer may be that it doesn't know of. */
  #unknownFrom: string | undefined = '0-0'
  /** The last one that was new. */
  #last = '0-0'
  #isWaiting = false
  #isStopped = false

  constructor(options: SourceOptions, context: ProducerContext, consumer: string) {
    this.#options = options
    this.#context = context
    this.#group = new StreamGroup(options, consumer, context.log)
    this.#failed = new FailedEntries(context, () => this.#wake())
    this.#patience = new Patience(worldOf(context), context.log)
    const { claimAfter, stream } = options
    this.#takeovers = new Takeovers(this.#group, claimAfter, context.clock)
    const [inFlight, failed, patience] = [this.#inFlight, this.#failed, this.#patience]
    this.#ackPoint = new SourceAckPoint(options, { group: this.#group, inFlight, failed })
    this.#renewal = new Renewal({ group: this.#group, inFlight, failed, claimAfterMs: claimAfter }, context)
    this.#reception = new Reception({
      context,
      reading: options,
      stream,
      group: this.#group,
      inFlight,
      failed,
      patience,
    })
    this.#failing = new Failing({ context, group: this.#group, inFlight, failed, reception: this.#reception })
  }

  async open(): Promise<void> {
    this.#last = await this.#group.open()
    if (!this.#isStopped) this.#ackPoint.open()
  }

  async handleDemand(count: number, { signal }: CallInfo): Promise<readonly Message[]> {
    const aborted = (): void => this.#wake()
    signal.addEventListener('abort', aborted)
    try {
      while (!signal.aborted && !this.#isStopped) {
        const { changes } = this.#ackPoint
        const messages = await this.#reception.messagesOf(await this.#next(count, signal))
        // Nobody knows by which of the groups it came.
        if (changes !== this.#ackPoint.changes) this.#inFlight.groupIsGone()
        this.#renewal.begin()
        if (messages.length > 0) return messages
      }
      return []
    } finally {
      signal.removeEventListener('abort', aborted)
    }
  }

  /** Resolves when the server has confirmed what was delivered, however long that takes, or the node is stopped. */
  async settle(receipts: readonly Receipt[]): Promise<void> {
    const acked: string[] = []
    const counted: string[] = []
    const failed: Receipt[] = []
    for (const receipt of receipts) {
      if (receipt.outcome === 'failed') {
        failed.push(receipt)
        continue
      }
      const isWritten = this.#inFlight.isAcknowledged(receipt.message)
      const id = this.#inFlight.ended(receipt.message)
      if (id === undefined) continue
      if (!isWritten) acked.push(id)
      if (receipt.message.attempt > 1) counted.push(id)
      if (!this.#failed.isEmpty) this.#failed.ended(id)
    }
    if (failed.length > 0) await this.#failing.fail(failed)
    if (acked.length > 0 || (counted.length > 0 && this.#options.deadLetters !== undefined))
      await this.#patience.insist('acknowledge', () => this.#group.ack(acked, counted))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#ackPoint.close()
    this.#failing.end()
    this.#failed.end()
    this.#patience.end()
    this.#renewal.end()
    this.#bell.ring()
    await this.#group.close()
  }

  /** Entries to give next; none where nothing has come in time. */
  async #next(count: number, signal: AbortSignal): Promise<readonly Entry[]> {
    if (this.#unknownFrom !== undefined) return await this.#readUnknown(this.#unknownFrom, count)
    if (this.#failed.hasDue) return await this.#readAgain(count)
    if (this.#takeovers.dueInMs <= 0) {
      const entries = await this.#takeOver(count)
      if (entries.length > 0) return entries
    }
    // Nobody wakes what has not begun to wait.
    if (signal.aborted) return []
    if (!this.#failed.isFull) return await this.#readNew(count)
    await this.#bell.next(signal)
    return []
  }

  async #readUnknown(from: string, count: number): Promise<readonly Entry[]> {
    const entries = await this.#asked(() => this.#group.readOwn(from, count))
    const last = entries.at(-1)?.[0]
    const unheld = await this.#counted(this.#unheld(entries))
    this.#unknownFrom = last
    if (last !== undefined && isBehind(last, this.#last)) this.#last = last
    return unheld
  }

  async #readAgain(count: number): Promise<readonly Entry[]> {
    const ids = this.#failed.takeDue(count)
    try {
      const entries = await this.#group.readAgain(ids)
      const ours = new Set(entries.map(([id]) => id))
      // Somebody else has acknowledged them, or taken them over.
      for (const id of ids) if (!ours.has(id)) this.#failed.ended(id)
      if (entries.length > 0) this.#context.metrics.add('redelivered', entries.length)
      return entries
    } catch (error) {
      this.#failed.putBack(ids)
      throw error
    }
  }

  async #takeOver(count: number): Promise<readonly Entry[]> {
    const { log, metrics } = this.#context
    const { entries, deleted, missed } = await this.#asked(() => this.#takeovers.take(count))
    this.#reception.tellLost(deleted, missed)
    const taken = this.#unheld(entries)
    if (taken.length === 0) return []
    metrics.add('taken_over', taken.length)
    log.info(`took over ${taken.length} entries that were not acknowledged for ${this.#options.claimAfter} ms`)
    try {
      return await this.#counted(taken)
    } catch (error) {
      this.#unknownFrom = '0-0' // They are this consumer's now.
      throw error
    }
  }

  async #readNew(count: number): Promise<readonly Entry[]> {
    this.#isWaiting = true
    try {
      const blockMs = Math.min(LONGEST_BLOCK_MS, this.#takeovers.dueInMs)
      const entries = await this.#asked(() => this.#group.readNew(count, blockMs))
      const last = entries.at(-1)?.[0]
      if (last !== undefined) this.#last = last
      return entries
    } catch (error) {
      // It may have been given to this consumer all the same.
      this.#unknownFrom = this.#last
      if (error instanceof SluiceError && error.code === 'SLUICE_REDIS_CLOSED') return []
      throw error
    } finally {
      this.#isWaiting = false
    }
  }

  /** @throws SLUICE_STREAM_GROUP_MISSING where the group is gone and isn't to be created */
  async #asked<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask()
    } catch (error) {
      if (!isGroupGone(error)) throw error
      if (!this.#options.create) throw this.#group.missing(error)
      const isThere = await this.#group.streamExists()
      if (!isThere) this.#last = '0-0'
      const { log, metrics } = this.#context
      metrics.add('groups_lost')
      const what = isThere
        ? `was deleted: what others had and did not acknowledge is lost`
        : 'was deleted with its stream'
      log.error(`${this.#group.name} ${what}; it is created again, behind ${this.#last}`)
      await this.#ackPoint.createAgain(this.#last)
      return await ask()
    }
  }

  /** With how often each has failed before. */
  async #counted(entries: readonly Entry[]): Promise<readonly Entry[]> {
    const ids = entries.map(([id]) => id)
    const failures = await this.#group.failuresOf(ids)
    for (const [index, id] of ids.entries()) if (failures[index]! > 0) this.#failed.remember(id, failures[index]!)
    return entries
  }

  /** Without what is in flight or waits to come again. */
  #unheld(entries: readonly Entry[]): readonly Entry[] {
    if (entries.length === 0) return entries
    const held = this.#inFlight.ids()
    return entries.filter(([id]) => !held.has(id) && !this.#failed.waiting.has(id))
  }

  #wake(): void {
    this.#bell.ring()
    if (this.#isWaiting) void this.#group.interrupt()
  }
}
