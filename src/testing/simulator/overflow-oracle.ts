import type { Message } from '../../core/message.ts'
import { Stored } from '../../core/stored.ts'

/** What is true of an overflow, as somebody sees it who stands beside it over all processes of a run. */
export class OverflowOracle {
  /** Messages that were acknowledged to their sender. */
  readonly acked = new Set<string>()
  /** How often the consumer has done its work for each message. */
  readonly handled = new Map<string, number>()
  /** Numbers of stored messages that were handled. */
  readonly #settled = new Set<number>()
  /** Numbers that were committed, and that nobody had: they were dropped. */
  #unhandled = 0
  /** Messages that were dropped on purpose, as all processes have counted them. */
  dropped = 0
  /** The place of each message among those that this process has emitted. */
  readonly #emitted = new Map<string, number>()
  readonly #unsettled = new Set<string>()
  /** Messages that have come once in this process. */
  readonly #seen = new Set<string>()
  #lastEmitted = -1
  #lastNumber = 0
  /** What has a lower number was stored before this process began; it may have been sent again since. */
  #firstOwn = 1
  readonly #violated: (invariant: string, detail: string) => void

  constructor(violated: (invariant: string, detail: string) => void) {
    this.#violated = violated
  }

  /** Another process begins. @param next the number of the first message that it stores. */
  begin(next: number): void {
    this.#firstOwn = next
    this.#emitted.clear()
    this.#unsettled.clear()
    this.#seen.clear()
    this.#lastEmitted = -1
    this.#lastNumber = 0
  }

  emitted(root: string): void {
    this.#emitted.set(root, this.#emitted.size)
    this.#unsettled.add(root)
  }

  ended(root: string, isAcked: boolean): void {
    if (!this.#unsettled.delete(root)) this.#violated('one-outcome', `${root} has ended twice`)
    if (isAcked) this.acked.add(root)
  }

  /** Messages come to a consumer that keeps the order of what comes. */
  cameInOrder(message: Message, root: string): void {
    if (this.#seen.has(root) || message.attempt > 1) return
    this.#seen.add(root)
    if (message instanceof Stored) {
      if (message.number < this.#lastNumber)
        this.#violated('order', `number ${message.number} came after ${this.#lastNumber}`)
      this.#lastNumber = message.number
      if (message.number < this.#firstOwn) {
        if (this.#lastEmitted >= 0) this.#violated('order', `${root}, stored before, came after what was sent later`)
        return
      }
    }
    const place = this.#emitted.get(root)
    if (place === undefined) return
    if (place < this.#lastEmitted) this.#violated('order', `${root} came after what was sent later`)
    this.#lastEmitted = place
  }

  done(message: Message, root: string): void {
    this.handled.set(root, (this.handled.get(root) ?? 0) + 1)
    if (message instanceof Stored) this.#settled.add(message.number)
  }

  /** The store is told that these are settled. */
  committed(from: number, to: number): void {
    for (let number = from; number < to; number++)
      if (!this.#settled.has(number) && ++this.#unhandled > this.dropped)
        this.#violated('committed-means-handled', `${number} is committed, and nobody has it`)
  }

  /** Everything has been let come to its end. */
  finish(roots: readonly string[]): void {
    const missing = roots.filter((root) => !this.handled.has(root))
    for (const root of roots) {
      if (!this.acked.has(root)) this.#violated('nothing-lost', `${root} was never acknowledged`)
    }
    if (missing.length > this.dropped)
      this.#violated('nothing-lost', `${missing.join()} were acknowledged, and nobody has them`)
  }
}
