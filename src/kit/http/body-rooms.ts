import type { ProducerContext } from '../../core/component.ts'
import type { SluiceError } from '../../core/errors.ts'
import { HEAP_PER_WIRE_BYTE } from '../../core/mint.ts'
import type { JsonLimits } from '../json-limits.ts'
import { contentOf, type Content, type ContentFormat } from './content.ts'
import { refusal } from './refusal.ts'
import { LONG_BYTES, RefusedBodies, type BodyRoom } from './refused-bodies.ts'

/** What a body holds; `length` is its own, in bytes. */
export type SizedContent = Content & { readonly length: number }

/** What each value is charged with: an equal share, because what a single one of a list took isn't known any more. */
export function shareOf({ values, sizeBytes }: SizedContent): number {
  return Math.ceil(sizeBytes / Math.max(1, values.length))
}

interface RoomSettings {
  readonly limits: JsonLimits
  readonly queue: BodyRoom
  readonly hasRoom: ProducerContext['hasRoom']
  /** What a body is refused with for which there is no room now. */
  noRoom(): SluiceError
}

/**
 * Refuses bodies for which a queue has no room, each as early as that can be known: under a flood of bodies, reading
 * and parsing them would leave no time for what was let in.
 */
export class BodyRooms {
  readonly #settings: RoomSettings
  readonly #refused = new RefusedBodies()

  constructor(settings: RoomSettings) {
    this.#settings = settings
  }

  /** Before a body is read. @param length 0 where it isn't known. */
  checkLength(length: number): void {
    this.#check(this.#refused.roomOf(length) ?? leastRoom(length))
  }

  /** Parses a body, if there may be room for it. @throws SLUICE_HTTP_BODY_OVER_QUEUE, and what `contentOf` throws. */
  contentOf(body: Buffer, format: ContentFormat): SizedContent {
    const { queue, limits } = this.#settings
    const { length } = body
    if (length >= LONG_BYTES) this.#check(leastRoom(length))
    const onCount = (messages: number): void => {
      // What can never be let in is parsed all the same: it may be worse than large.
      if (messages <= queue.messages) this.#check({ ...leastRoom(length), messages }, length)
    }
    const { values, isMany, sizeBytes } = contentOf(body, format, { limits, onCount })
    const content = { values, isMany, sizeBytes, length }
    const { messages, bytes } = roomOf(content)
    if (messages > queue.messages || bytes > queue.bytes) throw refusal('SLUICE_HTTP_BODY_OVER_QUEUE')
    return content
  }

  /** Before messages are made of a list; a single one costs no more than the look. */
  checkContent(content: SizedContent): void {
    if (content.values.length > 1) this.#check(roomOf(content), content.length)
    this.#refused.delete(content.length)
  }

  /** @param length of a body that is known to need this room. */
  #check(room: BodyRoom, length?: number): void {
    const { hasRoom, noRoom } = this.#settings
    if (hasRoom(room)) return
    if (length !== undefined) this.#refused.add(length, room)
    throw noRoom()
  }
}

/** What a body of so many bytes takes at least. */
function leastRoom(length: number): BodyRoom {
  return { messages: 1, bytes: HEAP_PER_WIRE_BYTE * length }
}

function roomOf(content: SizedContent): BodyRoom {
  const { length } = content.values
  return { messages: length, bytes: length * shareOf(content) }
}
