import type { MessageDetails } from './component.ts'
import { Envelope, FRESH, Group, Message, type Origin } from './message.ts'
import type { Scheduler } from './scheduler.ts'

/** Heap bytes per byte on the wire (D22). */
export const HEAP_PER_WIRE_BYTE = 2

/**
 * Makes the messages of a producer. Those of one slice, or made between two emissions, share a group and whatever they
 * don't say themselves.
 */
export class Mint {
  readonly #origin: Origin
  readonly #scheduler: Scheduler
  #position = 0
  #shared: Envelope | undefined
  /** In which the shared envelope was made. */
  #slice = 0

  constructor(origin: Origin, scheduler: Scheduler) {
    this.#origin = origin
    this.#scheduler = scheduler
  }

  /** A function of its own, for a component to call once per message. */
  readonly message = <T>(data: T, details?: MessageDetails): Message<T> => {
    const shared = (this.#shared ??= this.#open())
    if (details === undefined) return new Message(data, undefined, this.#position++, shared, FRESH)
    const { position = this.#position++, key, time = shared.time } = details
    return new Message(data, key, position, new Envelope(shared.group, time, envelopeOf(details)), FRESH)
  }

  /** Something was emitted: what is made in later slices belongs to another group. */
  close(): void {
    if (this.#slice !== this.#scheduler.slices) this.#shared = undefined
  }

  #open(): Envelope {
    this.#slice = this.#scheduler.slices
    return new Envelope(new Group(this.#origin, this.#scheduler.now), this.#scheduler.date)
  }
}

function envelopeOf({ wireBytes, ...details }: MessageDetails): Partial<Envelope> {
  if (wireBytes === undefined || details.sizeBytes !== undefined) return details
  return { ...details, sizeBytes: HEAP_PER_WIRE_BYTE * wireBytes }
}
