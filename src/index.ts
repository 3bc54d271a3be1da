/** What programs and plugins need. Components are in `sluice/producers`, `sluice/stages` and `sluice/consumers`. */

// A pipeline.
export { definePipeline, type DefinedPipeline } from './config/builder.ts'
export {
  edge,
  type ConsumerSettings,
  type DeadLettersSettings,
  type Demand,
  type Dispatch,
  type Durable,
  type Edge,
  type EdgeSettings,
  type From,
  type OnFailure,
  type Overflow,
  type PipelineBuilder,
  type PipelineSettings,
  type ProducerSettings,
  type Ref,
  type Retry,
  type StageSettings,
} from './config/builder-types.ts'
export { ConfigError, type Place, type Problem, type ProblemCode, type RelatedPlace } from './config/errors.ts'
export { start } from './daemon/start.ts'
export type { StartOptions } from './daemon/start-options.ts'
export type { OnEveryDaemon, PausedEverywhere, Running } from './daemon/running.ts'
export type { AdminOptions } from './daemon/admin.ts'
export type { PipelineEvent } from './daemon/events.ts'
export type { PipelineSnapshot } from './daemon/telemetry.ts'
export type { CircuitStats, EdgeStats, NodeStats, OpeningStats, OverflowStats, PipelineStats } from './core/stats.ts'
export type { DrainReport } from './daemon/drain.ts'
export type { NodeState } from './daemon/progress.ts'
export type { PipelineReport } from './daemon/report.ts'
export type { OverflowStatus } from './daemon/overflow-status.ts'
export type { AwaitedNode, GroupStatus, LettersStatus, OpenCircuit, PipelineStatus } from './daemon/status.ts'
export type { Trouble } from './daemon/trouble.ts'

// Groups of processes.
export { joinGroup, type JoinGroupOptions } from './redis/group/join.ts'
export type { Group, GroupMessageDetails, GroupStats, Member, OnGroupMessage } from './core/group.ts'

// What feeds a `queue`.
export type { DetailsOf, Feed, PushManyOptions, PushOptions } from './kit/feed/feed.ts'
export type { Outcome, Ticket } from './kit/feed/ticket.ts'

// What code takes from an `observable`, and what can be subscribed to.
export type { Observer, ObservableLike, Unsubscribable } from './kit/observable/observable-like.ts'
export type { Outflow } from './kit/observable/outflow.ts'
export type { RxTools } from './kit/observable/rx-run.ts'
export type { Signal } from './kit/observable/signal.ts'

// A component of one's own.
export { defineConsumer, defineProducer, defineStage } from './core/component.ts'
export type * from './core/component.ts'
export * from './core/configured.ts'
export { busyError, messageError, placeError, SluiceError, type ErrorKind } from './core/errors.ts'
export type { Timer } from './core/env.ts'
export type { KeptError, Letter } from './core/letter.ts'
export type { Message } from './core/message.ts'
export { expression } from './kit/expression/schema.ts'
export { bytes, duration, type Bounds } from './kit/units.ts'
