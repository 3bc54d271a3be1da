import type { AsyncPump } from './async-pump.ts'
import { boundedBytes, type Edge } from './edge.ts'
import { kindOf } from './errors.ts'
import { FREE, THROWN, type Message } from './message.ts'
import type { WorkerBase } from './worker-base.ts'

/** Messages that are not handled, and what they count on their edge. */
interface Share {
  readonly count: number
  readonly bytes: number
}

const NOTHING: Share = { count: 0, bytes: 0 }

/** What threw at a node that answers at once: it is decided on, and tried again, beside the others (A3). */
export class Setbacks {
  readonly #worker: WorkerBase
  readonly #aside: () => AsyncPump
  /** Messages that threw in this turn, and which calls of the node they were. */
  #failed: { readonly message: Message; readonly data: unknown; readonly error: unknown; readonly turn: number }[] = []

  constructor(worker: WorkerBase, aside: () => AsyncPump) {
    this.#worker = worker
    this.#aside = aside
  }

  /** Whether it is worth asking what becomes of a call that threw: mostly it is not, and its message fails. */
  mayTryAgain(error: unknown, messages = 1): boolean {
    const { plan } = this.#worker
    const isPlace = kindOf(error) === 'place'
    if (plan.holds) return isPlace
    return isPlace || messages > 1 || plan.retry.attempts > 1 || plan.component.io
  }

  /** @param index its place among the messages of the turn. @returns whether what follows has to wait for it. */
  threw(message: Message, error: unknown, index: number): boolean {
    const { plan, calls } = this.#worker
    message.stamp = THROWN
    this.#failed.push({ message, data: message.data, error, turn: calls + index })
    return plan.order === 'input' || (plan.order === 'key' && message.key !== undefined)
  }

  /** A message that was refused turns out to be in a call that goes on. @returns what it was refused with. */
  withdraw(message: Message): { readonly error: unknown } | undefined {
    const refused = this.#failed.find((each) => each.message === message)
    if (refused !== undefined) this.#failed = this.#failed.filter((each) => each !== refused)
    return refused
  }

  /** Hands on what threw. @returns what is not handled by that. */
  board(edge: Edge): Share {
    const failed = this.#failed
    if (failed.length === 0) return NOTHING
    this.#failed = []
    const aside = this.#aside()
    for (const { message, data, error, turn } of failed) {
      const flight = aside.slots.spare()
      message.stamp = FREE
      message.data = data // What a handler returned that had refused it is nothing.
      flight.begin(FREE, [message], edge)
      flight.sequence = turn
      flight.turn = turn
      flight.bytes = boundedBytes(edge, flight.messages)
      aside.boarding.failed(flight, error)
    }
    const messages = failed.map(({ message }) => message)
    return { count: messages.length, bytes: boundedBytes(edge, messages) }
  }
}
