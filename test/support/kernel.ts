import type {
  ConsumerHandlers,
  IngressQueue,
  MessageDetails,
  ProducerContext,
  Receipt,
  StageContext,
  StageHandlers,
} from '../../src/core/component.ts'
import type { Edge } from '../../src/core/edge.ts'
import type { Env } from '../../src/core/env.ts'
import { asError } from '../../src/core/errors.ts'
import { Graph } from '../../src/core/graph.ts'
import type { Message } from '../../src/core/message.ts'
import type {
  Component,
  ConsumerComponent,
  EdgeSpec,
  NodeSettings,
  ProducerComponent,
  StageComponent,
} from '../../src/core/spec.ts'
import { Deferred } from '../../src/testing/simulator/world.ts'
import { ManualEnv } from './manual-env.ts'

const PLAIN = { io: false, exclusive: undefined, keyed: false }

/** A node as a test writes it: its component, whom it reads from, and its settings. */
export interface Written {
  readonly component: Component
  readonly from?: readonly (string | EdgeSpec)[]
  readonly settings?: NodeSettings
}

/** An `Env` that runs what can be done at once. */
interface RunnableEnv extends Env {
  run(): void
}

export interface Kernel<E extends RunnableEnv> {
  readonly graph: Graph
  readonly env: E
  /** Messages that failed, as `<node>: <code or text>`. */
  readonly failures: string[]
  /** What was logged, as `<message>: <error>`. */
  readonly log: string[]
  /** Resolves or rejects as `start` does. */
  readonly started: Promise<void>
}

interface Settings<E> {
  readonly env?: E
  readonly stopTimeoutMs?: number
  readonly memoryBytes?: number
}

/** Builds a graph, starts it and runs what can be done without time passing; D3 and D5 are checked after every turn. */
export function kernel<E extends RunnableEnv = ManualEnv>(
  nodes: Readonly<Record<string, Written>>,
  { env = new ManualEnv() as unknown as E, stopTimeoutMs = 5_000, memoryBytes = 3 * 2 ** 30 }: Settings<E> = {},
): Kernel<E> {
  const failures: string[] = []
  const log: string[] = []
  const note = (message: string, fields: { error?: unknown } = {}): void =>
    void log.push(`${message}: ${String(fields.error)}`)
  const graph = new Graph(
    {
      name: 'test',
      stopTimeoutMs,
      memoryBytes,
      nodes: Object.entries(nodes).map(([name, { component, from = [], settings = {} }]) => ({
        name,
        component,
        from: from.map((edge) => (typeof edge === 'string' ? { from: edge } : edge)),
        settings,
      })),
    },
    {
      env,
      log: { debug: note, info: note, warn: note, error: note },
      onMessageFailed: (node, _message, error) => void failures.push(`${node}: ${codeOf(error)}`),
    },
  )
  graph.scheduler.onTurn = () => graph.edges.forEach((edge) => checkEdge(graph, edge))
  const started = graph.start()
  started.catch(() => {}) // A test that is about it looks at it again.
  env.run()
  return { graph, env, failures, log, started }
}

/** D3's sum and D5, which hold after every turn of every node. */
function checkEdge(graph: Graph, edge: Edge): void {
  const { asked, dispatched, credit, queue, underWay, returning, surplus, window } = edge
  if (asked !== dispatched + credit) throw new Error(`D5: asked ${asked}, dispatched ${dispatched}, credit ${credit}`)
  if (Math.min(credit, underWay, returning, surplus) < 0) throw new Error(`D5: a count is negative: ${JSON.stringify(figures(edge))}`)
  const isOver = asked === 0 || graph.state === 'finished' || graph.state === 'failed'
  const sum = credit + queue.length + underWay + returning - surplus
  if (!isOver && sum !== window.max) {
    throw new Error(
      `D3: credit ${credit} + queued ${queue.length} + under way ${underWay} + returning ${returning} − surplus ${surplus} is not ${window.max}`,
    )
  }
}

/** The figures of a subscription. */
export function figures(edge: Edge): Record<string, number> {
  const { asked, dispatched, credit, queue, underWay, returning, surplus } = edge
  return { asked, dispatched, credit, queued: queue.length, underWay, returning, surplus }
}

/** A subscription with this demand window; `min` is half of it where nothing is said. */
export function asking(from: string, max: number, min?: number): EdgeSpec {
  return { from, demand: { max, ...(min === undefined ? {} : { min }) } }
}

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
