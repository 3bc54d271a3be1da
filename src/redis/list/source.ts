import type { CallInfo, ProducerContext, Receipt, ReceiptProducerHandlers } from '../../core/component.ts'
import { pauseAfter } from '../../core/backoff.ts'
import type { Timer } from '../../core/env.ts'
import { asError, kindOf, SluiceError } from '../../core/errors.ts'
import { worldOf } from '../../core/world.ts'
import type { Message } from '../../core/message.ts'
import { Bell } from '../../kit/bell.ts'
import { Patience } from '../patience.ts'
import { readText, type TextReading } from '../text.ts'
import { textError } from '../text-errors.ts'
import { FailedTexts, type Failure } from './failed-texts.ts'
import { ListQueue, type QueueOptions } from './queue.ts'

export interface ListSourceOptions extends QueueOptions, TextReading {}

/** A text that was popped and has no outcome. */
interface Popped {
  readonly text: Buffer
  /** In the order of the list. */
  readonly number: number
  readonly times: number
}

interface FailedText extends Popped {
  readonly receipt: Receipt
}

/** Between a failure and the next pop; ms. */
const AGAIN = { initialMs: 100, maxMs: 10_000 }

/** Whether the server may have popped although it has failed. */
const UNKNOWN: ReadonlySet<string> = new Set(['SLUICE_REDIS_TIMED_OUT', 'SLUICE_REDIS_REPLY_LOST'])

/**
 * Pops from the head of a list what is asked for. What was popped is nowhere but here: it is kept until it has its outcome,
 * and pushed back where that is a failure, or nobody takes it any more.
 */
export class ListSource implements ReceiptProducerHandlers {
  readonly #options: ListSourceOptions
  readonly #context: ProducerContext
  readonly #queue: ListQueue
  readonly #patience: Patience
  readonly #popped = new Map<Message, Popped>()
  readonly #failed = new FailedTexts()
  readonly #bell = new Bell()
  readonly #underWay = new Set<Promise<unknown>>()
  #pops = 0
  /** The last pop has found nothing. */
  #isEmpty = false
  /** An answer was lost: a pop that is sent to a server that stands still takes entries when that goes on. */
  #isDoubtful = false
  #pause: Timer | undefined
  /** There is an end to waiting soon. */
  #isDraining = false
  #isStopped = false

  constructor(options: ListSourceOptions, context: ProducerContext) {
    this.#options = options
    this.#context = context
    this.#queue = new ListQueue(options, context.log)
    this.#patience = new Patience(worldOf(context), context.log)
  }

  open(): Promise<void> {
    return this.#queue.open()
  }

  handleDemand(count: number, { signal }: CallInfo): Promise<readonly Message[]> {
    return this.#tracked(this.#take(count, signal))
  }

