import { setMaxListeners } from 'node:events'
import type { IngressQueue, MessageDetails, ProducerContext, Receipt } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { componentError } from '../component-errors.ts'
import { Burst } from './burst.ts'
import { OpenTicket, outcomeOf, type Ticket } from './ticket.ts'

/** What a feed may keep at most. */
export interface FeedLimits {
  readonly queue: IngressQueue
  /** Pushes that wait for room. */
  readonly waiting: number
}

/** Why nothing is taken. */
const REFUSALS = {
  SLUICE_QUEUE_NOT_STARTED: 'the pipeline that this queue feeds has not started',
  SLUICE_QUEUE_ENDED: 'this queue has been ended',
  SLUICE_QUEUE_STOPPED: 'the pipeline that this queue feeds is stopping or has stopped',
} as const

type Refusal = keyof typeof REFUSALS

interface Waiter {
  readonly burst: Burst
  resolve(): void
  reject(error: unknown): void
}

/** What is refused for good is counted here, and what waits isn't refused. */
const WAITS = { waits: true }

/** How code feeds one run of a pipeline. */
export class FeedRun {
  readonly #context: ProducerContext
  readonly #limits: FeedLimits
  /** First in, first out; while there are any, nothing goes past them. */
  readonly #waiting = new Set<Waiter>()
  readonly #tickets = new Map<Message, OpenTicket>()
  /** Messages that were taken and have no outcome yet. */
  #unsettled = 0
  #refusal: Refusal | undefined = 'SLUICE_QUEUE_NOT_STARTED'

  constructor(context: ProducerContext, limits: FeedLimits) {
    this.#context = context
    this.#limits = limits
  }

  open(): void {
    this.#refusal = undefined
  }

  message(data: unknown, details: MessageDetails | undefined): Message {
    return this.#context.message(data, details)
  }

