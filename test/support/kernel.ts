import type { Edge } from '../../src/core/edge.ts'
import type { Env } from '../../src/core/env.ts'
import { Graph } from '../../src/core/graph.ts'
import type { Component, ConsumerComponent, EdgeSpec, NodeSettings } from '../../src/core/spec.ts'
import { codeOf } from './nodes.ts'
import { ManualEnv } from './manual-env.ts'

export * from './nodes.ts'

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
  /** Outages, as `<node> opened: <error>` and `<node> closed`. */
  readonly circuits: string[]
  /** Resolves or rejects as `start` does. */
  readonly started: Promise<void>
}

interface Settings<E> {
  readonly env?: E
  readonly stopTimeoutMs?: number
  readonly memoryBytes?: number
  /** The consumer of dead letters. */
  readonly deadLetters?: ConsumerComponent
  /** Whether letters also hold what came in. */
  readonly keep?: 'entered' | 'original'
}

/** Builds a graph, starts it and runs what can be done without time passing; D3 and D5 are checked after every turn. */
export function kernel<E extends RunnableEnv = ManualEnv>(
  nodes: Readonly<Record<string, Written>>,
  {
    env = new ManualEnv() as unknown as E,
    stopTimeoutMs = 5_000,
    memoryBytes = 3 * 2 ** 30,
    deadLetters,
    keep = 'entered',
  }: Settings<E> = {},
): Kernel<E> {
  const failures: string[] = []
  const log: string[] = []
  const circuits: string[] = []
  const note = (message: string, fields: { error?: unknown } = {}): void =>
    void log.push(`${message}: ${String(fields.error)}`)
  const graph = new Graph(
    {
      name: 'test',
      stopTimeoutMs,
      memoryBytes,
      ...(deadLetters === undefined ? {} : { deadLetters: { component: deadLetters, settings: {}, keep } }),
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
      onCircuit: (node, { state, error }) =>
        void circuits.push(state === 'closed' ? `${node} closed` : `${node} opened: ${error}`),
    },
  )
  graph.scheduler.onTurn = () => graph.edges.forEach((edge) => checkEdge(graph, edge))
  const started = graph.start()
  started.catch(() => {}) // A test that is about it looks at it again.
  env.run()
  return { graph, env, failures, log, circuits, started }
}

/** D3's sum and D5, which hold after every turn of every node. */
function checkEdge(graph: Graph, edge: Edge): void {
  const { asked, dispatched, credit, queue, underWay, returning, surplus, window } = edge
  if (asked !== dispatched + credit) throw new Error(`D5: asked ${asked}, dispatched ${dispatched}, credit ${credit}`)
  if (Math.min(credit, underWay, returning, surplus) < 0)
    throw new Error(`D5: a count is negative: ${JSON.stringify(figures(edge))}`)
  let bytes = 0
  queue.forEach(({ sizeBytes }) => (bytes += sizeBytes))
  if (queue.bytes !== bytes) throw new Error(`D22: the queue says that it has ${queue.bytes} bytes, it has ${bytes}`)
  const isOver = asked === 0 || edge.isCancelled || graph.state === 'finished' || graph.state === 'failed'
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
