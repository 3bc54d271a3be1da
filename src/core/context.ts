import type { Timer } from './env.ts'
import type { Message } from './message.ts'

/** What a handler may return: a value at once (the fast way, D8), or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>

/** What belongs to one call of a handler. */
export interface CallInfo {
  /** Aborts when the call has timed out, or when its node is restarted, stopped or destroyed. */
  readonly signal: AbortSignal
  /** 1 for a first try. */
  readonly attempt: number
}

/** Time as a component sees it; a test owns it. */
export interface Clock {
  /** Monotonic ms. */
  now(): number
  /** Wall clock, ms since 1970. */
  date(): number
  /** Calls back once. A callback that throws is a fault of the node. Cancelled when the node stops or restarts. */
  after(delayMs: number, callback: () => void): Timer
}

export interface Log {
  debug(message: string, fields?: object): void
  info(message: string, fields?: object): void
  warn(message: string, fields?: object): void
  error(message: string, fields?: object): void
}

/** Why a node is asked to give what it holds: memory is short, or a marker of that name passes (D18, D21). */
export type FlushReason = 'pressure' | 'flush' | 'drain' | 'end'

/** What every node is given once, in `create`. */
export interface NodeContext {
  readonly pipeline: string
  readonly node: string
  readonly clock: Clock
  readonly log: Log
  /** A number in [0, 1). */
  random(): number
  /** The component's own counters, shown beside the kernel's. */
  readonly metrics: { add(name: string, count?: number): void }
}

/** The verbs of stages and consumers (A9). Each message of a call is returned, dropped, failed or held. */
export interface WorkerContext extends NodeContext {
  readonly limits: { readonly maxHeld: number; readonly maxKeys: number }
  /** Keeps messages beyond the call that brought them. Only where the definition says `holds`. */
  hold(messages: Message | readonly Message[]): void
  /** Ends held messages well. */
  ack(messages: Message | readonly Message[]): void
  /** Drops on purpose: acked, and counted by reason (A2). */
  drop(message: Message, reason: string): void
  /** Fails a message, or one part of a batch (A12). */
  fail(message: Message, error: unknown, part?: number): void
}

/** The verbs of stages that make messages. */
export interface StageContext extends WorkerContext {
  /** A batch of held messages: `data` is the array of theirs (A12). */
  join(parts: readonly Message[], key?: string): Message<readonly unknown[]>
  /** A message made from one of this call; the parent ends when all its children have (A2). */
  child(parent: Message, data: unknown): Message
  /** A message made from several held ones, which end as it does. */
  derive(data: unknown, parents: readonly Message[]): Message
  /** Gives messages outside of a call: held ones, and what `join` and `derive` made of held ones. */
  emit(messages: readonly Message[]): void
}

/** What a producer may say of a message beside its data. */
export interface MessageDetails {
  /** Part of the id; the same when the message is read again. A count by default. */
  readonly position?: string
  /** The whole id, of what was a message before and is the same one still; then `position` says nothing. */
  readonly id?: string
  readonly key?: string | undefined
  readonly headers?: Readonly<Record<string, string>>
  /** Event time, ms since 1970; arrival by default. */
  readonly time?: number
  /** 0 to 9, 9 is highest; 4 by default. */
  readonly priority?: number
  /** Wall clock ms after which nobody waits for it. */
  readonly deadline?: number
  /** How often it was tried, this time included; 1, the first, by default. */
  readonly attempt?: number
  /** What was read, where that is more than the data: for letters with `keep: original` (A11). */
  readonly original?: string | Uint8Array
  /** What it took on the wire; it is charged with twice that (D22). */
  readonly wireBytes?: number
  /** What it takes on the heap, where the producer knows better than by `wireBytes`. */
  readonly sizeBytes?: number
}

/** How messages are emitted that there may be no room for. */
export interface EmitOptions {
  /** All are taken, or none. */
  readonly whole?: boolean
  /** What isn't taken is kept by the component, for when `room` is called, and doesn't count as rejected. */
  readonly waits?: boolean
}

/** The verbs of producers. */
export interface ProducerContext extends NodeContext {
  /** Whether its messages are settled when they are stored, and not when they are delivered. */
  readonly isDurable: boolean
  message<T>(data: T, details?: MessageDetails): Message<T>
  /**
   * Gives messages that nobody asked for; they wait in the producer's queue.
   * @returns how many were taken, from the first on.
   */
  emit(messages: readonly Message[], options?: EmitOptions): number
  /**
   * Whether `emit` with `whole` would take so much now. A no counts as an emission that was refused, so that nothing has
   * to be made only to learn that there is no room.
   */
  readonly hasRoom: (wanted: { readonly messages: number; readonly bytes: number }) => boolean
  /**
   * Fails a message that was made and isn't given, as where what was read can't be understood: it counts as let in, and
   * goes the way that the node's `onFailure` says.
   */
  fail(message: Message, error: unknown): void
  /** Nothing more will come (D6). */
  end(): void
}
