import type { RedisStoreInput } from '../overflow/redis-store/redis.ts'
import type { PipelineGroupInput } from '../redis/group/options.ts'
import type { ConfiguredConsumer, ConfiguredProducer, ConfiguredStage, KeyOf } from '../core/configured.ts'
import type { Letter } from '../core/letter.ts'

/** Where the type of a node's `data` stands: for the compiler only, nothing is ever there. */
declare const DATA: unique symbol

/** A node of a pipeline that is being defined, for others to read from. */
export class Ref<out T> {
  readonly name: string
  declare readonly [DATA]: () => T

  constructor(name: string) {
    this.name = name
  }
}

/** What a node reads from another, with settings of that one edge. Made by `edge`. */
export class Edge<out T> {
  readonly ref: Ref<T>
  readonly settings: EdgeSettings

  constructor(ref: Ref<T>, settings: EdgeSettings) {
    this.ref = ref
    this.settings = settings
  }
}

/** Reads from a node with settings of that one edge: `edge(payments, { whenFull: 'drop-oldest' })`. */
export function edge<T>(ref: Ref<T>, settings: EdgeSettings): Edge<T> {
  return new Edge(ref, settings)
}

/** Whom a node reads from: one node, or several whose messages have data of one type. */
export type From<T> = Ref<T> | Edge<T> | readonly (Ref<T> | Edge<T>)[]

/** A demand window: a count of messages, or its details; by default 1,000, with `concurrency` two calls each (128 at least). */
export type Demand =
  | number
  | {
      /** Most messages that are asked for and not yet handled. */
      readonly max?: number | undefined
      /** More is asked for when no more than these are left; half of `max` by default. */
      readonly min?: number | undefined
      /** Stops asking at so many bytes, as '64MiB'; one message always passes. */
      readonly bytes?: string | undefined
    }

/** What durable stores have in common: where messages are stored, and how. */
export interface Durable {
  /** What waits in memory at most: a count of messages, or its details; 10,000 by default. */
  readonly memory?: number | { readonly parts?: number | undefined; readonly bytes?: string | undefined } | undefined
  /** The share of `memory` at which it begins to store, as '80%' or 0.8, the default. */
  readonly high?: string | number | undefined
  /** The share of `memory` below which it may go on from memory again; '50%' by default. */
  readonly low?: string | number | undefined
  /** What is stored at most, as '10GiB', the default; `age` is how long a message may be stored. */
  readonly limit?: string | { readonly bytes?: string | undefined; readonly age?: string | undefined } | undefined
  /** What happens when `limit` is reached and memory is full: the giver is slowed down (the default), or what comes is dropped. */
  readonly whenFull?: 'block' | 'reject' | 'drop-oldest' | 'drop-newest' | undefined
  /** How many messages are written as one, and how long a few wait for others. */
  readonly frame?: { readonly bytes?: string | undefined; readonly delay?: string | undefined } | undefined
  /** How messages are written: as JSON, the default, or compressed as well. */
  readonly codec?: 'json' | 'json+deflate' | undefined
  /** Where it is stored: on the local disk, or in Redis. */
  readonly store?:
    | 'embedded'
    | 'redis'
    | {
        readonly embedded?: { readonly folder?: string | undefined } | undefined
        readonly redis?: RedisStoreInput | undefined
      }
    | undefined
  /**
   * When a message counts as stored. On the disk: when that has confirmed it (`disk`, the default), or when the system has it
   * (`os`). In Redis: `aof`, the default, `aof-always`, `replicated` or `memory`.
   */
  readonly durability?: string | undefined
}

/** Where messages wait that memory has no room for: `true` for a store on the local disk, or its details. */
export type Overflow =
  | boolean
  | (Durable & {
      /** `spill`, the default, stores what memory has no room for; `always` stores everything before it counts as taken. */
      readonly mode?: 'spill' | 'always' | undefined
    })

/** Settings of one edge. */
export interface EdgeSettings {
  readonly demand?: Demand | undefined
  /** What may wait before this edge where `whenFull` drops; 1,000 messages by default. */
  readonly queue?: { readonly messages?: number | undefined; readonly bytes?: string | undefined } | undefined
  /** What happens to messages that this edge has not asked for; `block`, the default, slows the giver down, `spill` stores them. */
  readonly whenFull?: 'block' | 'drop-newest' | 'drop-oldest' | 'spill' | undefined
  /** As that of the node, for this edge alone; `false` for none. */
  readonly overflow?: Overflow | undefined
}

/** How output is divided among several readers: to each (the default), to whoever asks, or by a value of it. */
export type Dispatch<Out> =
  | 'broadcast'
  | 'demand'
  | { readonly partition: { readonly by: KeyOf<Out>; readonly count: number } }

/**
 * What becomes of a message that failed: it is kept as a dead letter (the default where the pipeline has dead letters),
 * goes back to where it came from (the default elsewhere), is forgotten, or ends the pipeline.
 */
export type OnFailure = 'origin' | 'dead-letter' | 'drop' | 'stop'

