import type { Ledger, Outcomes } from './ledger.ts'
import { runHook, type Node } from './node.ts'

/** Tells a producer's component outcomes in bulk, as many tellings at a time as it takes (A1). */
export class Teller {
  readonly #producer: Node & { readonly ledger: Ledger }
  readonly #settle: (outcomes: Outcomes) => unknown
  #underWay = 0

  constructor(producer: Node & { readonly ledger: Ledger }, settle: (outcomes: Outcomes) => unknown) {
    this.#producer = producer
    this.#settle = settle
  }

  /** A telling is under way; its messages still count as unacked. */
  get isTelling(): boolean {
    return this.#underWay > 0
  }

  /** @param most tellings at a time: what ends while there are as many is told by the next one */
  tell(most: number): void {
    const { ledger } = this.#producer
    if (this.#underWay >= most || !ledger.hasNews) return
    const outcomes = ledger.take()
    this.#underWay++
    const told = (): void => {
      this.#underWay--
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
