import type { OverflowStats } from '../core/stats.ts'
import { ownerHere } from '../overflow/redis-store/options.ts'
import type { Snapshot } from './figures.ts'
import { familyOf } from './metric-family.ts'

interface OverflowFigures {
  readonly pipeline: string
  readonly overflow: OverflowStats
}

const STATES: readonly OverflowStats['state'][] = ['direct', 'opening', 'spilling', 'draining', 'closing']
/** Shown before the first drop, so that a rate of it is known. */
const NO_DROPS = { 'overflow-full': 0, 'overflow-age': 0, lost: 0 }

export const OVERFLOWS = familyOf<Snapshot, OverflowFigures>({
  title: 'Of each overflow; `to` is empty where it stores what a durable producer gives to all',
  labels: {
    pipeline: ({ pipeline }) => pipeline,
    from: ({ overflow }) => overflow.from,
    to: ({ overflow }) => overflow.to ?? '',
  },
  sources: ({ pipelines }) =>
    pipelines.flatMap(({ name, stats }) => stats.overflows.map((overflow) => ({ pipeline: name, overflow }))),
  metrics: {
    sluice_overflow_state: {
      help: '1 for what an overflow does, 0 for the others; in `direct` messages pass through memory',
      by: 'state',
      read: ({ overflow }) => Object.fromEntries(STATES.map((each) => [each, Number(each === overflow.state)])),
    },
    sluice_overflow_owner_state: {
      help: '1 while this process has the store of an overflow, 0 while it waits for it, or has lost it to another',
      read: ({ overflow }) => Number(overflow.isOwner),
    },
    sluice_overflow_owner_info: {
      help: 'always 1; `owner` is this process, while it has the store of an overflow; missing while it has not',
      by: 'owner',
      read: ({ overflow }) => (overflow.isOwner ? { [ownerHere()]: 1 } : {}),
    },
    sluice_overflow_trouble_state: {
      help: '1 while the store of an overflow does not get on, 0 otherwise; `/health` says why',
      read: ({ overflow }) => Number(overflow.trouble !== undefined),
    },
    sluice_overflow_stored_messages: {
      help: 'messages that are stored and have no outcome; a batch is one',
      read: ({ overflow }) => overflow.stored,
    },
    sluice_overflow_stored_parts: {
      help: 'messages that are stored and have no outcome; of batches their parts',
      read: ({ overflow }) => overflow.storedParts,
    },
    sluice_overflow_stored_bytes: {
      help: 'what an overflow takes in its store',
      read: ({ overflow }) => overflow.storedBytes,
    },
    sluice_overflow_limit_bytes: {
      help: 'what an overflow may take in its store',
      read: ({ overflow }) => overflow.limitBytes,
    },
    sluice_overflow_oldest_stored_seconds: {
      help: 'how long ago the oldest message was stored that has no outcome, as far as was read; 0 where there is none',
      read: ({ overflow }) => (overflow.oldestStoredMs ?? 0) / 1000,
    },
    sluice_overflow_waiting_messages: {
      help: 'messages of an overflow that wait in memory: for demand, for the store, or read and next',
      read: ({ overflow }) => overflow.waiting + overflow.appending + overflow.ready,
    },
    sluice_overflow_unacked_messages: {
      help: 'messages that came from the store, were delivered and have no outcome yet',
      read: ({ overflow }) => overflow.out,
    },
    sluice_overflow_troubles_total: {
      help: 'how often the store of an overflow has stopped to get on; the log says why',
      read: ({ overflow }) => overflow.troubles,
    },
    sluice_overflow_messages_in_total: {
      help: 'messages that an overflow took, to pass or to store; those again whose store was lost meanwhile',
      read: ({ overflow }) => overflow.taken,
    },
    sluice_overflow_messages_stored_total: {
      help: 'messages that the store has confirmed',
      read: ({ overflow }) => overflow.appended,
    },
    sluice_overflow_messages_out_total: {
      help: 'messages that an overflow gave on, from memory and from its store',
      read: ({ overflow }) => overflow.given,
    },
    sluice_overflow_messages_redelivered_total: {
      help: 'messages that an overflow gave on again, because they had failed',
      read: ({ overflow }) => overflow.redelivered,
    },
    sluice_overflow_messages_dropped_total: {
      help: 'messages that an overflow dropped, or found lost in its store, by reason; of batches their parts',
      by: 'reason',
      read: ({ overflow }) => ({ ...NO_DROPS, ...overflow.dropped }),
    },
  },
})
