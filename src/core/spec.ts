import type { output } from 'zod'
import type { WhenFull } from './branch.ts'
import type {
  ConsumerHandlers,
  Definition,
  ProducerContext,
  ProducerHandlers,
  ReceiptProducerHandlers,
  StageContext,
  StageHandlers,
} from './component.ts'
import type { GroupSpec } from './group.ts'
import type { Message } from './message.ts'
import type { Dispatch } from './outlet.ts'
import type { OverflowSpec } from './overflow-plan.ts'

/** What an asynchronous node keeps in order (D12). */
export type Order = 'input' | 'key' | 'none'
/** What becomes of a message that failed (A3). */
export type OnFailure = 'origin' | 'stop' | 'drop' | 'dead-letter'
/** What becomes of a message whose deadline has passed before a call was spent on it (D23). */
export type WhenExpired = 'drop' | 'dead-letter'

/** How failed messages are tried again (A3). */
export interface RetrySpec {
  /** Calls that are made with a message, the first included. */
  readonly attempts?: number
  readonly backoff?: { readonly initialMs?: number; readonly maxMs?: number }
  /** Retries are at most this share of the calls. */
  readonly budget?: number
}

/** A demand window as written; what is left out is computed when the graph is built (D1). */
export interface DemandSpec {
  readonly max?: number
  readonly min?: number
  readonly bytes?: number
}

/** One subscription, as written at the subscriber. */
export interface EdgeSpec {
  readonly from: string
  readonly demand?: DemandSpec
  readonly whenFull?: WhenFull
  readonly queue?: { readonly messages?: number; readonly bytes?: number }
  /** Where messages go that memory has no room for. */
  readonly overflow?: OverflowSpec
}

/** The settings that stand beside a component. Times in ms, sizes in bytes. */
export interface NodeSettings {
  readonly key?: (message: Message) => unknown
  readonly dispatch?: Dispatch
  readonly demand?: DemandSpec
  readonly concurrency?: number
  readonly callSize?: number
  readonly order?: Order
  readonly timeoutMs?: number
  readonly onFailure?: OnFailure
  readonly retry?: RetrySpec
  /** How long a call is kept that fails because of the place; for ever where nothing is said. */
  readonly giveUpAfterMs?: number
  /** Messages that may wait behind retried ones of their keys. */
  readonly maxParked?: number
  readonly whenExpired?: WhenExpired
  readonly maxUnacked?: { readonly parts?: number; readonly bytes?: number }
  /** Of a producer: everything is stored before it is passed on, and its sender is told then. */
  readonly durable?: OverflowSpec
  readonly maxExpansion?: number
  readonly maxHeld?: number
  readonly maxKeys?: number
}

interface ComponentBase {
  /** The name of the definition: what `filter:` is in config. */
  readonly name: string
  readonly io: boolean
  /** What can't be open twice, as the options have it. */
  readonly exclusive: string | undefined
  /** Where its messages come from, or go to, as the options have it. */
  readonly place?: string | undefined
  /** How long one of its calls may take by its options, in ms. */
  readonly callTimeoutMs?: number | undefined
  /** Whether the messages it gives have keys of its making. */
  readonly keyed: boolean
  /** What an answer of this door promises whoever sends to it, in one line. */
  readonly guarantee?: string | undefined
}
export interface ProducerComponent extends ComponentBase {
  readonly kind: 'producer'
  readonly outcomes: boolean
  /** Most calls of `settle` at a time; 1 where nothing is said. */
  readonly settleConcurrency?: number | undefined
  create(context: ProducerContext): ProducerHandlers | ReceiptProducerHandlers
}
export interface StageComponent extends ComponentBase {
  readonly kind: 'stage'
  readonly holds: boolean
  /** Most parts of a message that it gives; undefined where it makes no batches. */
  readonly parts: number | undefined
  /** Gives the parts of what comes in; what its `flatMap` gives are their values. */
  readonly unbatches?: boolean
  create(context: StageContext): StageHandlers
}
export interface ConsumerComponent extends ComponentBase {
  readonly kind: 'consumer'
  readonly holds: boolean
  create(context: StageContext): ConsumerHandlers
}
/** A definition with its options: what a node runs. */
export type Component = ProducerComponent | StageComponent | ConsumerComponent

export interface NodeSpec {
  readonly name: string
  readonly component: Component
  /** Empty for producers. */
  readonly from: readonly EdgeSpec[]
  readonly settings: NodeSettings
}

/** Where dead letters go: a consumer, which is given a `Letter` as the data of each message. */
export interface DeadLettersSpec {
  readonly component: ConsumerComponent
  readonly settings: NodeSettings
  /** Whether letters also hold what the producer read. */
  readonly keep: 'entered' | 'original'
}

/** What a pipeline does that has failed as a whole: it starts again, stays down, or takes the process with it. */
export type OnPipelineFailure = 'restart' | 'stop' | 'exit'

/** Where a pipeline comes from. The kernel doesn't look at it. */
export interface PipelineHome {
  /** The file in which it is written. */
  readonly file: string
  /** The folder of what outlives its runs; nothing is made there before there is anything to keep. */
  readonly dataFolder: string
}

/** A pipeline, ready to be made into a graph; config and the builder both end here. */
export interface PipelineSpec {
  readonly name: string
  readonly nodes: readonly NodeSpec[]
  /** How long nodes may take to open; a minute where nothing is said. */
  readonly startTimeoutMs?: number
  /** How long a drain may take. */
  readonly stopTimeoutMs: number
  /** The pipeline's share of the process budget (D22). */
  readonly memoryBytes: number
  readonly deadLetters?: DeadLettersSpec
  /** Restarts of one node that are let pass before the pipeline fails (D14); 3 within 5 s where nothing is said. */
  readonly restarts?: { readonly most: number; readonly withinMs: number }
  readonly onPipelineFailure?: OnPipelineFailure
  /** The daemons that run it. The kernel doesn't look at it. */
  readonly group?: GroupSpec
  /** Of one that config has made. */
  readonly home?: PipelineHome
}

/** Gives a definition its options, which must be what its schema gave. */
export function bind<D extends Definition>(given: D, options: output<D['options']>): Component {
  const definition: Definition = given
  const { name, io = false } = definition
  const base = {
    name,
    io,
    exclusive: definition.exclusive?.(options),
    place: definition.place?.(options),
    callTimeoutMs: definition.callTimeout?.(options),
    keyed: definition.keyed?.(options) ?? false,
    guarantee: definition.guarantee?.(options),
  }
  switch (definition.kind) {
    case 'producer': {
      const create = (context: ProducerContext) => definition.create(options, context)
      const { outcomes = false, settleConcurrency } = definition
      return { ...base, kind: 'producer', outcomes, settleConcurrency, create }
    }
    case 'stage': {
      const { holds = false, unbatches = false } = definition
      const create = (context: StageContext) => definition.create(options, context)
      return { ...base, kind: 'stage', holds, parts: definition.parts?.(options), unbatches, create }
    }
    case 'consumer': {
      const { holds = false } = definition
      const create = (context: StageContext) => definition.create(options, context)
      return { ...base, kind: 'consumer', holds, create }
    }
  }
}
