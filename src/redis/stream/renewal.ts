import type { NodeContext } from '../../core/component.ts'
import type { Timer } from '../../core/env.ts'
import { asError } from '../../core/errors.ts'
import type { FailedEntries } from './failed-entries.ts'
import type { StreamGroup } from './group.ts'
import type { InFlight } from './in-flight.ts'

/** So often in the time after which others take over. */
const RENEWALS = 3

interface Held {
  readonly group: StreamGroup
  readonly inFlight: InFlight
  readonly failed: FailedEntries
  readonly claimAfterMs: number
}

/** Gives signs for what a consumer has, so that nobody takes it over, while there is such. */
export class Renewal {
  readonly #held: Held
  readonly #context: Pick<NodeContext, 'clock' | 'log'>
  #timer: Timer | undefined
  #hasEnded = false

  constructor(held: Held, context: Pick<NodeContext, 'clock' | 'log'>) {
    this.#held = held
    this.#context = context
  }

  /** Something may be there to give signs for. */
  begin(): void {
    const { inFlight, failed, claimAfterMs } = this.#held
    if (this.#timer !== undefined || this.#hasEnded || (inFlight.isEmpty && failed.waiting.size === 0)) return
    this.#timer = this.#context.clock.after(claimAfterMs / RENEWALS, () => void this.#renew())
  }

  end(): void {
    this.#hasEnded = true
    this.#timer?.cancel()
  }

  async #renew(): Promise<void> {
    const { group, inFlight, failed } = this.#held
    try {
      const gone = await group.renew([...inFlight.lasting(), ...failed.waiting])
      // Whoever has it now delivers it.
      for (const id of gone) if (failed.waiting.has(id)) failed.ended(id)
    } catch (error) {
      if (!this.#hasEnded) this.#context.log.warn(`what is in flight could not be renewed: ${asError(error).message}`)
    }
    this.#timer = undefined
    this.begin()
  }
}
