import type { NodeStats } from '../core/stats.ts'
import type { Snapshot } from './figures.ts'
import { familyOf } from './metric-family.ts'
import type { NodeState } from './progress.ts'
import type { TroubleTally } from './trouble-tally.ts'

interface NodeFigures {
  readonly pipeline: string
  readonly node: NodeStats
  readonly happened: Pick<TroubleTally, 'countOf'>
  /** How often its circuit has opened. */
  readonly openings: number
  /** Undefined before the watchdog has looked. */
  readonly state: NodeState | undefined
}

const CIRCUIT_STATES = ['closed', 'open', 'probing']
const STATES: readonly NodeState[] = ['opening', 'paused', 'working', 'blocked', 'throttled', 'starved', 'stalled']

export const NODES = familyOf<Snapshot, NodeFigures>({
  title: 'Of each node',
  labels: {
    pipeline: ({ pipeline }) => pipeline,
    node: ({ node }) => node.name,
    kind: ({ node }) => node.kind,
    component: ({ node }) => node.component,
  },
  sources: ({ pipelines }) =>
    pipelines.flatMap(({ name, stats, happened, states, openingsOf }) =>
      stats.nodes.map((node) => {
        return { pipeline: name, node, happened, openings: openingsOf(node.name), state: states[node.name] }
      }),
    ),
  metrics: {
    sluice_node_messages_in_total: {
      help: 'messages that a node took in, of a producer those let in; a batch is one',
      read: ({ node }) => node.in,
    },
    sluice_node_messages_out_total: {
      help: 'messages that a node gave out; a batch is one',
      read: ({ node }) => node.out,
    },
    sluice_node_bytes_in_total: {
      help: 'what the messages that a node took in take on the heap',
      read: ({ node }) => node.bytesIn,
    },
    sluice_node_bytes_out_total: {
      help: 'what the messages that a node gave out take on the heap',
      read: ({ node }) => node.bytesOut,
    },
    sluice_node_messages_acked_total: {
      help: 'messages that a consumer has acked, or that were acked to a producer; none at stages',
      read: ({ node }) => node.acked,
    },
    sluice_node_messages_failed_total: {
      help: 'messages that failed at a node; of batches their parts',
      read: ({ node }) => node.failed,
    },
    sluice_node_messages_dropped_total: {
      help: 'messages that a node dropped on purpose, by reason; of batches their parts',
      by: 'reason',
      read: ({ node }) => node.dropped,
    },
    sluice_node_queued_messages: {
      help: 'messages that wait at the door of a node, before it, or for demand from below',
      read: ({ node }) => node.queued,
    },
    sluice_node_in_flight_messages: { help: 'messages in the calls of a node', read: ({ node }) => node.inFlight },
    sluice_node_held_messages: {
      help: 'messages that a node holds between calls; of batches their parts',
      read: ({ node }) => node.held,
    },
    sluice_node_work_seconds_total: {
      help: 'time at work: in turns, sampled, or of an asynchronous node in calls, summed over those at once',
      read: ({ node }) => node.workMs / 1000,
    },
    sluice_node_restarts_total: { help: 'how often a node was started again', read: ({ node }) => node.restarts },
    sluice_node_retries_total: {
      help: 'calls of a node that were made again, after a failure',
      read: ({ node }) => node.retries,
    },
    sluice_node_timeouts_total: {
      help: 'calls of a node that took longer than its timeout',
      read: ({ node }) => node.timeouts,
    },
    sluice_node_abandoned_calls: {
      help: 'calls of a node that have passed their timeout and not come back',
      read: ({ node }) => node.abandonedCalls,
    },
    sluice_node_oldest_call_seconds: {
      help: 'age of the oldest call of a node that has not come back; 0 where there is none',
      read: ({ node }) => (node.oldestCallMs ?? 0) / 1000,
    },
    sluice_node_circuit_state: {
      help: '1 for the state of the circuit of a node, 0 for the others; while it is not closed the node asks for nothing',
      by: 'state',
      read: ({ node }) =>
        Object.fromEntries(CIRCUIT_STATES.map((each) => [each, Number(each === (node.circuit?.state ?? 'closed'))])),
    },
    sluice_node_circuit_openings_total: {
      help: 'how often the place behind a node stopped working, so that its circuit opened',
      read: ({ openings }) => openings,
    },
    sluice_node_circuit_open_seconds: {
      help: 'how long the place behind a node has not worked; 0 while the circuit is closed',
      read: ({ node }) => (node.circuit?.openMs ?? 0) / 1000,
    },
    sluice_node_circuit_failed_calls: {
      help: 'calls in a row that have failed since the circuit of a node opened; 0 while it is closed',
      read: ({ node }) => node.circuit?.failures ?? 0,
    },
    sluice_node_circuit_probe_seconds: {
      help: 'how long until a node tries again whether the place behind it works; 0 while the circuit is closed',
      read: ({ node }) => (node.circuit?.retryInMs ?? 0) / 1000,
    },
    sluice_node_parked_messages: {
      help: 'messages that wait to be tried again, or behind one that does, and have given their credit back',
      read: ({ node }) => node.parked,
    },
    sluice_node_dead_letters_total: {
      help: 'messages that failed at a node and became dead letters; of batches their parts',
      read: ({ node }) => node.deadLettered,
    },
    sluice_node_letters_pending_messages: {
      help: 'messages that failed at a node, and whose outcome waits until their dead letters are stored',
      read: ({ node }) => node.letters,
    },
    sluice_node_state: {
      help: '1 for what a node did when the watchdog last looked, 0 for the others',
      by: 'state',
      read: ({ state }) => Object.fromEntries(STATES.map((each) => [each, Number(each === state)])),
    },
    sluice_node_long_turns_total: {
      help: 'turns in which a node kept the event loop for half a second or more',
      read: ({ node, happened }) => happened.countOf('blocked-loop', node.name),
    },
    sluice_node_faults_total: {
      help: 'what came from a node outside of its handlers, or may have: exceptions and unhandled rejections',
      by: 'fault',
      read: ({ node, happened }) => ({
        exception: happened.countOf('exception', node.name),
        rejection: happened.countOf('rejection', node.name),
      }),
    },
    sluice_node_events_total: {
      help: 'what a component counts itself, by the name that it gives it',
      by: 'event',
      read: ({ node }) => node.own,
    },
  },
})
