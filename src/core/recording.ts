import type { Edge } from './edge.ts'
import type { State } from './lifecycle.ts'
import type { Producer } from './producer.ts'
import type { Recorder, RecordedEvent } from './recorder.ts'
import type { NodeStats, PipelineStats } from './stats.ts'

/** The version of a recording's form. */
export const RECORDING_VERSION = 1
/** Stands for texts of errors, in which a component may have put data of a message. */
const LEFT_OUT = '(see the log)'

/** The figures of a subscription at one moment. */
export interface EdgeFigures {
  readonly credit: number
  readonly asked: number
  readonly dispatched: number
  readonly queued: number
  readonly underWay: number
  readonly returning: number
  readonly surplus: number
  readonly step: number
  readonly limit: number
  /** Where the markers stand that are on their way: behind so many dispatched messages. */
  readonly marks: readonly number[]
  readonly isPaused: boolean
  readonly isCancelled: boolean
}

export interface RecordedEdge {
  /** The subject of its events. */
  readonly number: number
  readonly from: string
  readonly to: string
  readonly window: { readonly max: number; readonly min: number }
  readonly now: EdgeFigures
}

export interface RecordedNode extends NodeStats {
  /** The subject of its events. */
  readonly number: number
}

/**
 * What the flight recorder of a pipeline remembered at one moment, and how everything stood then. No data of any message
 * is in it. `replay` of `sluice/testing` reads it.
 */
export interface Recording {
  readonly version: typeof RECORDING_VERSION
  readonly pipeline: string
  /** Why it was taken, and when; ms since 1970. */
  readonly reason: string
  readonly at: number
  readonly state: State
  readonly nodes: readonly RecordedNode[]
  readonly edges: readonly RecordedEdge[]
  /** Oldest first. */
  readonly events: readonly RecordedEvent[]
}

/** What is recorded. */
interface Recorded {
  readonly pipeline: string
  readonly recorder: Recorder
  readonly nodes: ReadonlyMap<string, Pick<Producer, 'tape'>>
  readonly scheduler: { readonly date: number }
  stats(): PipelineStats
}

/** @param edges all whose events may be remembered, those that have been cancelled included. */
export function recordingOf(graph: Recorded, edges: readonly Edge[], reason: string): Recording {
  const { pipeline, recorder, nodes, scheduler } = graph
  const stats = graph.stats()
  return {
    version: RECORDING_VERSION,
    pipeline,
    reason,
    at: scheduler.date,
    state: stats.state,
    nodes: stats.nodes.map((node) => ({ number: nodes.get(node.name)!.tape.number, ...withoutTexts(node) })),
    edges: edges.map((edge) => ({
      number: edge.tape.number,
      from: edge.from.name,
      to: edge.to.name,
      window: { max: edge.window.max, min: edge.window.min },
      now: figuresOf(edge),
    })),
    events: recorder.events(),
  }
}

function withoutTexts({ circuit, opening, ...node }: NodeStats): NodeStats {
  return {
    ...node,
    ...(circuit === undefined ? {} : { circuit: { ...circuit, error: LEFT_OUT } }),
    ...(opening === undefined ? {} : { opening: { ...opening, error: LEFT_OUT } }),
  }
}

export function figuresOf(edge: Edge): EdgeFigures {
  const { credit, asked, dispatched, queue, underWay, returning, surplus } = edge
  const { step, limit, marks, isPaused, isCancelled } = edge
  const counts = { credit, asked, dispatched, queued: queue.length, underWay, returning, surplus }
  return { ...counts, step, limit, marks, isPaused, isCancelled }
}
