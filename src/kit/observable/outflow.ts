import type { HandleConsumer, WorkerContext } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { MessageQueue } from '../../core/queue.ts'
import { componentError } from '../component-errors.ts'
import { Emitter, mapped, type Signal } from './signal.ts'

/** `request`: what nobody has requested waits. `latest`: of what nobody has requested the newest is kept. */
export type OutflowMode = 'request' | 'latest'

/**
 * Where code takes messages from a pipeline, as many as it requests. All who have subscribed get the same; there is one
 * demand for all of them.
 */
export interface Outflow<T> {
  /** The data of what comes. */
  readonly values$: Signal<T>
  readonly messages$: Signal<Message<T>>
  /**
   * Asks for so many more messages, also from within `next`, and before there is anything to take; `Infinity` for all.
   *
   * @throws RangeError for what is no count
   */
  request(count?: number): void
}

/** What joins an outflow to the runs of its pipeline, of which there is one at a time. */
export interface OutflowSocket {
  /** The handlers of a run; opening it throws SLUICE_OBSERVABLE_IN_USE while there is another one. */
  connect(context: WorkerContext, mode: OutflowMode): HandleConsumer
}

class Socket implements OutflowSocket {
  readonly emitter = new Emitter<Message>({ observed: (isObserved) => isObserved && this.#run?.give() })
  /** Requested and not yet given. */
  demand = 0
  #run: OutflowRun | undefined

  connect(context: WorkerContext, mode: OutflowMode): HandleConsumer {
    const run = new OutflowRun(this, context, mode)
    return {
      open: () => this.#plug(run),
      handle: (messages) => run.take(messages),
      flush: (reason) => (reason === 'pressure' ? undefined : run.flush(reason !== 'flush')),
      stop: () => this.#unplug(run),
    }
  }

  request(count = 1): void {
    if (count !== Infinity && !(Number.isSafeInteger(count) && count > 0))
      throw new RangeError(`a count of messages, or Infinity, can be requested, not ${String(count)}`)
    this.demand += count
    this.#run?.give()
  }

  #plug(run: OutflowRun): void {
    if (this.#run !== undefined)
      throw componentError('SLUICE_OBSERVABLE_IN_USE', 'another running pipeline or node gives to this observable')
    this.#run = run
  }

  #unplug(run: OutflowRun): void {
    run.stop()
    if (this.#run === run) this.#run = undefined
  }
}

/** What one run of a node has to give. */
class OutflowRun {
  readonly #socket: Socket
  readonly #context: WorkerContext
  readonly #mode: OutflowMode
  /** Held, oldest first. */
  readonly #waiting = new MessageQueue()
  #isGiving = false
  #isStopped = false
  /** Nothing more will come. */
  #isLast = false
  #emptied: (() => void) | undefined

  constructor(socket: Socket, context: WorkerContext, mode: OutflowMode) {
    this.#socket = socket
    this.#context = context
    this.#mode = mode
  }

  take(messages: readonly Message[]): void {
    this.#context.hold(messages)
    this.#waiting.push([...messages])
    this.give()
  }

  /** Gives what has been requested. What is requested meanwhile is given by the same loop, so that no stack grows. */
  give(): void {
    if (this.#isGiving || this.#isStopped) return
    this.#isGiving = true
    const socket = this.#socket
    const acked: Message[] = []
    this.#supersede()
    while (this.#waiting.length > 0 && socket.demand > 0 && socket.emitter.isObserved && !this.#isStopped) {
      const message = this.#waiting.shift()
      socket.demand--
      const [thrown] = socket.emitter.next(message)
      if (thrown === undefined) acked.push(message)
      else if (!this.#isStopped) this.#context.fail(message, asError(thrown))
    }
    this.#isGiving = false
    // What was given when the node stopped comes again, if it does.
    if (this.#isStopped) return
    if (acked.length > 0) this.#context.ack(acked)
    this.#supersede()
    if (this.#waiting.length === 0) this.#emptied?.()
  }

  /** Resolves when nothing is held any more: what has to be requested waits for that, what may be dropped is. */
  flush(isLast: boolean): Promise<void> | undefined {
    this.#isLast = isLast
    if (this.#mode === 'latest')
      for (const message of this.#waiting.drain()) this.#context.drop(message, 'not-requested')
    if (this.#waiting.length === 0) return undefined
    return new Promise((resolve) => (this.#emptied = resolve))
  }

  stop(): void {
    this.#isStopped = true
    if (this.#isLast && this.#waiting.length === 0) this.#socket.emitter.complete({ again: true })
    this.#waiting.drain()
  }

  /** With `latest` there are as many as were requested, and one for the next who asks. */
  #supersede(): void {
    if (this.#mode !== 'latest') return
    const most = Math.max(1, this.#socket.demand)
    while (this.#waiting.length > most) this.#context.drop(this.#waiting.shift(), 'superseded')
  }
}

export function isOutflowSocket(value: unknown): value is OutflowSocket {
  return value instanceof Socket
}

/** The functions of an outflow don't need it, so that one of them can be handed on. */
export function createOutflow<T>(): { readonly socket: OutflowSocket; readonly outflow: Outflow<T> } {
  const socket = new Socket()
  const messages$ = socket.emitter as unknown as Signal<Message<T>>
  return {
    socket,
    outflow: {
      messages$,
      values$: mapped(messages$, ({ data }) => data),
      request: (count) => socket.request(count),
    },
  }
}
