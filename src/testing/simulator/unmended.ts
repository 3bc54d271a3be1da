import type { OnFailure, Order } from '../../core/spec.ts'

/**
 * What the kernel is known to get wrong, which would hide everything else. To be taken out again one by one.
 */
export const UNMENDED = {
  /** A message that always fails is tried with the same others for ever where a node holds and has several calls, inputs or keys. */
  poisonAmongHeld: true,
  /** A stage that gives many for one takes nothing any more when what was shed before a call has filled its letters. */
  shedIntoFullLetters: true,
  /** A component that says its place works isn't asked for a message that is suspected already. */
  suspectedWithoutHealth: true,
  /** What a call does late, by verbs, is taken for that of the call that has its messages by then. */
  lateVerbs: true,
  /** A retry that is due while there is no room wakes its node again and again, for as long as others wait for their budget. */
  spinsWithoutRoom: true,
  /** After a split call what was held of it comes behind what was not. */
  heldBehindSplit: true,
} as const

interface Choice {
  readonly role: string
  readonly onFailure: OnFailure
  readonly budget: number
}

/** Whether a message that always fails is found among others at this node. */
export function findsPoison(
  { order, concurrency, from }: { order: Order; concurrency: number; from: readonly unknown[] },
  isHeld: boolean,
): boolean {
  return !UNMENDED.poisonAmongHeld || !isHeld || (order !== 'key' && concurrency === 1 && from.length === 1)
}

/** A node without what the kernel gets wrong there. */
export function withoutUnmended<C extends Choice>(choice: C): C {
  const { role, onFailure, budget } = choice
  const isSplitting = role === 'expand' || role === 'pull' || role === 'unbatch'
  return {
    ...choice,
    onFailure: UNMENDED.shedIntoFullLetters && isSplitting && onFailure === 'dead-letter' ? 'origin' : onFailure,
    budget: UNMENDED.spinsWithoutRoom ? 1 : budget,
  }
}
