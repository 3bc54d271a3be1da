import { isThenable } from './call.ts'
import { boundedBytes, type Edge } from './edge.ts'
import { Expansion } from './expansion.ts'
import type { Flight } from './flight.ts'
import type { InHand } from './in-hand.ts'
import { THROWN, type Message } from './message.ts'
import type { ArrayOwner } from './looping.ts'
import type { Setbacks } from './setbacks.ts'
import type { WorkerBase } from './worker-base.ts'

/** `flatMap` that answers at once: messages are taken as long as their children can be passed on (D4). */
export class Splitting {
  readonly #worker: WorkerBase
  readonly #inHand: InHand
  readonly #setbacks: Setbacks
  readonly #owner: ArrayOwner
  readonly #single: Message[] = []
  /** Children per message, as of late, so that a turn takes what it can pass on. */
  #ratio = 1

  constructor(
    worker: WorkerBase,
    { inHand, setbacks }: { readonly inHand: InHand; readonly setbacks: Setbacks },
    owner: ArrayOwner,
  ) {
    this.#worker = worker
    this.#inHand = inHand
    this.#setbacks = setbacks
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
    this.#inHand.begin(messages)
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
    const refusal = end === 'async' ? this.#setbacks.withdraw(messages[index - 1]!) : undefined
    const failed = this.#setbacks.board(edge)
    worker.calls += done
    if (done > failed.count) worker.recovery?.answered({ turn: worker.calls, isProbe: false })
    if (done > 0) edge.handled(done - failed.count, boundedBytes(edge, messages.slice(0, done)) - failed.bytes)
    worker.putBack(edge, messages.slice(index))
    if (end === 'async') {
      const answer = flight.answer as PromiseLike<unknown>
      this.#owner.await({ message: messages[index - 1]!, edge, answer, refusal })
    }
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
      if (message.stamp === THROWN) return 'thrown' // By the verb: what follows may have to wait for it.
      if (values === undefined) return undefined
      worker.expansion = new Expansion(message, values, { edge, bytes: boundedBytes(edge, [message]), hasCredit: true })
      worker.wake()
      return 'iterable'
    } catch (error) {
      return this.#owner.threw(message, error, index) ? 'thrown' : undefined
    }
  }
}
