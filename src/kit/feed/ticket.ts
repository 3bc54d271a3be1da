import type { Receipt } from '../../core/component.ts'

/** What became of a message. */
export interface Outcome {
  /** `acked`: everybody who was to have it has it, or it was dropped by a policy that says so. */
  readonly outcome: 'acked' | 'failed'
  /**
   * Of an acked message that didn't arrive: `queue-full` by `whenFull`, `failed` or `dead-letter` by `onFailure`,
   * `expired` by `whenExpired`.
   */
  readonly reason?: string
  readonly error?: unknown
  /** The node at which it was decided. */
  readonly node?: string
}

/** Stands for one message that was admitted. */
export interface Ticket {
  /** Resolves with the outcome; never rejects. Costs nothing unless it is read. */
  readonly done: Promise<Outcome>
}

const ACKED: Outcome = Object.freeze({ outcome: 'acked' })

/** A ticket whose outcome will be known. */
export class OpenTicket implements Ticket {
  #outcome: Outcome | undefined
  #done: Promise<Outcome> | undefined
  #resolve: ((outcome: Outcome) => void) | undefined

  get done(): Promise<Outcome> {
    return (this.#done ??=
      this.#outcome === undefined
        ? new Promise((resolve) => (this.#resolve = resolve))
        : Promise.resolve(this.#outcome))
  }

  settle(outcome: Outcome): void {
    this.#outcome = outcome
    this.#resolve?.(outcome)
  }
}

/** Without the message, which a ticket must not keep alive. */
export function outcomeOf({ outcome, reason, error, node }: Receipt): Outcome {
  if (outcome === 'acked' && reason === undefined) return ACKED
  return {
    outcome,
    ...(reason === undefined ? {} : { reason }),
    ...(error === undefined ? {} : { error }),
    ...(node === undefined ? {} : { node }),
  }
}
