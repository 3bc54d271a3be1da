import type { Clock } from '../../core/component.ts'
import type { Entry } from './entry.ts'
import type { StreamGroup } from './group.ts'

interface Taken {
  readonly entries: readonly Entry[]
  /** Were deleted meanwhile, and are nobody's any more. */
  readonly deleted: readonly string[]
  /** How many were deleted before anybody was given them. */
  readonly missed: number
}

/**
 * Looks at what others have had for too long, and for what nobody was ever given: at the start, and then twice in the time
 * after which it is too long.
 */
export class Takeovers {
  readonly #group: StreamGroup
  readonly #claimAfterMs: number
  readonly #clock: Pick<Clock, 'now'>
  /** From where the look that is under way goes on. */
  #from = '0-0'
  #at: number
  /** Entries that nobody was told of so far. */
  #missed = 0

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

  /** Takes over at most so much. */
  async take(count: number): Promise<Taken> {
    this.#missed += await this.#group.missed()
    const { next, entries, deleted } = await this.#group.takeOver(this.#from, count)
    this.#from = next
    if (next === '0-0') this.#at = this.#clock.now() + this.#claimAfterMs / 2
    const missed = this.#missed
    this.#missed = 0
    return { entries, deleted, missed }
  }
}
