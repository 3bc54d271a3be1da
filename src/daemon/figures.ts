import type { PipelineStats } from '../core/stats.ts'
import type { PairStats } from '../overflow/pair/pair-stats.ts'
import type { NodeState } from './progress.ts'
import type { LettersStatus } from './status.ts'
import type { TroubleTally } from './trouble-tally.ts'

/** A pipeline at one moment. */
export interface PipelineFigures {
  readonly name: string
  readonly stats: PipelineStats
  /** How often it was started again after it had failed; each time its counters begin anew. */
  readonly restarts: number
  /** What has happened at its nodes. */
  readonly happened: Pick<TroubleTally, 'countOf'>
  readonly states: Readonly<Record<string, NodeState>>
  /** How often the circuit of a node has opened. */
  openingsOf(node: string): number
  /** Undefined where it has no store of dead letters, or that is not open. */
  readonly letters: LettersStatus | undefined
  /** Its ends of overflows that one pipeline fills and another drains. */
  readonly pairs: readonly PairStats[]
}

/** The process at one moment. */
export interface ProcessFigures {
  /** How late timers were since the last scrape, by quantile; empty in the first one. */
  readonly loopLagSeconds: Readonly<Record<string, number>>
  readonly memory: Pick<NodeJS.MemoryUsage, 'rss' | 'heapUsed' | 'external'>
  readonly memoryBudgetBytes: number
  /** What nobody could be named for. */
  readonly unnamed: Pick<TroubleTally, 'countOf'>
  readonly version: string
  readonly nodeVersion: string
}

/** What one scrape shows: everything is read once, and at once. */
export interface Snapshot {
  readonly pipelines: readonly PipelineFigures[]
  readonly process: ProcessFigures
}
