import { isThenable } from './call.ts'
import { boundedBytes, type Edge } from './edge.ts'
import { Expansion } from './expansion.ts'
import type { Flight } from './flight.ts'
import type { InHand } from './in-hand.ts'
import type { Message } from './message.ts'
import type { WorkerBase } from './worker-base.ts'

/** What splitting needs of the pump. */
export interface SplittingOwner {
  /** The handler of `messages[reached]` is asynchronous. */
  leave(
    messages: Message[],
    reached: number,
    cause: { readonly edge: Edge; readonly answer: PromiseLike<unknown> },
  ): void
  /** @returns whether what follows has to wait for it. */
  threw(message: Message, error: unknown, index: number): boolean
  /** Those that threw are tried again: they are not handled. @returns how many, and what they count on the edge. */
  boardFailed(edge: Edge): { readonly count: number; readonly bytes: number }
}

/** `flatMap` that answers at once: messages are taken as long as their children can be passed on (D4). */
export class Splitting {
  readonly #worker: WorkerBase
  readonly #inHand: InHand
  readonly #owner: SplittingOwner
  readonly #single: Message[] = []
  /** Children per message, as of late, so that a turn takes what it can pass on. */
  #ratio = 1

  constructor(worker: WorkerBase, inHand: InHand, owner: SplittingOwner) {
    this.#worker = worker
    this.#inHand = inHand
    this.#owner = owner
  }

  /** How many messages may become `room` messages. */
  fitting(room: number): number {
    return Math.max(1, Math.floor(room / this.#ratio))
  }

  /** @returns whether the turn can go on. */
  run(messages: Message[], edge: Edge, flight: Flight): boolean {
    const worker = this.#worker
    const out: Message[] = []
    const room = worker.intake
    let index = 0
    let end: 'async' | 'iterable' | 'thrown' | undefined
    this.#inHand.begin(messages, edge)
    while (index < messages.length && out.length < room && end === undefined) {
      flight.messages = this.#single
      this.#single[0] = messages[index]!
      end = this.#split(messages[index]!, { edge, flight, out, index })
      index++
    }
    this.#inHand.end()
    worker.pass(out)
    // What was shed while these were taken may have filled the letters: then none was split.
    if (index > 0) this.#ratio = (this.#ratio + out.length / index) / 2
    const done = end === undefined || end === 'thrown' ? index : index - 1
    const failed = this.#owner.boardFailed(edge)
    worker.calls += done
    if (done > 0) edge.handled(done - failed.count, boundedBytes(edge, messages.slice(0, done)) - failed.bytes)
    if (end === 'async') this.#owner.leave(messages, index - 1, { edge, answer: flight.answer as PromiseLike<unknown> })
    else worker.putBack(edge, messages.slice(index))
    if (end === undefined && index === messages.length) return true
    if (worker.intake > 0) worker.wake() // A splitter that threw, or a drop, has left room that nobody will ask for.
    return false
  }

  #split(
    message: Message,
    { edge, flight, out, index }: { edge: Edge; flight: Flight; out: Message[]; index: number },
  ): 'async' | 'iterable' | 'thrown' | undefined {
    const worker = this.#worker
    flight.call.reset(message.envelope.attempt)
    try {
      const answer = worker.shape!.call(flight)
      if (isThenable(answer)) {
        flight.answer = answer
        return 'async'
      }
      const values = worker.shape!.finish(flight, answer, out)
      if (values === undefined) return undefined
      worker.expansion = new Expansion(message, values, { edge, bytes: boundedBytes(edge, [message]), hasCredit: true })
      worker.wake()
      return 'iterable'
    } catch (error) {
      return this.#owner.threw(message, error, index) ? 'thrown' : undefined
    }
  }
}
