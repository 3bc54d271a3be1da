import type { Edge } from './edge.ts'
import type { Source } from './flight.ts'
import { FREE, kinOf, partCount, shellOf, VOID, type Message } from './message.ts'

/** Entries of the list of held messages that may be dead, beyond as many as are held; they keep their data alive. */
const SPARE = 8

/** A message that a node has to give back, and where it came from. */
export interface GivenUp {
  readonly message: Message
  readonly source: Source
}

/**
 * The messages that a node keeps beyond the calls that brought them (D21).
 *
 *     hold ──▶ held ──join──▶ joined ──release──▶ free
 */
export class Held {
  /** How many, in parts. */
  parts = 0
  /** What held messages of this node are stamped with, and those that were joined into a batch that is held. */
  readonly stamp: number
  readonly joinedStamp: number
  /** In the order in which they came, and from where; an entry dies when the message's stamp changes. */
  #messages: Message[] = []
  #sources: Source[] = []
  /** Where to look first: messages are asked for in the order in which they came. */
  #hint = 0

  constructor(nodeIndex: number) {
    this.stamp = -16 - 2 * nodeIndex
    this.joinedStamp = this.stamp - 1
  }

  add(message: Message, source: Source): void {
    message.stamp = this.stamp
    this.parts += partCount(message)
    this.#messages.push(message)
    this.#sources.push(source)
  }

  /** Whether a message is held, by itself or in a batch. */
  has(message: Message): boolean {
    return message.stamp === this.stamp || message.stamp === this.joinedStamp
  }

  /** Where a held message came from; undefined for one that was made here. */
  edgeOf(message: Message): Edge | undefined {
    const source = this.#sourceOf(message)
    return source === undefined || source.isChild ? undefined : source.edge
  }

  /** Which of the calls of its node brought a held message; of a batch that was joined here, the last of its parts'. */
  sequenceOf(message: Message): number {
    const source = this.#sourceOf(message)
    if (source !== undefined) return source.sequence
    return Math.max(-1, ...(message.kin?.parts ?? []).map((part) => this.sequenceOf(part)))
  }

  /** Parts are in a batch from now on, which is held in their stead. */
  join(parts: readonly Message[]): void {
    for (const part of parts) part.stamp = this.joinedStamp
  }

  /** A held message is free, and so are the parts that were joined into it; others stay as they are. */
  release(message: Message): void {
    if (!this.has(message)) return
    const parts = message.kin?.parts
    if (parts !== undefined && parts[0]!.stamp === this.joinedStamp) for (const part of parts) this.release(part)
    else this.parts -= partCount(message)
    message.stamp = FREE
    if (this.#messages.length > 2 * this.parts + SPARE) this.#tidy()
  }

  /** Releases a message that may be held once more: what is known of it is forgotten, or it would be here twice. */
  takeBack(message: Message): void {
    this.release(message)
    const index = this.#indexOf(message)
    if (index < 0) return
    this.#messages.splice(index, 1)
    this.#sources.splice(index, 1)
  }

  /**
   * Gives up everything, for a restart (D14).
   * A held child stands for its parent, which comes again whole, as one more shell that the parent waits for.
   */
  giveUp(): GivenUp[] {
    this.#tidy()
    const again: GivenUp[] = []
    const redone = new Set<Message>()
    this.#messages.forEach((message, index) => {
      const source = this.#sources[index]!
      message.stamp = source.isChild ? VOID : FREE
      if (!source.isChild) {
        again.push({ message, source })
        return
      }
      const parent = message.parent!
      parent.kin!.open--
      if (redone.has(parent)) return
      redone.add(parent)
      again.push({ message: standIn(parent), source })
    })
    this.#messages = []
    this.#sources = []
    this.parts = 0
    return again
  }

  #sourceOf(message: Message): Source | undefined {
    const index = this.#indexOf(message)
    return index < 0 ? undefined : this.#sources[index]
  }

  #indexOf(message: Message): number {
    let index = this.#messages.indexOf(message, this.#hint)
    if (index < 0) index = this.#messages.indexOf(message)
    if (index >= 0) this.#hint = index
    return index
  }

  #tidy(): void {
    const messages = this.#messages
    this.#sources = this.#sources.filter((_, index) => this.has(messages[index]!))
    this.#messages = messages.filter((message) => this.has(message))
  }
}

/** One more shell that a message waits for, by which it comes again whole while children of it are under way. */
export function standIn(message: Message): Message {
  const shell = shellOf(message)
  kinOf(message).open++
  return shell
}
