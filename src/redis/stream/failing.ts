import type { ProducerContext, Receipt } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import { deliveriesOf, type FailedDelivery } from './failed-delivery.ts'
import type { FailedEntries } from './failed-entries.ts'
import { COMES_AGAIN, IS_DEAD, WAS_DELETED, type StreamGroup } from './group.ts'
import type { InFlight } from './in-flight.ts'
import type { Reception } from './reception.ts'

interface World {
  readonly context: ProducerContext
  readonly group: StreamGroup
  readonly inFlight: InFlight
  readonly failed: FailedEntries
  readonly reception: Reception
}

/** What has failed by its own fault is counted; what has failed because of a place, or a stop, comes again. */
export class Failing {
  readonly #world: World
  #hasEnded = false

  constructor(world: World) {
    this.#world = world
  }

  /** Nothing is counted any more. */
  end(): void {
    this.#hasEnded = true
  }

  async fail(receipts: readonly Receipt[]): Promise<void> {
    const { context, inFlight, failed, reception } = this.#world
    const deliveries = deliveriesOf(receipts, inFlight)
    const outcomes = await this.#outcomesOf(deliveries.filter(({ isOwn }) => isOwn))
    let next = 0
    for (const { id, failures, isOwn } of deliveries) {
      const outcome = isOwn ? outcomes[next++] : COMES_AGAIN
      if (outcome === COMES_AGAIN) failed.failed(id, failures)
      else failed.ended(id)
      if (outcome === IS_DEAD) context.metrics.add('dead_letters')
      if (outcome === WAS_DELETED) reception.tellLost([id])
    }
  }

  /** Where it can't be counted it comes again, and is counted then: no message is dead because a place is gone. */
  async #outcomesOf(deliveries: readonly FailedDelivery[]): Promise<readonly number[]> {
    if (deliveries.length === 0 || this.#hasEnded) return deliveries.map(() => COMES_AGAIN)
    try {
      return await this.#world.group.failed(deliveries)
    } catch (error) {
      this.#world.context.log.warn(`what has failed could not be counted: ${asError(error).message}`)
      return deliveries.map(() => COMES_AGAIN)
    }
  }
}