  offer(data: unknown, details: MessageDetails | undefined): boolean {
    this.#mustBeOpen()
    // Nothing overtakes those who wait.
    if (this.#waiting.size === 0 && this.#emit([this.message(data, details)]) === 1) return true
    this.#context.metrics.add('rejected')
    return false
  }

  /** @returns how many were taken, from the first on. */
  offerMany(burst: Burst): number {
    this.#mustBeOpen()
    if (this.#waiting.size === 0) this.#advance(burst)
    if (!burst.isOver) this.#context.metrics.add('rejected', burst.length - burst.taken)
    return burst.taken
  }

  async push(data: unknown, details: MessageDetails | undefined, signal: AbortSignal | undefined): Promise<Ticket> {
    this.#mustBeOpen()
    const message = this.message(data, details)
    const ticket = new OpenTicket()
    this.#tickets.set(message, ticket)
    try {
      await this.#admit(new Burst(1, () => message), signal)
    } catch (error) {
      this.#tickets.delete(message)
      throw error
    }
    return ticket
  }

  async pushMany(burst: Burst, signal: AbortSignal | undefined): Promise<void> {
    this.#mustBeOpen()
    await this.#admit(burst, signal)
  }

  /** There is room again. */
  room(): void {
    for (const waiter of this.#waiting) {
      try {
        if (!this.#hasAdmitted(waiter.burst)) return
        waiter.resolve()
      } catch (error) {
        waiter.reject(error)
      }
      this.#waiting.delete(waiter)
    }
    if (this.#refusal === 'SLUICE_QUEUE_ENDED') this.#context.end()
  }

  settle(receipts: readonly Receipt[]): void {
    this.#unsettled -= receipts.length
    if (this.#tickets.size === 0) return
    for (const receipt of receipts) {
      const ticket = this.#tickets.get(receipt.message)
      if (ticket === undefined) continue
      this.#tickets.delete(receipt.message)
      ticket.settle(outcomeOf(receipt))
    }
  }

  /** What waits still goes in; nothing more comes. */
  end(): void {
    if (this.#refusal === 'SLUICE_QUEUE_NOT_STARTED') this.#mustBeOpen()
    if (this.#refusal !== undefined) return
    this.#refusal = 'SLUICE_QUEUE_ENDED'
    if (this.#waiting.size === 0) this.#context.end()
  }

  /** The pipeline stops: nothing more is taken. */
  drain(): void {
    this.#refusal ??= 'SLUICE_QUEUE_STOPPED'
    for (const waiter of this.#waiting) waiter.reject(refused('SLUICE_QUEUE_STOPPED', waiter.burst))
    this.#waiting.clear()
  }

  /** Nobody will tell what becomes of messages that have no outcome now. */
  stop(): void {
    this.drain()
    for (const ticket of this.#tickets.values()) {
      ticket.settle({ outcome: 'failed', error: new SluiceError('SLUICE_PIPELINE_STOPPED') })
    }
    this.#tickets.clear()
  }

  #mustBeOpen(): void {
    if (this.#refusal !== undefined) throw refused(this.#refusal)
  }

  async #admit(burst: Burst, signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#waiting.size === 0 && this.#hasAdmitted(burst)) return
    if (this.#waiting.size >= this.#limits.waiting) {
      const text = `the queue is full, and ${this.#waiting.size} pushes wait for room already`
      throw componentError('SLUICE_QUEUE_FULL', text + takenOf(burst))
    }
    await new Promise<void>((resolve, reject) => this.#wait({ burst, resolve, reject }, signal))
  }

  #wait({ burst, resolve, reject }: Waiter, signal: AbortSignal | undefined): void {
    const abort = (): void => {
      this.#waiting.delete(waiter)
      reject(signal?.reason)
      this.room() // Who stood behind it may need less.
    }
    const leave = <A extends unknown[]>(how: (...args: A) => void) => {
      return (...args: A): void => {
        signal?.removeEventListener('abort', abort)
        how(...args)
      }
    }
    const waiter: Waiter = { burst, resolve: leave(resolve), reject: leave(reject) }
    // One signal may end any number of waits: that is no leak, of which Node would warn.
    if (signal instanceof EventTarget) setMaxListeners(0, signal)
    signal?.addEventListener('abort', abort, { once: true })
    this.#waiting.add(waiter)
  }

  /** Lets in what there is room for. @returns whether that was all. @throws SLUICE_QUEUE_TOO_LARGE */
  #hasAdmitted(burst: Burst): boolean {
    const refusedMessage = this.#advance(burst)
    if (refusedMessage !== undefined) this.#mustFit(refusedMessage)
    return refusedMessage === undefined
  }

  /** @returns the first message that there was no room for. */
  #advance(burst: Burst): Message | undefined {
    while (!burst.isOver) {
      const chunk = burst.chunk()
      const taken = this.#emit(chunk)
      burst.took(taken)
      if (taken < chunk.length) return chunk[taken]
    }
    return undefined
  }

  #emit(messages: readonly Message[]): number {
    const taken = this.#context.emit(messages, WAITS)
    this.#unsettled += taken
    return taken
  }

  /** @throws SLUICE_QUEUE_TOO_LARGE where there will never be room for a message that was refused. */
  #mustFit({ sizeBytes }: Message): void {
    const { bytes, whenFull } = this.#limits.queue
    const isBeyondQueue = whenFull === 'reject' && sizeBytes > bytes
    const isAlone = this.#unsettled === 0 && this.#context.hasRoom({ messages: 1, bytes: 0 })
    if (!isBeyondQueue && !isAlone) return
    const most = isBeyondQueue ? `the queue, which holds ${bytes}` : 'what may be without an outcome'
    throw componentError('SLUICE_QUEUE_TOO_LARGE', `a message of ${sizeBytes} bytes is larger than ${most}`)
  }
}

export function refused(code: Refusal, burst?: Burst): SluiceError {
  return componentError(code, REFUSALS[code] + (burst === undefined ? '' : takenOf(burst)))
}

function takenOf({ taken, length }: Burst): string {
  return length === 1 ? '' : `; ${taken} of ${length} messages were taken`
}
