import type { CallInfo, ProducerContext, Receipt, ReceiptProducerHandlers } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'
import { asError, kindOf, SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { utf8Text } from '../../kit/utf8.ts'
import { Bell } from '../../kit/bell.ts'
import { decode, invalid, isDoubtful, type Entry, type Reading } from './entry.ts'
import { isBehind } from './entry-id.ts'
import { isGroupGone } from './errors.ts'
import { FailedEntries } from './failed-entries.ts'
import { COMES_AGAIN, LONGEST_BLOCK_MS, StreamGroup, WAS_DELETED, IS_DEAD, type GroupOptions } from './group.ts'
import { InFlight } from './in-flight.ts'
import { Insistence } from './insistence.ts'

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
  readonly #failed: FailedEntries
  readonly #insistence: Insistence
  readonly #bell = new Bell()
  /** Behind which entries of this consumer may be that it doesn't know of. */
  #unknownFrom: string | undefined = '0-0'
  /** The last one that was new. */
  #last = '0-0'
  #takeOverFrom = '0-0'
  #takeOverAt = 0
  #renewal: Timer | undefined
  #isWaiting = false
  #isStopped = false

  constructor(options: SourceOptions, context: ProducerContext, consumer: string) {
    this.#options = options
    this.#context = context
    this.#group = new StreamGroup(options, consumer, context.log)
    this.#failed = new FailedEntries(context, () => this.#wake())
    this.#insistence = new Insistence(context)
  }

  async open(): Promise<void> {
    try {
      this.#last = await this.#group.open()
    } catch (error) {
      await this.#group.close()
      throw error
    }
    this.#takeOverAt = this.#context.clock.now()
  }

  async handleDemand(count: number, { signal }: CallInfo): Promise<readonly Message[]> {
    const aborted = (): void => this.#wake()
    signal.addEventListener('abort', aborted)
    try {
      while (!signal.aborted && !this.#isStopped) {
        const messages = await this.#messages(await this.#next(count, signal))
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
      const id = this.#inFlight.ended(receipt.message)
      if (id === undefined) continue
      acked.push(id)
      if (receipt.message.attempt > 1) counted.push(id)
      if (!this.#failed.isEmpty) this.#failed.ended(id)
    }
    if (failed.length > 0) await this.#fail(failed)
    if (acked.length > 0) await this.#insistence.until('acknowledge', () => this.#group.ack(acked, counted))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#failed.end()
    this.#insistence.end()
    this.#renewal?.cancel()
    this.#bell.ring()
    await this.#group.close()
  }

  /** Entries to give next; none where nothing has come in time. */
  async #next(count: number, signal: AbortSignal): Promise<readonly Entry[]> {
    if (this.#unknownFrom !== undefined) return await this.#readUnknown(this.#unknownFrom, count)
    if (this.#failed.hasDue) return await this.#readAgain(count)
    if (this.#context.clock.now() >= this.#takeOverAt) {
      const entries = await this.#takeOver(count)
      if (entries.length > 0) return entries
    }
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
    const { clock, log, metrics } = this.#context
    const { next, entries, deleted } = await this.#asked(() => this.#group.takeOver(this.#takeOverFrom, count))
    this.#takeOverFrom = next
    if (next === '0-0') this.#takeOverAt = clock.now() + this.#options.claimAfter / 2
    this.#tellLost(deleted)
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
    const untilTakeOver = this.#takeOverAt - this.#context.clock.now()
    this.#isWaiting = true
    try {
      const blockMs = Math.min(LONGEST_BLOCK_MS, untilTakeOver)
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
      const what = isThere ? `was deleted: what others had and did not acknowledge is lost` : 'was deleted with its stream'
      log.error(`${this.#group.name} ${what}; it is created again, behind ${this.#last}`)
      await this.#group.create(this.#last)
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

  async #messages(entries: readonly Entry[]): Promise<Message[]> {
    const messages: Message[] = []
    const deleted: string[] = []
    for (const [id, fields] of entries) {
      if (fields === null) deleted.push(id)
      else {
        const made = isDoubtful(fields) ? await this.#looked(id, fields) : this.#made(id, fields)
        if (!(made instanceof SluiceError)) messages.push(made)
        else await this.#refuse(id, made)
      }
    }
    this.#tellLost(deleted)
    if (deleted.length > 0) await this.#insistence.until('acknowledge', () => this.#group.ack(deleted, deleted))
    if (!this.#inFlight.isEmpty) this.#renewal ??= this.#renewLater()
    return messages
  }

  #made(id: string, fields: readonly string[]): Message | SluiceError {
    const decoded = decode(fields, this.#options)
    if (decoded instanceof SluiceError) return decoded
    const { data, details } = decoded
    const attempt = this.#failed.failuresOf(id) + 1
    const message = this.#context.message(data, { position: id, attempt, ...details })
    this.#inFlight.given(message, id)
    return message
  }

  /** The same of one whose texts may stand for bytes that are no UTF-8. */
  async #looked(id: string, fields: readonly string[]): Promise<Message | SluiceError> {
    const bytes = await this.#bytesOf(id)
    return bytes.every((each) => utf8Text(each) !== undefined) ? this.#made(id, fields) : invalid('it is not UTF-8')
  }

  /** An entry that is none of ours fails here, with its bytes as its data. */
  async #refuse(id: string, { message: text, cause }: SluiceError): Promise<void> {
    const bytes = await this.#bytesOf(id)
    const pairs = bytes.flatMap((name, at) => (at % 2 === 0 ? [[name.toString('latin1'), bytes[at + 1]!] as const] : []))
    const attempt = this.#failed.failuresOf(id) + 1
    const message = this.#context.message(Object.fromEntries(pairs), { position: id, attempt })
    this.#inFlight.given(message, id)
    this.#context.metrics.add('invalid')
    this.#context.fail(message, invalid(`the entry ${id} of "${this.#options.stream}": ${text}`, cause))
  }

  /** Asked for until there is an answer: what was read with it is not known to anybody else. */
  async #bytesOf(id: string): Promise<readonly Buffer[]> {
    let bytes: readonly Buffer[] | undefined
    await this.#insistence.until('look at an entry', async () => (bytes = await this.#group.bytesOf(id)))
    return bytes ?? []
  }

  /** What has failed by its own fault is counted; what has failed because of a place, or a stop, comes again. */
  async #fail(receipts: readonly Receipt[]): Promise<void> {
    const deliveries = receipts.flatMap(({ message, error }) => {
      const id = this.#inFlight.ended(message)
      if (id === undefined) return []
      const { code = 'SLUICE_HANDLER_THREW', message: text } = asError(error) as Error & { code?: string }
      const isOwn = kindOf(error) === 'message'
      const isDead = code === 'SLUICE_STREAM_ENTRY_INVALID'
      return [{ id, failures: message.attempt - (isOwn ? 0 : 1), isOwn, isDead, code: String(code), text }]
    })
    const counted = deliveries.filter(({ isOwn }) => isOwn)
    const outcomes = await this.#outcomesOf(counted)
    for (const { id, failures, isOwn } of deliveries) {
      const outcome = isOwn ? outcomes[counted.findIndex((each) => each.id === id)] : COMES_AGAIN
      if (outcome === COMES_AGAIN) this.#failed.failed(id, failures)
      else this.#failed.ended(id)
      if (outcome === IS_DEAD) this.#context.metrics.add('dead_letters')
      if (outcome === WAS_DELETED) this.#tellLost([id])
    }
  }

  /** Where it can't be counted it comes again, and is counted then: no message is dead because a place is gone. */
  async #outcomesOf(deliveries: Parameters<StreamGroup['failed']>[0]): Promise<readonly number[]> {
    if (deliveries.length === 0 || this.#isStopped) return deliveries.map(() => COMES_AGAIN)
    try {
      return await this.#group.failed(deliveries)
    } catch (error) {
      this.#context.log.warn(`what has failed could not be counted: ${asError(error).message}`)
      return deliveries.map(() => COMES_AGAIN)
    }
  }

  #tellLost(ids: readonly string[]): void {
    if (ids.length === 0) return
    this.#context.metrics.add('lost', ids.length)
    const named = ids.slice(0, 10).join(', ')
    this.#context.log.error(`entries were deleted from "${this.#options.stream}" before they were delivered: ${named}`, {
      entries: ids.length,
    })
  }

  #renewLater(): Timer {
    return this.#context.clock.after(this.#options.claimAfter / 3, () => void this.#renew())
  }

  async #renew(): Promise<void> {
    try {
      const gone = await this.#group.renew([...this.#inFlight.lasting(), ...this.#failed.waiting])
      for (const id of gone) if (this.#failed.waiting.has(id)) this.#failed.ended(id)
    } catch (error) {
      this.#context.log.warn(`what is in flight could not be renewed: ${asError(error).message}`)
    }
    const isHolding = !this.#inFlight.isEmpty || this.#failed.waiting.size > 0
    this.#renewal = isHolding && !this.#isStopped ? this.#renewLater() : undefined
  }

  #wake(): void {
    this.#bell.ring()
    if (this.#isWaiting) void this.#interrupt()
  }

  async #interrupt(): Promise<void> {
    if (this.#isWaiting) await this.#group.interrupt()
  }
}
