import { adopt, Call, isThenable } from './call.ts'
import { Circuit } from './circuit.ts'
import { isConnectionError } from './connection-error.ts'
import type { Timer } from './env.ts'
import { asError, retryAfterOf, SluiceError } from './errors.ts'
import type { Message } from './message.ts'
import type { Node } from './node.ts'

/** Between tries to ask a component that can't reach what it reads from; ms. */
const BACKOFF = { initialMs: 500, maxMs: 10_000 }

/** A component that makes messages when asked. */
export interface Asked {
  handleDemand(count: number, call: Call): unknown
}

/** What asking needs of its producer. */
interface Asker extends Node {
  /** What was asked for has come, or nothing. @throws what is wrong with it. */
  arrived(messages: Message[]): void
}

/** Asks a producer's component for messages, one call at a time (D6). */
export class Asking {
  /** Whether what the component reads from works (A3). */
  readonly circuit: Circuit
  readonly #producer: Asker
  #call: Call | undefined
  /** Used again as long as answers come at once. */
  #spareCall = new Call()
  #timer: Timer | undefined
  /** Nothing more is wanted: a call that fails now has been told so. */
  #isAborted = false

  constructor(producer: Asker) {
    const { env } = producer.host.scheduler
    this.#producer = producer
    this.circuit = new Circuit(
      BACKOFF,
      () => env.random(),
      (change) => producer.circuitChanged(change),
    )
  }

  get isUnderWay(): boolean {
    return this.#call !== undefined
  }

  /** A call that was told that nothing more is wanted is waited for; before, it is as good as an idle source. */
  get hook(): 'handleDemand' | undefined {
    return this.#isAborted && this.#call !== undefined ? 'handleDemand' : undefined
  }

  /** Whether it may be asked now. */
  get isReady(): boolean {
    const { circuit } = this
    return this.#call === undefined && (circuit.isClosed || this.#producer.host.scheduler.now >= circuit.retryAt)
  }

  ask(component: Asked, count: number): void {
    const call = this.#spareCall
    this.#call = call
    try {
      const answer = component.handleDemand(count, call)
      if (isThenable(answer)) this.#wait(call, answer)
      else this.#answered(call, answer)
    } catch (error) {
      this.#failed(call, error)
    }
  }

  /** Tells a call under way that nothing more is wanted; what it gives is still taken. */
  abort(): void {
    this.#isAborted = true
    this.#call?.abort(new SluiceError('SLUICE_PIPELINE_STOPPED'))
  }

  /** The same, and what it gives is not taken any more. */
  leave(): void {
    this.abort()
    this.#call = undefined
  }

  close(): void {
    this.#timer?.cancel()
  }

  #wait(call: Call, answer: PromiseLike<unknown>): void {
    this.#spareCall = new Call()
    const answered = (value: unknown): void => {
      try {
        this.#answered(call, value)
      } catch (error) {
        this.#failed(call, error)
      }
    }
    adopt(answer, answered, (error) => this.#failed(call, error))
  }

  #answered(call: Call, answer: unknown): void {
    if (this.#call !== call) return
    const { circuit } = this
    if (!circuit.isClosed) circuit.close(this.#producer.host.scheduler.now)
    this.#producer.arrived(Array.isArray(answer) ? (answer as Message[]) : []) // If this throws, it isn't asked again.
    this.#call = undefined
  }

  /** What can't be reached is asked again; of any other throw nobody can tell what has become of its messages. */
  #failed(call: Call, thrown: unknown): void {
    if (this.#call !== call) return
    const producer = this.#producer
    if (this.#isAborted) {
      this.#call = undefined
      return producer.wake()
    }
    const error = asError(thrown)
    if (!isOutage(error)) return producer.host.fail(producer, error)
    this.#call = undefined
    this.circuit.open(producer.host.scheduler.now, error, retryAfterOf(error))
    this.#wakeWhenDue()
    producer.wake()
  }

  /** A timer may fire a little early, and nothing else would wake the producer then. */
  #wakeWhenDue(): void {
    const { scheduler } = this.#producer.host
    const leftMs = this.circuit.retryAt - scheduler.now
    if (leftMs > 0) this.#timer = scheduler.env.after(leftMs, () => this.#wakeWhenDue())
    else this.#producer.wake()
  }
}

/** Errors of ours say whose fault they are; others may come from a connection. */
function isOutage(error: Error): boolean {
  return error instanceof SluiceError ? error.kind === 'place' : isConnectionError(error)
}
