import { printable } from '../kit/text.ts'
import type { PairStats } from '../overflow/pair/pair-stats.ts'
import { ownerHere } from '../overflow/redis-store/options.ts'
import type { Trouble } from './trouble.ts'

const LONGEST_ERROR = 500

/** A consumer that stores for another pipeline, or a producer that drains what one stores, as `/health` shows it. */
export interface PairStatus {
  readonly node: string
  /** Of the overflow. */
  readonly name: string
  readonly kind: 'fills' | 'drains'
  /** Who has its store, as `host:pid`, while that is this process; null while it is not. */
  readonly owner: string | null
  /** Messages that are stored and have no outcome; those inside batches; and what the store takes. Null without the store. */
  readonly stored: number | null
  readonly storedParts: number | null
  readonly storedBytes: number | null
  /** What the store may take; null where there is no limit, and of who drains it. */
  readonly limitBytes: number | null
  /** How long ago the oldest of them was stored, as far as was read; null where nobody knows. */
  readonly oldestStoredMs: number | null
  /** Messages that were found damaged or missing since the start. */
  readonly lost: number
  /** What keeps its store from going on; null where nothing does. */
  readonly trouble: string | null
}

export function pairStatusesOf(pairs: readonly PairStats[]): PairStatus[] {
  return pairs.map(({ node, name, kind, isOwner, limitBytes, oldestStoredMs, lost, trouble, ...depth }) => ({
    node,
    name,
    kind,
    owner: isOwner ? ownerHere() : null,
    stored: isOwner ? depth.stored : null,
    storedParts: isOwner ? depth.storedParts : null,
    storedBytes: isOwner ? depth.storedBytes : null,
    limitBytes: limitBytes === undefined || limitBytes === Infinity ? null : limitBytes,
    oldestStoredMs: oldestStoredMs === undefined ? null : Math.round(oldestStoredMs),
    lost,
    trouble: trouble === undefined ? null : printable(trouble, LONGEST_ERROR),
  }))
}

/** What is wrong at them, each in words. @param date wall clock ms */
export function pairTroublesIn(pairs: readonly PairStats[], date: number): Trouble[] {
  const at = new Date(date).toISOString()
  return pairs.flatMap(({ node, name, lost, trouble }) => {
    const found: Trouble[] = []
    const overflow = `the overflow "${printable(name, LONGEST_ERROR)}"`
    if (trouble !== undefined) {
      const message = `${overflow} doesn't get on, and is tried again: ${printable(trouble, LONGEST_ERROR)}`
      found.push({ kind: 'overflow', node, at, count: 1, message })
    }
    if (lost > 0) {
      const message = `in ${overflow} ${lost} stored messages are damaged or missing; the log names them`
      found.push({ kind: 'overflow', node, at, count: lost, message })
    }
    return found
  })
}
