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
import type { Message } from './message.ts'
import type { Dispatch } from './outlet.ts'

/** What an asynchronous node keeps in order (D12). */
export type Order = 'input' | 'key' | 'none'
/** What becomes of a message that failed (A3). */
export type OnFailure = 'origin' | 'stop' | 'drop'

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
  readonly maxUnacked?: { readonly parts?: number; readonly bytes?: number }
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
  /** Whether the messages it gives have keys of its making. */
  readonly keyed: boolean
  /** What an answer of this door promises whoever sends to it, in one line. */
  readonly guarantee?: string | undefined
}
export interface ProducerComponent extends ComponentBase {
  readonly kind: 'producer'
  readonly outcomes: boolean
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
}

/** Gives a definition its options, which must be what its schema gave. */
export function bind<D extends Definition>(given: D, options: output<D['options']>): Component {
  const definition: Definition = given
  const { name, io = false } = definition
  const base = {
    name,
    io,
    exclusive: definition.exclusive?.(options),
    keyed: definition.keyed?.(options) ?? false,
    guarantee: definition.guarantee?.(options),
  }
  switch (definition.kind) {
    case 'producer': {
      const create = (context: ProducerContext) => definition.create(options, context)
      return { ...base, kind: 'producer', outcomes: definition.outcomes ?? false, create }
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
