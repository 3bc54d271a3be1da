import type { Ledger, Outcomes } from './ledger.ts'
import { runHook, type Node } from './node.ts'

/** Tells a producer's component outcomes in bulk, one telling at a time (A1). */
export class Teller {
  /** A telling is under way; its messages still count as unacked. */
  isTelling = false
  readonly #producer: Node & { readonly ledger: Ledger }
  readonly #settle: (outcomes: Outcomes) => unknown

  constructor(producer: Node & { readonly ledger: Ledger }, settle: (outcomes: Outcomes) => unknown) {
    this.#producer = producer
    this.#settle = settle
  }

  tell(): void {
    const { ledger } = this.#producer
    if (this.isTelling || !ledger.hasNews) return
    const outcomes = ledger.take()
    this.isTelling = true
    const told = (): void => {
      this.isTelling = false
      ledger.told(outcomes)
      this.#producer.wake()
    }
    const failed = (error: Error): void => {
      this.#reportFailure(error)
      told()
    }
    runHook(() => this.#settle(outcomes), told, failed)
  }

  /** A `settle` that throws changes no outcome (A10). */
  #reportFailure({ message }: Error): void {
    const { counters, host, name } = this.#producer
    counters.add('settle_failures', 1)
    host.log.error('settle failed', { node: name, error: message })
  }
}
