import type { Message } from '../../core/message.ts'
import type { FailedEntries } from './failed-entries.ts'
import type { StreamGroup } from './group.ts'
import type { GroupOptions } from './group-options.ts'
import type { InFlight } from './in-flight.ts'
import { offer, placeOf, type AckPoint } from './ack-points.ts'

interface Held {
  readonly group: StreamGroup
  readonly inFlight: InFlight
  readonly failed: FailedEntries
}

/** What a source has in flight, for whoever writes to the same server. */
export class SourceAckPoint implements AckPoint {
  readonly #options: GroupOptions
  readonly #group: StreamGroup
  readonly #inFlight: InFlight
  readonly #failed: FailedEntries
  /** How often the group turned out to be another one. */
  #changes = 0
  #withdraw: () => void = () => {}

  constructor(options: GroupOptions, { group, inFlight, failed }: Held) {
    this.#options = options
    this.#group = group
    this.#inFlight = inFlight
    this.#failed = failed
  }

  open(): void {
    this.#withdraw = offer(placeOf(this.#options, this.stream), this)
  }

  close(): void {
    this.#withdraw()
  }

  get stream(): string {
    return this.#options.stream
  }

  get group(): string {
    return this.#options.group
  }

  get incarnation(): string {
    return this.#group.incarnation.value
  }

  get incarnationKey(): string {
    return this.#group.incarnation.key
  }

  get trims(): boolean {
    return this.#options.trim === 'acked'
  }

  get changes(): number {
    return this.#changes
  }

  entryOf(message: Message): string | undefined {
    return this.#inFlight.entryOf(message)
  }

  acknowledged(message: Message): void {
    this.#inFlight.acknowledged(message)
  }

  changed(): Promise<void> {
    return this.#follow(() => this.#group.identify())
  }

  /** Creates the group again, behind an id. */
  createAgain(from: string): Promise<void> {
    return this.#follow(() => this.#group.create(from))
  }

  /** What came by the group that is gone can't be acknowledged with an effect: the one that follows knows nothing of it. */
  async #follow(meet: () => Promise<void>): Promise<void> {
    this.#changes++
    this.#inFlight.groupIsGone()
    await meet()
    await this.#group.reclaim([...this.#inFlight.ids(), ...this.#failed.waiting])
  }
}