/** How a message that failed by itself is tried again: a count of calls, the first included, or its details; without it there is one. */
export type Retry =
  | number
  | {
      /** Calls that are made with a message, the first included; 5 by default. */
      readonly attempts?: number | undefined
      /** How long is waited between calls: a random time, at most twice as long each time; '100ms' to '10s' by default. */
      readonly backoff?: { readonly initial?: string | undefined; readonly max?: string | undefined } | undefined
      /** Retries are at most this share of the calls, as '10%' or 0.1; '10%' by default. */
      readonly budget?: string | number | undefined
    }

/** Settings of a producer, beside the options of its component. */
export interface ProducerSettings<Out> {
  /** Sets the key of messages: those with one key keep their order. */
  readonly key?: KeyOf<Out> | undefined
  readonly dispatch?: Dispatch<Out> | undefined
  readonly onFailure?: OnFailure | undefined
  /** Messages of this producer that have no outcome yet; 100,000 by default. */
  readonly maxUnacked?:
    | number
    | { readonly parts?: number | undefined; readonly bytes?: string | undefined }
    | undefined
  /** Stores everything that it takes before its sender is told; only for producers that others send to. */
  readonly durable?: boolean | Durable | undefined
}

/** Settings of a consumer, beside the options of its component. */
export interface ConsumerSettings<In> {
  /** Sets the key of messages: those with one key keep their order. */
  readonly key?: KeyOf<In> | undefined
  readonly demand?: Demand | undefined
  /** Calls in flight of an asynchronous handler; 1 by default. */
  readonly concurrency?: number | undefined
  /** Most messages of one asynchronous `handle`; 100 by default. */
  readonly callSize?: number | undefined
  /** What is kept in order where calls overlap: `input` at stages, at consumers that of keys, if there are any. */
  readonly order?: 'input' | 'key' | 'none' | undefined
  /** How long an asynchronous call may take, as '500ms'; '30s' by default. */
  readonly timeout?: string | undefined
  readonly retry?: Retry | undefined
  /** How long a call is tried again that fails because of the place, as '1h'; for ever by default. */
  readonly giveUpAfter?: string | undefined
  readonly onFailure?: OnFailure | undefined
  /** With `order: 'key'`, messages that wait behind retried ones of their keys; 1,000 by default. */
  readonly maxParked?: number | undefined
  /** What becomes of a message whose deadline has passed before a call was spent on it; `drop` by default. */
  readonly whenExpired?: 'drop' | 'dead-letter' | undefined
  /** Messages that are held between calls, where the component holds any; 10,000 by default. */
  readonly maxHeld?: number | undefined
  /** Where messages wait that memory has no room for; one for each node that this one reads from. */
  readonly overflow?: Overflow | undefined
}

/** Settings of a stage, beside the options of its component. */
export interface StageSettings<In, Out> extends ConsumerSettings<In> {
  readonly dispatch?: Dispatch<Out> | undefined
  /** Longest array that a message may become; 10,000 by default. */
  readonly maxExpansion?: number | undefined
  /** Groups that are held between calls, where the component holds any; 10,000 by default. */
  readonly maxKeys?: number | undefined
}

/** Settings of where dead letters go, beside the options of the component. */
export interface DeadLettersSettings extends Pick<
  ConsumerSettings<Letter>,
  'demand' | 'concurrency' | 'callSize' | 'timeout' | 'retry' | 'maxHeld'
> {
  /** What is kept of a message: it as it entered the node that failed it (the default), or what its producer read as well. */
  readonly keep?: 'entered' | 'original' | undefined
}

/** Settings of a pipeline. */
export interface PipelineSettings {
  /** How long the nodes may take to open; '1m' by default. */
  readonly startTimeout?: string | undefined
  /** How long a stop may take, what is under way included; '25s' by default. */
  readonly stopTimeout?: string | undefined
  /** What this pipeline may use of the memory, as '512MiB'; an equal share by default. */
  readonly memory?: string | undefined
  /** How often a node may start again before the pipeline fails; 3 times within '5s' by default. */
  readonly restarts?: { readonly most?: number | undefined; readonly within?: string | undefined } | undefined
  /**
   * What happens when the pipeline fails as a whole: it starts again, it stays down (the default) while others run, or
   * the process ends.
   */
  readonly onPipelineFailure?: 'restart' | 'stop' | 'exit' | undefined
  /** The daemons that run this pipeline, joined by Redis: `pause` and `resume` with `all` act on each of them. */
  readonly group?: PipelineGroupInput | undefined
}

/** Takes the nodes of a pipeline, one after the other: whoever reads from a node comes behind it. */
export interface PipelineBuilder {
  /** Adds a source of messages. */
  producer<Out>(name: string, producer: ConfiguredProducer<Out>, settings?: ProducerSettings<NoInfer<Out>>): Ref<Out>
  /** Adds what takes messages and gives messages. */
  stage<In, Out>(
    name: string,
    from: From<In>,
    stage: ConfiguredStage<In, Out>,
    settings?: StageSettings<NoInfer<In>, NoInfer<Out>>,
  ): Ref<Out>
  /** Adds an end of the line. */
  consumer<In>(
    name: string,
    from: From<In>,
    consumer: ConfiguredConsumer<In>,
    settings?: ConsumerSettings<NoInfer<In>>,
  ): void
  /** Says where messages go that failed for good: to a consumer of `Letter`s, as `letters()`, or one of your own. */
  deadLetters(consumer: ConfiguredConsumer<Letter>, settings?: DeadLettersSettings): void
}
