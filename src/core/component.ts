import type { input, output, ZodType } from 'zod'
import type { CallInfo, FlushReason, MaybePromise, ProducerContext, StageContext, WorkerContext } from './context.ts'
import type { Message } from './message.ts'

export type * from './context.ts'

interface Hooks {
  /** Gets ready: connects, opens files. May take long, may fail. */
  open?(): MaybePromise<void>
  /** Lets go of everything. Called once, also after a failure. */
  stop?(): MaybePromise<void>
}

interface WorkerHooks extends Hooks {
  /**
   * Whether the place works: comes back if the next call would succeed, for all that is known; throws, or rejects, if not.
   * Asked when a call has failed because of the place: one that fails while the place works does so by its own fault.
   */
  health?(): MaybePromise<void>
}

interface StageHooks extends WorkerHooks {
  /** Gives what is held: for `pressure` the fullest groups first, until half of it is left, else everything. */
  flush?(reason: FlushReason): MaybePromise<readonly Message[] | undefined | void>
}

/** A stage gives exactly one shape. Methods, so that a handler may name the type of `data` that it expects. */
export interface MapStage extends StageHooks {
  map(data: never, message: Message, call: CallInfo): unknown
}
export interface FilterStage extends StageHooks {
  filter(data: never, message: Message, call: CallInfo): MaybePromise<boolean>
}
export interface FlatMapStage extends StageHooks {
  flatMap(data: never, message: Message, call: CallInfo): MaybePromise<Iterable<unknown>>
}
export interface HandleStage extends StageHooks {
  handle(messages: readonly Message<never>[], call: CallInfo): MaybePromise<readonly Message[] | undefined | void>
}
export type StageHandlers = MapStage | FilterStage | FlatMapStage | HandleStage

interface ConsumerHooks extends WorkerHooks {
  /** Makes what was handled durable; messages that are still held are acked or failed before it resolves. */
  flush?(reason: FlushReason): MaybePromise<void>
}
export interface EachConsumer extends ConsumerHooks {
  each(data: never, message: Message, call: CallInfo): unknown
}
export interface HandleConsumer extends ConsumerHooks {
  handle(messages: readonly Message<never>[], call: CallInfo): unknown
}
export type ConsumerHandlers = EachConsumer | HandleConsumer

/** What became of one message. */
export interface Receipt {
  readonly message: Message
  readonly outcome: 'acked' | 'failed'
  /**
   * Of an acked message that didn't arrive: `failed` where `onFailure` is `drop`, `dead-letter` where its letter is stored,
   * `expired` where its deadline had passed, `queue-full` at the door's own queue.
   */
  readonly reason?: string
  readonly error?: unknown
  /** The node at which it was decided. */
  readonly node?: string
}

/** The bounded queue at the door of a push producer (D2, D15). */
export interface IngressQueue {
  readonly messages: number
  readonly bytes: number
  readonly whenFull: 'reject' | 'drop-newest' | 'drop-oldest'
}

interface ProducerHooks<Out> extends Hooks {
  /** Makes up to `count` messages; fewer are fine, the kernel keeps the debt (D6), and the array. */
  handleDemand?(count: number, call: CallInfo): MaybePromise<readonly Message<Out>[] | undefined | void>
  /** For a producer that emits by itself. */
  readonly queue?: IngressQueue
  /** There is more room than when an emission with `waits` was refused: the time to try again. */
  room?(): void
  /** The pipeline has begun to stop: nothing more is taken. What is under way still comes to its end. */
  drain?(): void
}
export interface ProducerHandlers<Out = unknown> extends ProducerHooks<Out> {
  /** Told what became of its messages, in bulk; until it resolves they count as unacked (A1). */
  settle?(acked: readonly Message[], failed: readonly Message[]): MaybePromise<void>
}
/** Handlers of a definition with `outcomes`. */
export interface ReceiptProducerHandlers<Out = unknown> extends ProducerHooks<Out> {
  /** Without it nobody is told, as where an answer was given before there was an outcome. */
  settle?(receipts: readonly Receipt[]): MaybePromise<void>
}

/** The name of an option. Of options that nobody knows, any: so that each definition is a `Definition`. */
type OptionName<O> = unknown extends O ? string : string & keyof O

