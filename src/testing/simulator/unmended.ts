import type { WorkerChoice } from './scenario.ts'

/**
 * What the kernel is known to get wrong, which would hide everything else. To be taken out again one by one.
 */
export const UNMENDED = {
  /** A message that always fails is tried with the same others for ever where a stage holds and keeps the order of keys. */
  poisonHeldByKey: true,
  /** A stage that gives many for one takes nothing any more when what was shed before a call has filled its letters. */
  shedIntoFullLetters: true,
  /** A component that says its place works isn't asked for a message that is suspected already. */
  suspectedWithoutHealth: true,
  /** After a split call what was held of it comes behind what was not. */
  heldBehindSplit: true,
} as const

/** A node without what the kernel gets wrong there. */
export function withoutUnmended<C extends WorkerChoice | Omit<WorkerChoice, 'isOrdered'>>(choice: C): C {
  const { role } = choice
  const isSplitting = role === 'expand' || role === 'pull' || role === 'unbatch'
  if (!UNMENDED.shedIntoFullLetters || !isSplitting || choice.onFailure !== 'dead-letter') return choice
  return { ...choice, onFailure: 'origin' }
}
