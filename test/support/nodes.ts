import type {
  ConsumerHandlers,
  IngressQueue,
  MessageDetails,
  ProducerContext,
  Receipt,
  StageContext,
  StageHandlers,
} from '../../src/core/component.ts'
import { asError } from '../../src/core/errors.ts'
import type { Message } from '../../src/core/message.ts'
import type { ConsumerComponent, ProducerComponent, StageComponent } from '../../src/core/spec.ts'
import { Deferred } from '../../src/testing/simulator/world.ts'

const PLAIN = { io: false, exclusive: undefined, keyed: false }

interface SourceOptions {
  /** Ends after so many messages. */
  readonly upTo?: number
  /** How many it gives when asked for `count`. */
  readonly give?: (count: number) => number
  /** Emits by itself, by `push`, instead of being asked. */
  readonly queue?: Partial<IngressQueue>
  readonly details?: (value: unknown) => MessageDetails
}

/** A producer that counts 0, 1, 2 … as it is asked, or gives what a test pushes; it remembers what it is told. */
export class Source {
  readonly component: ProducerComponent
  /** What it was asked for, each time. */
  readonly asks: number[] = []
  readonly receipts: Receipt[] = []
  /** Numbers made so far. */
  made = 0
  context!: ProducerContext
  readonly #options: SourceOptions
  /** What each message was made of: its data changes on the way. */
  readonly #values = new Map<Message, unknown>()

  constructor(options: SourceOptions = {}) {
    this.#options = options
    const settle = (told: readonly Receipt[]): void => void this.receipts.push(...told)
    const handleDemand = (count: number): Message[] => this.#answer(count)
    const queue: IngressQueue = { messages: 10_000, bytes: 2 ** 40, whenFull: 'reject', ...options.queue }
    this.component = {
      ...PLAIN,
      kind: 'producer',
      name: 'source',
      outcomes: true,
      create: (context) => {
        this.context = context
        return options.queue === undefined ? { handleDemand, settle } : { queue, settle }
      },
    }
  }

  /** Outcomes in the order in which they were told, as `<value>: acked` or `<value>: <code>`. */
  get outcomes(): string[] {
    return this.receipts.map(({ message, outcome, error }) => {
      return `${JSON.stringify(this.#values.get(message))}: ${outcome === 'acked' ? outcome : codeOf(error)}`
    })
  }

  /** Messages of this producer. */
  messages(values: readonly unknown[]): Message[] {
    const { details } = this.#options
    return values.map((value) => {
      const message = this.context.message(value, details?.(value))
      this.#values.set(message, value)
      return message
    })
  }

  /** Emits. @returns how many were taken. */
  push(...values: readonly unknown[]): number {
    return this.context.emit(this.messages(values))
  }

  #answer(asked: number): Message[] {
    const { upTo = Infinity, give = (count: number) => count } = this.#options
    this.asks.push(asked)
    const count = Math.min(give(asked), upTo - this.made)
    const messages = this.messages(Array.from({ length: count }, () => this.made++))
    if (this.made >= upTo) this.context.end()
    return messages
  }
}

/** The code of an error of ours, the text of any other. */
export function codeOf(error: unknown): string {
  return (error as { code?: string } | undefined)?.code ?? asError(error).message
}

interface StageFlags {
  readonly holds?: boolean
  readonly parts?: number
}

export function stage(
  create: (context: StageContext) => StageHandlers,
  { holds = false, parts }: StageFlags = {},
): StageComponent {
  return { ...PLAIN, kind: 'stage', name: 'stage', holds, parts, create }
}

export function consumer(
  create: (context: StageContext) => ConsumerHandlers,
  { holds = false } = {},
): ConsumerComponent {
  return { ...PLAIN, kind: 'consumer', name: 'consumer', holds, create }
}

/** A stage that gives batches of `size`, what is left of them when it is flushed. */
export function batching(size: number): StageComponent {
  return stage(
    ({ hold, join }) => {
      let open: Message[] = []
      const close = (): Message => join(open.splice(0))
      return {
        handle: (messages) => {
          hold(messages)
          open.push(...messages)
          const full: Message[] = []
          while (open.length >= size) full.push(join(open.splice(0, size)))
          return full
        },
        flush: () => (open.length > 0 ? [close()] : []),
        stop: () => void (open = []),
      }
    },
    { holds: true, parts: size },
  )
}

/** A consumer that remembers what came; it may throw. */
export class Sink {
  readonly component: ConsumerComponent
  readonly values: unknown[] = []
  readonly messages: Message[] = []

  constructor(handler: (data: unknown, message: Message) => void = () => {}) {
    this.component = consumer(() => ({
      each: (data: unknown, message: Message) => {
        this.values.push(data)
        this.messages.push(message)
        handler(data, message)
      },
    }))
  }
}

/** One call that waits for a test. */
export interface GatedCall {
  readonly data: unknown
  readonly message: Message
  readonly call: { readonly signal: AbortSignal; readonly attempt: number }
  resolve(value?: unknown): void
  reject(error: unknown): void
}

/** A per-message handler whose calls end when a test says so, in the order that it says; no promise is involved. */
export class Gate {
  readonly calls: GatedCall[] = []
  readonly wait = (data: unknown, message: Message, call: GatedCall['call']): PromiseLike<unknown> => {
    const deferred = new Deferred()
    this.calls.push({
      data,
      message,
      call,
      resolve: (value = data) => deferred.resolve(value),
      reject: (error) => deferred.reject(error),
    })
    return deferred
  }
  readonly consumer = consumer(() => ({ each: this.wait }))
  readonly stage = stage(() => ({ map: this.wait }))

  /** What the calls so far were given. */
  get values(): unknown[] {
    return this.calls.map(({ data }) => data)
  }
}

/** A consumer that takes what it has asked for and never comes back. */
export const stuck: ConsumerComponent = consumer(() => ({ each: () => new Deferred() }))
/** A consumer that takes everything. */
export const discarding: ConsumerComponent = consumer(() => ({ each: () => {} }))
/** A stage that changes nothing. */
export const passing: StageComponent = stage(() => ({ map: (data: unknown) => data }))

/** `count` numbers from `first`. */
export function range(count: number, first = 0): number[] {
  return Array.from({ length: count }, (_, index) => first + index)
}