interface DefinitionBase<S extends ZodType> {
  readonly name: string
  /** One line. */
  readonly summary: string
  readonly options: S
  /** The option that a bare value means, as `when` of `filter`. */
  readonly short?: OptionName<output<S>>
  /** Does I/O. */
  readonly io?: boolean
  /** What can't be open twice: a port, an append file. */
  exclusive?(options: output<S>): string | undefined
  /** Where a producer takes messages from, and a consumer puts them: the same text where what one puts there the other takes. */
  place?(options: output<S>): string | undefined
  /** How long one of its calls may take by its options, in ms: the `timeout` of its node is meant to be longer. */
  callTimeout?(options: output<S>): number
  /** Whether the messages it gives have keys although no `key` setting says so. */
  keyed?(options: output<S>): boolean
  /** What an answer of this door promises whoever sends to it, in one line. */
  guarantee?(options: output<S>): string
}

export interface StageDefinition<
  S extends ZodType = ZodType,
  H extends StageHandlers = StageHandlers,
> extends DefinitionBase<S> {
  /** Keeps messages between calls; only for the `handle` shape. */
  readonly holds?: boolean
  /**
   * Takes batches apart: what its `flatMap` gives is an array of one value per part, and the parts go on with them, by
   * themselves and with their own identities (A12).
   */
  readonly unbatches?: boolean
  /** Most parts of a message that it gives, where it makes batches. */
  parts?(options: output<S>): number
  create(options: output<S>, context: StageContext): H
}
export interface ConsumerDefinition<
  S extends ZodType = ZodType,
  H extends ConsumerHandlers = ConsumerHandlers,
> extends DefinitionBase<S> {
  readonly holds?: boolean
  create(options: output<S>, context: WorkerContext): H
}
interface ProducerBase<S extends ZodType> extends DefinitionBase<S> {
  /** Most calls of `settle` at a time, 1 by default: while there are as many, what ends is gathered for the next one (A1). */
  readonly settleConcurrency?: number
}
interface PlainProducerDefinition<S extends ZodType, Out> extends ProducerBase<S> {
  readonly outcomes?: false
  create(options: output<S>, context: ProducerContext): ProducerHandlers<Out>
}
interface ReceiptProducerDefinition<S extends ZodType, Out> extends ProducerBase<S> {
  /** `settle` gets receipts: one object per message, which say why. */
  readonly outcomes: true
  create(options: output<S>, context: ProducerContext): ReceiptProducerHandlers<Out>
}
/** `Out` is the data of its messages, where its `handleDemand` says so. */
export type ProducerDefinition<S extends ZodType = ZodType, Out = unknown> =
  | PlainProducerDefinition<S, Out>
  | ReceiptProducerDefinition<S, Out>

/** The version of all that stands in this file. Another one says that components made for this one may not work with it. */
export const CONTRACT_VERSION = 1

/** What `define…` adds, so that a registry can tell what it was given. */
export interface Defined<K extends string> {
  readonly kind: K
  /** The `CONTRACT_VERSION` that the component was made for. */
  readonly contract: number
}

/** Defines a stage. The schema is the validation, the type, the defaults and the docs of its options at once. */
export function defineStage<S extends ZodType, H extends StageHandlers>(
  definition: StageDefinition<S, H>,
): StageDefinition<S, H> & Defined<'stage'> {
  return { ...definition, kind: 'stage', contract: CONTRACT_VERSION }
}
/** Defines a consumer. */
export function defineConsumer<S extends ZodType, H extends ConsumerHandlers>(
  definition: ConsumerDefinition<S, H>,
): ConsumerDefinition<S, H> & Defined<'consumer'> {
  return { ...definition, kind: 'consumer', contract: CONTRACT_VERSION }
}
/** Defines a producer. */
export function defineProducer<S extends ZodType, Out = unknown>(
  definition: ProducerDefinition<S, Out>,
): ProducerDefinition<S, Out> & Defined<'producer'> {
  return { ...definition, kind: 'producer', contract: CONTRACT_VERSION }
}

/** Any definition; what `defineStage`, `defineConsumer` and `defineProducer` give is one. */
export type Definition =
  | (StageDefinition & { readonly kind: 'stage' })
  | (ConsumerDefinition & { readonly kind: 'consumer' })
  | (ProducerDefinition & { readonly kind: 'producer' })

/** Options as a user writes them. */
export type OptionsOf<D extends { options: ZodType }> = input<D['options']>
