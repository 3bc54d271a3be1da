import { hasChildren, standFor } from './children.ts'
import { boundedBytes, type Edge } from './edge.ts'
import type { Flight } from './flight.ts'
import type { Held } from './held.ts'
import { FREE, partCount, THROWN, VOID, type Message } from './message.ts'

/**
 * A handler says of one of its messages that the place doesn't work, while its call goes on (A3). It stays in its call,
 * which is made again for what was refused: so it keeps its place, and what follows it by its key waits.
 * Of a child its parent is refused, which comes again whole.
 *
 * @returns whether it is one of the call's.
 */
export function refuseInCall(flight: Flight, message: Message, error: unknown): boolean {
  const { parent } = message
  if (flight.messages.includes(message)) {
    message.stamp = THROWN
    flight.refuse(message, error)
  } else if (parent !== undefined && flight.messages.includes(parent)) {
    message.stamp = VOID
    parent.kin!.open--
    flight.refuse(parent, error)
  } else return false
  return true
}

/** Where messages that a call has lost are said to be handled. */
interface Handling {
  recover(): { inherit(message: Message, again: Message): void }
  handled(flight: Flight, count: number, bytes: number): void
}

/** A call is over, and what its handler has refused is all that stays in it. */
export function keepRefused(node: Handling, flight: Flight): void {
  const { messages, bytes } = flight
  flight.again(refusedOf(node, flight))
  dropped(node, flight, { messages, bytes })
}

/** A call has fewer messages than it had. */
export function dropped(node: Handling, flight: Flight, had: Pick<Flight, 'messages' | 'bytes'>): void {
  flight.bytes = flight.hasCredit ? boundedBytes(flight.edge!, flight.messages) : 0
  node.handled(flight, had.messages.length - flight.messages.length, had.bytes - flight.bytes)
}

/** What the handler has refused: its messages again, free. One that has children comes as a shell. */
function refusedOf(node: Handling, { messages, refused }: Flight): Message[] {
  return messages
    .filter((message) => refused!.has(message))
    .map((message) => {
      message.stamp = FREE
      if (!hasChildren(message)) return message
      const again = standFor(message)
      node.recover().inherit(message, again)
      return again
    })
}

/** A held message that comes again; over which edge it came, and by which of the calls of its node. */
export interface Returned {
  readonly message: Message
  readonly edge: Edge
  readonly sequence: number
}

/** Messages, in parts, that were held, and wait among these calls to be handled again. */
export function returnedParts(calls: readonly Flight[]): number {
  const waiting = calls.filter(({ state, hasCredit }) => state === 'waiting' && !hasCredit)
  return waiting.flatMap(({ messages }) => messages).reduce((sum, message) => sum + partCount(message), 0)
}

/** Lets go of a held message that the place refuses, or of what was joined into it. Nothing, if any of it was made here. */
export function returnHeld(held: Held, message: Message): Returned[] | undefined {
  const returned: Returned[] = []
  for (const part of heldParts(held, message)) {
    const edge = held.edgeOf(part)
    if (edge === undefined) return undefined
    returned.push({ message: part, edge, sequence: held.sequenceOf(part) })
  }
  held.release(message)
  message.stamp = THROWN
  for (const each of returned) {
    held.takeBack(each.message)
    each.message.stamp = THROWN
  }
  return returned
}

function heldParts(held: Held, message: Message): Message[] {
  const parts = message.kin?.parts
  if (parts === undefined || parts[0]!.stamp !== held.joinedStamp) return [message]
  return parts.flatMap((part) => heldParts(held, part))
}
