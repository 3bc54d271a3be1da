import type { Log } from '../../core/component.ts'
import type { ConfiguredStage } from '../../core/configured.ts'
import type { Edge } from '../../core/edge.ts'
import type { Env } from '../../core/env.ts'
import { Graph } from '../../core/graph.ts'
import type { EdgeSpec, NodeSpec } from '../../core/spec.ts'
import { testingError } from '../errors.ts'
import { bound, settingsOf, written, type Testable } from './component.ts'
import { Feed, Taker } from './ends.ts'
import type { Watch } from './watch.ts'

/** How a component is tried. */
export interface HarnessOptions {
  /** The options, where a definition is tried and not what its factory gave. */
  readonly options?: unknown
  /** Settings as they stand beside a component in a pipeline: `{ concurrency: 4, timeout: '1s' }`. */
  readonly settings?: object
  /** Stages that stand before the component, as `batch` before one that takes batches. */
  readonly before?: readonly ConfiguredStage<never, unknown>[]
  /** Who answers for what the component gives: each message is acked at once, or by `ack` and `fail`. */
  readonly answers?: 'at once' | 'by hand'
  /** A clock that stands still until `advance`, or the one on the wall. */
  readonly clock?: 'simulated' | 'real'
  /** Whether calls may wait for real I/O, so that `settle` waits a moment for them; as its definition says by default. */
  readonly io?: boolean
  /** What a stop may take, in ms of its clock. */
  readonly stopTimeoutMs?: number
  /** Whether data and headers are deep-frozen before the component gets them; they are, unless told otherwise. */
  readonly freezes?: boolean
}

/** What a component has logged. */
export interface TestLogLine {
  readonly level: keyof Log
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

const BEFORE = '(before)'
const BEHIND = '(behind)'
/** More than a test grants. */
export const MOST_GRANTED = 1e9
const MOST = { demand: { max: MOST_GRANTED }, maxHeld: MOST_GRANTED }
/** None of the budgets of memory is to be met by chance. */
const MEMORY_BYTES = 2 ** 50
const STOP_TIMEOUT_MS = 60_000

/** A component between the ends that a test has in its hand, in a graph of the real kernel. */
export class Subject {
  readonly name: string
  readonly kind: 'producer' | 'stage' | 'consumer'
  /** Says that it can't be open twice. */
  readonly isExclusive: boolean
  /** Most parts of a message that it says it gives. */
  readonly declaredParts: number
  readonly graph: Graph
  readonly watch: Watch
  readonly feed: Feed | undefined
  readonly taker: Taker | undefined
  readonly log: TestLogLine[] = []
  #granted = 0
  /** Granted before there was anybody to ask. */
  #early = 0

  constructor(component: Testable, options: HarnessOptions, { env, watch }: { env: Env; watch: Watch }) {
    const own = written(component, options.options)
    const { kind, name } = own.definition
    this.name = name
    this.kind = kind
    this.watch = watch
    this.feed = kind === 'producer' ? undefined : new Feed()
    this.taker = kind === 'consumer' ? undefined : new Taker(options.answers === 'by hand')
    const nodes: NodeSpec[] = []
    const add = (node: Omit<NodeSpec, 'from'>): void => {
      const from: EdgeSpec[] = nodes.length === 0 ? [] : [{ from: nodes.at(-1)!.name }]
      nodes.push({ ...node, from })
    }
    if (this.feed !== undefined) add({ name: BEFORE, component: this.feed.component, settings: MOST_UNACKED })
    for (const [index, stage] of stagesBefore(kind, options).entries())
      add({ name: `${BEFORE}-${index + 1}`, component: bound(stage), settings: {} })
    const bare = bound(own)
    this.isExclusive = bare.exclusive !== undefined
    this.declaredParts = bare.kind === 'stage' ? (bare.parts ?? 1) : 1
    add({ name, component: this.watch.over(bare), settings: settingsOf(own, options.settings) })
    if (this.taker !== undefined) add({ name: BEHIND, component: this.taker.component, settings: MOST })
    this.graph = this.#graphOf(nodes, { env, stopTimeoutMs: options.stopTimeoutMs ?? STOP_TIMEOUT_MS })
    this.#watchDrops()
    const { edge } = this
    if (edge === undefined) return
    // It asks for what a test grants, and for nothing when messages have been handled (D3).
    this.graph.pauseEdge(name, BEHIND)
    edge.step = Infinity
  }

  /** What the component may give over. */
  get edge(): Edge | undefined {
    return this.taker === undefined ? undefined : this.graph.edges.at(-1)
  }

  /** Asked for so far. */
  get granted(): number {
    return this.#granted
  }

  async start(): Promise<void> {
    await this.graph.start()
    if (this.edge === undefined) return
    this.graph.resumeEdge(this.name, BEHIND)
    this.#ask(this.#early)
    this.#early = 0
  }

  /** Asks for more. What the edge asked for on subscribing is `returning`, as if it had been handled. */
  grant(count: number): void {
    this.#granted += count
    if (this.graph.state === 'created' || this.graph.state === 'starting') this.#early += count
    else this.#ask(count)
  }

  /** Asks for as much as can be asked for. */
  grantAll(): void {
    const { edge } = this
    if (edge !== undefined && !edge.isCancelled) this.grant(edge.returning)
  }

  /** The subscriber behind the component takes nothing more. */
  cancel(): void {
    this.graph.cancel(this.name, BEHIND)
  }

  #ask(count: number): void {
    const { edge } = this
    if (edge === undefined || edge.isCancelled || count === 0) return
    edge.returning -= count
    edge.credit += count
    edge.asked += count
    edge.from.credited(count)
  }

  #graphOf(nodes: readonly NodeSpec[], { env, stopTimeoutMs }: { env: Env; stopTimeoutMs: number }): Graph {
    const write =
      (level: keyof Log) =>
      (message: string, fields: object = {}) =>
        void this.log.push({ level, message, fields: { ...fields } })
    const log = { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
    return new Graph({ name: 'test', nodes, stopTimeoutMs, memoryBytes: MEMORY_BYTES }, { env, log })
  }

  #watchDrops(): void {
    const { feed } = this
    const node = this.graph.node(this.name)
    if (feed === undefined) return
    const drop = node.drop.bind(node)
    node.drop = (messages, reason) => {
      for (const message of messages) feed.dropped(message, reason)
      drop(messages, reason)
    }
  }
}

const MOST_UNACKED = { maxUnacked: { parts: MOST_GRANTED, bytes: MEMORY_BYTES } }

function stagesBefore(kind: string, { before = [] }: HarnessOptions): ReturnType<typeof written>[] {
  if (kind === 'producer' && before.length > 0)
    throw testingError('SLUICE_TESTING_MISUSE', 'nothing stands before a producer; leave `before` out')
  return before.map((stage) => written(stage, undefined))
}
