import type { Flight } from './flight.ts'
import type { Held } from './held.ts'
import { childOf, FREE, kinOf, Message, SETTLED, VOID } from './message.ts'
import { releaseKin } from './settle.ts'

/** Whether a message waits for children that it was given in a call; shells don't count, their parent has left. */
export function hasChildren(message: Message): boolean {
  return message.kin !== undefined && message.kin.open > 0
}

/** A message for one whose call, or iterable, still counts as a child of it, and doesn't any more: it comes again whole. */
export function standFor(message: Message): Message {
  const { data, key, envelope, parent, position, kin, sizeBytes } = message
  // One that is a shell itself has another one beside it, and not one in it: else they grow with each time.
  const waits = parent !== undefined && position === '' ? parent : message
  const again = new Message(data, key, '', envelope, sizeBytes)
  again.parent = waits
  kinOf(waits).open++
  releaseKin(message, kin!)
  return again
}

/** One more child of a message of this call. */
export function addChild(flight: Flight, parent: Message, data: unknown): Message {
  flight.children ??= []
  flight.parents ??= []
  const kin = kinOf(parent)
  if (kin.open === 0) {
    kin.open = 1 // The call may make more.
    flight.parents.push(parent)
  }
  const child = childOf(parent, data, kin.open++ - 1)
  child.stamp = flight.number
  flight.children.push(child)
  return child
}

/** The call makes no more; a parent that was refused waits for itself to come again. */
export function releaseParents({ parents, refused }: Flight): void {
  if (parents === undefined) return
  for (const parent of parents) if (refused?.has(parent) !== true) releaseKin(parent, parent.kin!)
}

/** A parent that was refused comes again, and makes them again: those that the call has not given out don't count. */
export function voidChildrenOfRefused({ children = [], refused, number }: Flight): void {
  if (refused === undefined) return
  for (const child of children) {
    if (child.stamp !== number || !refused.has(child.parent!)) continue
    child.stamp = VOID
    child.parent!.kin!.open--
  }
}

/**
 * The call failed: the children that it made don't count.
 * @returns parents that can't stand for themselves again, because children have gone already, by `emit`.
 */
export function voidChildren({ children, parents }: Flight, held: Held): ReadonlySet<Message> {
  const survivors = new Set<Message>()
  for (const child of children ?? []) {
    const parent = child.parent!
    if (child.stamp === FREE || child.stamp === SETTLED) survivors.add(parent)
    else if (child.stamp !== VOID) {
      held.release(child)
      child.stamp = VOID
      parent.kin!.open--
    }
  }
  for (const parent of parents ?? []) {
    const kin = parent.kin!
    kin.open-- // The call makes no more.
    if (!survivors.has(parent)) kin.verdict = undefined
  }
  return survivors
}