  /** Resolves when what has failed is back in the list, or with the dead letters, however long that takes, or the node is stopped. */
  async settle(receipts: readonly Receipt[]): Promise<void> {
    const failed: FailedText[] = []
    const dead: FailedText[] = []
    for (const receipt of receipts) {
      const popped = this.#popped.get(receipt.message)
      if (popped === undefined) continue
      this.#popped.delete(receipt.message)
      if (receipt.outcome === 'failed') (this.#isDead(receipt) ? dead : failed).push({ ...popped, receipt })
    }
    for (const each of [failed, dead]) each.sort((one, other) => one.number - other.number)
    await Promise.all([this.#giveBack(failed), this.#bury(dead)])
  }

  async #giveBack(failed: readonly FailedText[]): Promise<void> {
    if (failed.length === 0) return
    // Before they are there: nobody pops what nothing is known of.
    this.#rest(Math.max(...failed.map(({ times }) => times)) + 1)
    for (const { text, times, receipt } of failed) this.#failed.remember(text, failureOf(receipt, times))
    // A pop that waits would take it at once.
    await this.#queue.interrupt()
    await this.#tracked(this.#pushBack(failed.map(({ text }) => text)))
  }

  /** What would fail again for good goes to the dead letters, where there are such; at a stop back, if they can't be stored. */
  async #bury(dead: readonly FailedText[]): Promise<void> {
    if (dead.length === 0) return
    const texts = dead.map(({ text }) => text)
    let isDead = true
    const push = async (): Promise<void> => void (isDead = await this.#queue.pushDead(texts, this.#isDraining))
    if (await this.#tracked(this.#stored('store dead letters', texts, push))) {
      this.#context.metrics.add(isDead ? 'dead_letters' : 'pushed_back', texts.length)
    }
  }

  #isDead({ message, error }: Receipt): boolean {
    const { deadLetters } = this.#options
    if (deadLetters === undefined || kindOf(error) !== 'message') return false
    const isUnreadable = error instanceof SluiceError && error.code === 'SLUICE_LIST_ENTRY_INVALID'
    return isUnreadable || message.attempt >= deadLetters.attempts
  }

  drain(): void {
    this.#isDraining = true
  }

  /** What is under way comes to its end first: what it pops is pushed back. */
  async stop(): Promise<void> {
    this.#isStopped = this.#isDraining = true
    this.#patience.end()
    this.#bell.ring()
    await this.#queue.interrupt()
    await Promise.allSettled(this.#underWay)
    await this.#queue.close()
  }

  async #take(count: number, signal: AbortSignal): Promise<readonly Message[]> {
    const aborted = (): void => void this.#queue.interrupt()
    signal.addEventListener('abort', aborted)
    try {
      while (!signal.aborted && !this.#isStopped) {
        if (this.#pause !== undefined) {
          await this.#bell.next(signal)
          continue
        }
        const texts = await this.#pop(count)
        if (texts.length === 0) continue
        // What has failed was pushed back meanwhile, and may be among them.
        while (this.#pause !== undefined && !signal.aborted && !this.#isStopped) await this.#bell.next(signal)
        if (signal.aborted || this.#isStopped) {
          await this.#pushBack(texts)
          break
        }
        const messages = texts.flatMap((text) => this.#messageOf(text))
        if (messages.length > 0) return messages
      }
      return []
    } finally {
      signal.removeEventListener('abort', aborted)
    }
  }

  async #pop(count: number): Promise<readonly Buffer[]> {
    if (this.#isDoubtful) await this.#queue.ping()
    this.#isDoubtful = false
    try {
      const texts = await (this.#isEmpty ? this.#queue.popOrWait(count) : this.#queue.pop(count))
      this.#isEmpty = texts.length === 0
      return texts
    } catch (error) {
      if (error instanceof SluiceError && UNKNOWN.has(error.code)) this.#tellDoubt(count)
      throw error
    }
  }

  #tellDoubt(count: number): void {
    this.#isDoubtful = true
    const { log, metrics } = this.#context
    metrics.add('answers_lost')
    log.warn(`an answer was lost: what the server has popped for it from "${this.#options.list}" is gone`, {
      entriesAtMost: count,
    })
  }

  /** Nothing for what can't be read: it fails here, with its bytes as its data. */
  #messageOf(text: Buffer): Message[] {
    const { id, failures = 0, times = 0 } = this.#failed.take(text) ?? {}
    const given = { attempt: failures + 1, ...(id === undefined ? {} : { id }) }
    const read = readText(text, this.#options)
    const isRead = read.problem === undefined
    const message = this.#context.message(
      isRead ? read.data : text,
      isRead ? { ...read.details, ...given } : { original: text, ...given },
    )
    this.#popped.set(message, { text, number: ++this.#pops, times })
    if (isRead) return [message]
    this.#context.metrics.add('invalid')
    const what = `an entry of "${this.#options.list}": ${read.problem}`
    this.#context.fail(message, textError('SLUICE_LIST_ENTRY_INVALID', what, read.cause))
    return []
  }

  /** Pops nothing for a while: what has failed is at the head, and would fail again at once. */
  #rest(times: number): void {
    if (this.#isStopped) return
    const { clock, random } = this.#context
    this.#pause?.cancel()
    this.#pause = clock.after(pauseAfter(times, AGAIN, random()), () => {
      this.#pause = undefined
      this.#isEmpty = false
      this.#bell.ring()
    })
  }

  async #pushBack(texts: readonly Buffer[]): Promise<void> {
    const push = (): Promise<void> => this.#queue.pushBack(texts)
    if (await this.#stored('push back', texts, push)) this.#context.metrics.add('pushed_back', texts.length)
  }

  /** @returns whether they are there: at a stop there is one try only */
  async #stored(what: string, texts: readonly Buffer[], push: () => Promise<void>): Promise<boolean> {
    const { log, metrics } = this.#context
    let isThere = false
    const tried = async (): Promise<void> => {
      await push()
      isThere = true
    }
    await this.#patience.insist(what, tried)
    try {
      // It was stopped, and there is no other time to try.
      if (!isThere) await push()
      return true
    } catch (error) {
      metrics.add('lost', texts.length)
      const why = asError(error).message
      log.error(`entries of "${this.#options.list}" could not be pushed back, and are lost: ${why}`, {
        entries: texts.length,
      })
      return false
    }
  }

  #tracked<T>(task: Promise<T>): Promise<T> {
    const ended = task.finally(() => this.#underWay.delete(ended))
    this.#underWay.add(ended)
    return ended
  }
}

/** What fails because of a place, or a stop, is no attempt. */
function failureOf({ message, error }: Receipt, times: number): Failure {
  const isOwn = kindOf(error) === 'message'
  return { id: message.id, failures: message.attempt - (isOwn ? 0 : 1), times: times + 1 }
}
