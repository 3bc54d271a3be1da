import type { Clock } from '../../core/component.ts'
import type { Entry } from './entry.ts'
import type { StreamGroup } from './group.ts'

/** Looks at what others have had for too long: at the start, and then twice in the time after which it is too long. */
export class Takeovers {
  readonly #group: StreamGroup
  readonly #claimAfterMs: number
  readonly #clock: Pick<Clock, 'now'>
  /** From where the look that is under way goes on. */
  #from = '0-0'
  #at: number

  constructor(group: StreamGroup, claimAfterMs: number, clock: Pick<Clock, 'now'>) {
    this.#group = group
    this.#claimAfterMs = claimAfterMs
    this.#clock = clock
    this.#at = clock.now()
  }

  /** Until the next look; 0 or less where it is time. */
  get dueInMs(): number {
    return this.#at - this.#clock.now()
  }

  /** Takes over at most so much. What was deleted meanwhile is nobody's any more. */
  async take(count: number): Promise<{ readonly entries: readonly Entry[]; readonly deleted: readonly string[] }> {
    const { next, entries, deleted } = await this.#group.takeOver(this.#from, count)
    this.#from = next
    if (next === '0-0') this.#at = this.#clock.now() + this.#claimAfterMs / 2
    return { entries, deleted }
  }
}
