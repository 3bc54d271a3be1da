import type { Kin, Message } from './message.ts'

/**
 * The message as its producer gave it, where its outcome is that of this one and of nothing else: the same, or the one of
 * which this is the last open shell, as behind a call that was given up on. Undefined for children and batches, and where
 * a branch is open still or has failed. Whoever has an effect on that message may settle it with the effect (A5).
 */
export function soleOrigin(message: Message): Message | undefined {
  let origin = message
  if (origin.kin !== undefined && (origin.kin.open > 0 || hasMore(origin.kin))) return undefined
  while (origin.parent !== undefined) {
    const { position, parent } = origin
    if (position !== '' || parent.kin?.open !== 1 || hasMore(parent.kin)) return undefined
    origin = parent
  }
  return origin
}

/** The message of which this is a shell, as in a branch; undefined for children. */
export function unshelled(message: Message): Message | undefined {
  let origin = message
  while (origin.parent !== undefined) {
    if (origin.position !== '') return undefined
    origin = origin.parent
  }
  return origin
}

/** Whether there is more to it than shells: parts, an outcome that will win, letters. */
function hasMore({ parts, verdict, letters }: Kin): boolean {
  return parts !== undefined || verdict !== undefined || letters > 0
}
