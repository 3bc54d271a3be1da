import type { PairStats } from '../overflow/pair/pair-stats.ts'
import { ownerHere } from '../overflow/redis-store/options.ts'
import type { Snapshot } from './figures.ts'
import { familyOf } from './metric-family.ts'

interface PairFigures {
  readonly pipeline: string
  readonly pair: PairStats
}

export const PAIRS = familyOf<Snapshot, PairFigures>({
  title: 'Of each consumer and producer `overflow`; where both are in one process, each shows what is in their store',
  labels: {
    pipeline: ({ pipeline }) => pipeline,
    node: ({ pair }) => pair.node,
    overflow: ({ pair }) => pair.name,
  },
  sources: ({ pipelines }) => pipelines.flatMap(({ name, pairs }) => pairs.map((pair) => ({ pipeline: name, pair }))),
  metrics: {
    sluice_overflow_pair_owner_state: {
      help: '1 while this process has the store of a pair, 0 while it waits for it, or has lost it to another',
      read: ({ pair }) => Number(pair.isOwner),
    },
    sluice_overflow_pair_owner_info: {
      help: 'always 1; `owner` is this process, while it has the store of a pair; missing while it has not',
      by: 'owner',
      read: ({ pair }) => (pair.isOwner ? { [ownerHere()]: 1 } : {}),
    },
    sluice_overflow_pair_trouble_state: {
      help: '1 while the store of a pair does not get on, 0 otherwise; `/health` says why',
      read: ({ pair }) => Number(pair.trouble !== undefined),
    },
    sluice_overflow_pair_stored_messages: {
      help: 'messages that are stored and have no outcome; 0 in a process that has not the store',
      read: ({ pair }) => pair.stored,
    },
    sluice_overflow_pair_stored_bytes: {
      help: 'what a pair takes in its store; 0 in a process that has not the store',
      read: ({ pair }) => pair.storedBytes,
    },
    sluice_overflow_pair_limit_bytes: {
      help: 'what a pair may take in its store, for the one that fills it; 0 for the one that drains it',
      read: ({ pair }) => pair.limitBytes ?? 0,
    },
    sluice_overflow_pair_oldest_stored_seconds: {
      help: 'how long ago the oldest message was stored that has no outcome, as far as the one that drains has read',
      read: ({ pair }) => (pair.oldestStoredMs ?? 0) / 1000,
    },
    sluice_overflow_pair_messages_lost_total: {
      help: 'messages that the one that drains has found damaged or missing',
      read: ({ pair }) => pair.lost,
    },
  },
})
