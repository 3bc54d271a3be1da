import type { OverflowState } from './overflow-watermarks.ts'
import type { Overflow } from './overflow.ts'

/** An overflow at this moment. */
export interface OverflowStats {
  /** The node whose messages it takes, and the one that it gives them to; none where it gives them to all. */
  readonly from: string
  readonly to: string | undefined
  readonly state: OverflowState
  /** Stored and without an outcome: in messages, and in parts; and the bytes that the store takes. */
  readonly stored: number
  readonly storedParts: number
  readonly storedBytes: number
  /** How long ago the oldest of them was stored; ms. */
  readonly oldestStoredMs: number | undefined
  /** In memory: before the store, on the way to it, and read or kept to be delivered next. */
  readonly waiting: number
  readonly appending: number
  readonly ready: number
  /** Delivered from the store, without an outcome. */
  readonly out: number
  /** Since the start: messages stored, given out in all, and delivered again because they had failed back. */
  readonly appended: number
  readonly given: number
  readonly redelivered: number
  readonly dropped: Readonly<Record<string, number>>
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
    stored: depth.messages,
    storedParts: depth.parts,
    storedBytes: depth.bytes,
    oldestStoredMs: oldestStoredMs(overflow),
    waiting: input.queue.length,
    appending: writer.pending,
    ready: reader?.ready.length ?? 0,
    out: reader?.out ?? 0,
    appended: counters.own.get('stored') ?? 0,
    given: counters.out,
    redelivered: counters.own.get('redelivered') ?? 0,
    dropped: Object.fromEntries(counters.dropped),
    trouble: story.trouble?.message,
  }
}

function oldestStoredMs({ reader, host }: Overflow): number | undefined {
  const oldestAt = reader?.oldestAt
  return oldestAt === undefined ? undefined : Math.max(0, host.scheduler.env.date() - oldestAt)
}
