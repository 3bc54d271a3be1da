import type { OverflowState } from './overflow-watermarks.ts'
import type { Overflow } from './overflow.ts'

/** An overflow at this moment. */
export interface OverflowStats {
  /** The node whose messages it takes, and the one that it gives them to; none where it gives them to all. */
  readonly from: string
  readonly to: string | undefined
  readonly state: OverflowState
  /** This process has its store: only the owner of a store stores and delivers. */
  readonly isOwner: boolean
  /** Stored and without an outcome: in messages, and in parts; and the bytes that the store takes. */
  readonly stored: number
  readonly storedParts: number
  readonly storedBytes: number
  /** What the store may take; Infinity where nothing is said. */
  readonly limitBytes: number
  /** How long ago the oldest of them was stored; ms. */
  readonly oldestStoredMs: number | undefined
  /** In memory: before the store, on the way to it, and read or kept to be delivered next. */
  readonly waiting: number
  readonly appending: number
  readonly ready: number
  /** Delivered from the store, without an outcome. */
  readonly out: number
  /**
   * Since the start: messages taken, to pass or to be stored, those again whose store was lost meanwhile; stored; given out
   * in all; and delivered again because they had failed back.
   */
  readonly taken: number
  readonly appended: number
  readonly given: number
  readonly redelivered: number
  readonly dropped: Readonly<Record<string, number>>
  /** How often the store has stopped to get on. */
  readonly troubles: number
  /** What keeps the store from going on. */
  readonly trouble: string | undefined
}

export function overflowStats(overflow: Overflow): OverflowStats {
  const { giver, outlet, input, store, counters, state, reader, writer, story, plan } = overflow
  const { depth } = store
  const [branch] = outlet.branches
  return {
    from: giver.name,
    to: plan.isForAll ? undefined : branch?.edge.to.name,
    state,
    isOwner: reader !== undefined,
    stored: depth.messages,
    storedParts: depth.parts,
    storedBytes: depth.bytes,
    limitBytes: plan.limit.bytes,
    oldestStoredMs: oldestStoredMs(overflow),
    waiting: input.queue.length,
    appending: writer.pending,
    ready: reader?.ready.length ?? 0,
    out: reader?.out ?? 0,
    taken: counters.in,
    appended: counters.own.get('stored') ?? 0,
    given: counters.out,
    redelivered: counters.own.get('redelivered') ?? 0,
    dropped: Object.fromEntries(counters.dropped),
    troubles: counters.own.get('troubles') ?? 0,
    trouble: story.trouble?.message,
  }
}

function oldestStoredMs({ reader, host }: Overflow): number | undefined {
  const oldestAt = reader?.oldestAt
  return oldestAt === undefined ? undefined : Math.max(0, host.scheduler.env.date() - oldestAt)
}
