import type { OverflowStats, PipelineStats } from '../core/stats.ts'
import { printable } from '../kit/text.ts'
import { ownerHere } from '../overflow/redis-store/options.ts'
import type { Trouble } from './trouble.ts'

const LONGEST_ERROR = 500

/** An overflow at this moment, as `/health` shows it. */
export interface OverflowStatus {
  /** The node whose messages it takes, and the one that it gives them to; null where it gives them to all. */
  readonly from: string
  readonly to: string | null
  /**
   * `direct`: messages pass through memory; with `mode: always` they are stored as well. In `opening`, `spilling` and
   * `draining` what comes is stored; in `closing` it waits in memory while the last of what is stored is delivered.
   */
  readonly state: 'direct' | 'opening' | 'spilling' | 'draining' | 'closing'
  /** Who has its store, as `host:pid`, while that is this process; null while it waits for the store, or lost it. */
  readonly owner: string | null
  /** Messages that are stored and have no outcome; those inside batches; and what the store takes. */
  readonly stored: number
  readonly storedParts: number
  readonly storedBytes: number
  /** What the store may take; null where there is no limit. */
  readonly limitBytes: number | null
  /** How long ago the oldest of them was stored, as far as was read; null where there is none. */
  readonly oldestStoredMs: number | null
  /** Messages that wait in memory; and those that came from the store, were delivered and have no outcome yet. */
  readonly waiting: number
  readonly unacked: number
  /** Messages that were dropped since the start, or found lost in the store, by reason. */
  readonly dropped: Readonly<Record<string, number>>
  /** What keeps its store from going on; null where nothing does. */
  readonly trouble: string | null
}

export function overflowStatusesOf({ overflows }: Pick<PipelineStats, 'overflows'>): OverflowStatus[] {
  return overflows.map(({ from, to, state, stored, storedParts, storedBytes, dropped, ...rest }) => ({
    from,
    to: to ?? null,
    state,
    owner: rest.isOwner ? ownerHere() : null,
    stored,
    storedParts,
    storedBytes,
    limitBytes: rest.limitBytes === Infinity ? null : rest.limitBytes,
    oldestStoredMs: rest.oldestStoredMs === undefined ? null : Math.round(rest.oldestStoredMs),
    waiting: rest.waiting + rest.appending + rest.ready,
    unacked: rest.out,
    dropped,
    trouble: rest.trouble === undefined ? null : printable(rest.trouble, LONGEST_ERROR),
  }))
}

/** What is wrong at overflows, each in words. @param date wall clock ms */
export function overflowTroublesIn({ overflows }: Pick<PipelineStats, 'overflows'>, date: number): Trouble[] {
  const at = new Date(date).toISOString()
  return overflows.flatMap((overflow) => {
    const { from: node, to, trouble } = overflow
    const whose = to === undefined ? `what ${node} gives` : `what goes from ${node} to ${to}`
    const lost = overflow.dropped['lost'] ?? 0
    const found: Trouble[] = []
    if (trouble !== undefined) found.push({ kind: 'overflow', node, at, count: 1, message: stuck(whose, overflow) })
    if (lost > 0) {
      const message = `of ${whose} ${lost} stored messages are damaged or missing; the log names them`
      found.push({ kind: 'overflow', node, at, count: lost, message })
    }
    return found
  })
}

function stuck(whose: string, { trouble = '', waiting, appending }: OverflowStats): string {
  const held = `${waiting + appending} messages wait in memory, and keep their senders waiting`
  return `the store of ${whose} doesn't get on, and is tried again: ${printable(trouble, LONGEST_ERROR)}. ${held}`
}
