import type { EdgeStats, PipelineStats } from '../core/stats.ts'
import type { PipelineFigures, ProcessFigures, Snapshot } from './figures.ts'
import { familyOf, type Family } from './metric-family.ts'
import { NODES } from './node-metrics.ts'
import { OVERFLOWS } from './overflow-metrics.ts'
import { PAIRS } from './pair-metrics.ts'
import type { LettersStatus } from './status.ts'

interface EdgeFigures {
  readonly pipeline: string
  readonly edge: EdgeStats
}

const STATES: readonly PipelineStats['state'][] = ['created', 'starting', 'running', 'draining', 'finished', 'failed']

const EDGES = familyOf<Snapshot, EdgeFigures>({
  title: 'Of each edge',
  labels: {
    pipeline: ({ pipeline }) => pipeline,
    from: ({ edge }) => edge.from,
    to: ({ edge }) => edge.to,
  },
  sources: ({ pipelines }) =>
    pipelines.flatMap(({ name, stats }) => stats.edges.map((edge) => ({ pipeline: name, edge }))),
  metrics: {
    sluice_edge_window_messages: {
      help: 'demand window of an edge: the most that is asked for and not yet handled (D1)',
      read: ({ edge }) => edge.window,
    },
    sluice_edge_credit_messages: {
      help: 'messages that were asked for and have not come yet',
      read: ({ edge }) => edge.credit,
    },
    sluice_edge_queued_messages: {
      help: 'messages that came to an edge and wait to be taken',
      read: ({ edge }) => edge.queued,
    },
    sluice_edge_queued_bytes: {
      help: 'what the messages that wait to be taken take on the heap',
      read: ({ edge }) => edge.queuedBytes,
    },
    sluice_edge_waiting_messages: {
      help: 'messages that wait before an edge, for credit',
      read: ({ edge }) => edge.waiting,
    },
    sluice_edge_waiting_bytes: {
      help: 'what the messages before an edge take on the heap',
      read: ({ edge }) => edge.waitingBytes,
    },
  },
})

const PIPELINES = familyOf<Snapshot, PipelineFigures>({
  title: 'Of each pipeline',
  labels: { pipeline: ({ name }) => name },
  sources: ({ pipelines }) => pipelines,
  metrics: {
    sluice_pipeline_state: {
      help: '1 for the state that a pipeline is in, 0 for the others',
      by: 'state',
      read: ({ stats }) => Object.fromEntries(STATES.map((state) => [state, Number(state === stats.state)])),
    },
    sluice_pipeline_restarts_total: {
      help: 'how often a pipeline was started again after it had failed',
      read: ({ restarts }) => restarts,
    },
    sluice_pipeline_messages_admitted_total: {
      help: 'messages that were let in by its producers',
      read: ({ stats }) => stats.admitted,
    },
    sluice_pipeline_messages_acked_total: {
      help: 'messages of its producers that were delivered, or dropped on purpose',
      read: ({ stats }) => stats.acked,
    },
    sluice_pipeline_messages_failed_total: {
      help: 'messages of its producers that failed',
      read: ({ stats }) => stats.failed,
    },
    sluice_pipeline_queued_messages: {
      help: 'messages that wait, at doors and before nodes',
      read: ({ stats }) => stats.queued,
    },
    sluice_pipeline_in_flight_messages: {
      help: 'messages in calls, of all nodes',
      read: ({ stats }) => stats.inFlight,
    },
    sluice_pipeline_unacked_messages: {
      help: 'messages without an outcome, wherever they are',
      read: ({ stats }) => stats.unacked,
    },
    sluice_pipeline_unacked_bytes: {
      help: 'what the messages without an outcome take on the heap',
      read: ({ stats }) => stats.unackedBytes,
    },
    sluice_pipeline_oldest_unacked_seconds: {
      help: 'age of the oldest message without an outcome; 0 where there is none',
      read: ({ stats }) => (stats.oldestUnackedMs ?? 0) / 1000,
    },
  },
})

const LETTERS = familyOf<Snapshot, { readonly pipeline: string; readonly letters: LettersStatus }>({
  title: 'Of each store of dead letters',
  labels: { pipeline: ({ pipeline }) => pipeline },
  sources: ({ pipelines }) =>
    pipelines.flatMap(({ name, letters }) => (letters === undefined ? [] : [{ pipeline: name, letters }])),
  metrics: {
    sluice_letters_stored_messages: {
      help: 'dead letters that are stored',
      read: ({ letters }) => letters.stored,
    },
    sluice_letters_stored_bytes: {
      help: 'what the store of dead letters takes on disk',
      read: ({ letters }) => letters.bytes,
    },
    sluice_letters_limit_bytes: {
      help: 'what the store of dead letters may take on disk',
      read: ({ letters }) => letters.limitBytes,
    },
    sluice_letters_room_bytes: {
      help: 'what letters may still take of it: 0 where the store is full, and messages that fail stay unacked',
      read: ({ letters }) => letters.roomBytes,
    },
  },
})

const PROCESS = familyOf<Snapshot, ProcessFigures>({
  title: 'Of the process',
  labels: {},
  sources: ({ process }) => [process],
  metrics: {
    sluice_event_loop_lag_seconds: {
      help: 'how late timers were since the last scrape, by quantile; 1 is the longest; missing in the first scrape',
      by: 'quantile',
      read: ({ loopLagSeconds }) => loopLagSeconds,
    },
    sluice_process_faults_total: {
      help: 'exceptions and unhandled rejections outside of handlers for which no node can be named',
      by: 'fault',
      read: ({ unnamed }) => ({ exception: unnamed.countOf('exception'), rejection: unnamed.countOf('rejection') }),
    },
    sluice_process_blocked_loops_total: {
      help: 'how often the event loop was kept for half a second or more, and no node can be named',
      read: ({ unnamed }) => unnamed.countOf('blocked-loop'),
    },
    sluice_process_resident_memory_bytes: {
      help: 'memory that the process takes of the machine, all in all',
      read: ({ memory }) => memory.rss,
    },
    sluice_process_heap_bytes: { help: "memory that V8's heap uses", read: ({ memory }) => memory.heapUsed },
    sluice_process_external_memory_bytes: {
      help: "memory outside of V8's heap, such as that of Buffers",
      read: ({ memory }) => memory.external,
    },
    sluice_process_memory_budget_bytes: {
      help: 'what the messages of all pipelines may take together (D22)',
      read: ({ memoryBudgetBytes }) => memoryBudgetBytes,
    },
  },
})

const BUILD = familyOf<Snapshot, ProcessFigures>({
  title: 'Of what runs',
  labels: { version: ({ version }) => version, node_version: ({ nodeVersion }) => nodeVersion },
  sources: ({ process }) => [process],
  metrics: { sluice_build_info: { help: 'always 1; the versions are in its labels', read: () => 1 } },
})

/** Every figure that `/metrics` shows. A name is never used for something else later. */
export const METRIC_FAMILIES: readonly Family<Snapshot>[] = [
  NODES,
  EDGES,
  OVERFLOWS,
  PAIRS,
  PIPELINES,
  LETTERS,
  PROCESS,
  BUILD,
]
