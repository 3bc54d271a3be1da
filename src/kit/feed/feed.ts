import type { MessageDetails, ProducerContext, ReceiptProducerHandlers } from '../../core/component.ts'
import { SluiceError } from '../../core/errors.ts'
import { componentError } from '../component-errors.ts'
import { Burst } from './burst.ts'
import { FeedRun, refused, type FeedLimits } from './run.ts'
import type { Ticket } from './ticket.ts'

/** What may be said of each of many values. */
export type DetailsOf<T> = (value: T, index: number) => MessageDetails | undefined

export interface PushOptions extends MessageDetails {
  /** Ends the wait for room: `push` rejects with its reason. What has been taken stays taken. */
  readonly signal?: AbortSignal
}

export interface PushManyOptions<T> {
  readonly details?: DetailsOf<T>
  /** Ends the wait for room: `pushMany` rejects with its reason. What has been taken stays taken. */
  readonly signal?: AbortSignal
}

/**
 * Where code gives messages to a pipeline, from as many places as it likes, also from handlers of the same pipeline. A
 * message counts with 256 bytes unless `wireBytes` or `sizeBytes` say more: say it where values are large.
 *
 * All of it fails with SLUICE_QUEUE_NOT_STARTED, SLUICE_QUEUE_ENDED or SLUICE_QUEUE_STOPPED where nothing will be taken.
 */
export interface Feed<T> {
  /** @returns at once, whether it was taken; not while the queue is full or pushes wait for room. */
  offer(data: T, details?: MessageDetails): boolean
  /** @returns at once, how many were taken, from the first on. */
  offerMany(values: readonly T[], details?: DetailsOf<T>): number
  /**
   * Waits until there is room; first come, first served. Resolves when the message is admitted: it is in memory, and will
   * have an outcome, which the ticket tells. A handler that waits for room in its own pipeline may wait for itself.
   */
  push(data: T, options?: PushOptions): Promise<Ticket>
  /** Lets values in as there is room, in order; resolves when all are admitted. The array must stay as it is until then. */
  pushMany(values: readonly T[], options?: PushManyOptions<T>): Promise<void>
  /** Nothing more will come: what waits is let in, and the pipeline finishes. */
  end(): void
}

/** What joins a feed to the runs of its pipeline, of which there is one at a time. */
export interface FeedSocket {
  /** The handlers of a run; opening it throws SLUICE_QUEUE_IN_USE while there is another one. */
  connect(context: ProducerContext, limits: FeedLimits): ReceiptProducerHandlers
}

class Socket implements FeedSocket {
  #run: FeedRun | undefined
  #isTaken = false

  connect(context: ProducerContext, limits: FeedLimits): ReceiptProducerHandlers {
    const run = new FeedRun(context, limits)
    return {
      queue: limits.queue,
      open: () => this.#plug(run),
      room: () => run.room(),
      settle: (receipts) => run.settle(receipts),
      drain: () => run.drain(),
      stop: () => this.#unplug(run),
    }
  }

  /** @throws SLUICE_QUEUE_NOT_STARTED */
  get run(): FeedRun {
    if (this.#run === undefined) throw refused('SLUICE_QUEUE_NOT_STARTED')
    return this.#run
  }

  #plug(run: FeedRun): void {
    if (this.#isTaken) throw componentError('SLUICE_QUEUE_IN_USE', 'another running pipeline or node has this queue')
    this.#isTaken = true
    this.#run = run
    run.open()
  }

  #unplug(run: FeedRun): void {
    if (this.#run === run) this.#isTaken = false
    run.stop()
  }
}

export function isFeedSocket(value: unknown): value is FeedSocket {
  return value instanceof Socket
}

/** The functions of a feed don't need it, so that one of them can be handed on. */
export function createFeed<T>(): { readonly socket: FeedSocket; readonly feed: Feed<T> } {
  const socket = new Socket()
  const feed: Feed<T> = {
    offer: (data, details) => socket.run.offer(data, details),
    offerMany: (values, details) => socket.run.offerMany(burstOf(socket.run, values, details)),
    async push(data, options) {
      if (options === undefined) return socket.run.push(data, undefined, undefined)
      const { signal, ...details } = options
      return socket.run.push(data, details, signal)
    },
    async pushMany(values, { details, signal } = {}) {
      return socket.run.pushMany(burstOf(socket.run, values, details), signal)
    },
    end: () => socket.run.end(),
  }
  return { socket, feed }
}

function burstOf<T>(run: FeedRun, values: readonly T[], details: DetailsOf<T> | undefined): Burst {
  mustBeArray(values)
  return new Burst(values.length, (index) => run.message(values[index], details?.(values[index]!, index)))
}

/** Where nobody checks types: a burst of what has no length would never be over. @throws SLUICE_MESSAGE_INVALID */
function mustBeArray(values: unknown): void {
  if (Array.isArray(values)) return
  throw new SluiceError(
    'SLUICE_MESSAGE_INVALID',
    `many messages are made of an array, got a value of type ${typeof values}`,
  )
}
