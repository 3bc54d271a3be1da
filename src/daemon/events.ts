import type { CircuitChange } from '../core/circuit.ts'
import type { Env } from '../core/env.ts'
import type { Report } from '../core/lifecycle.ts'
import type { NodeStats, OverflowStats, PipelineStats } from '../core/stats.ts'

/** What happens in the life of a pipeline. */
export type Happening =
  /** Of a node, also of one that has been started again with its pipeline. */
  | { readonly type: 'node-opened'; readonly node: string }
  /** Every node is open. */
  | { readonly type: 'started' }
  /** The place behind a node doesn't work, so that it asks for nothing (A3); and works again. */
  | { readonly type: 'circuit-opened'; readonly node: string; readonly error: string }
  | { readonly type: 'circuit-closed'; readonly node: string; readonly openMs: number }
  /** Messages are being stored, because memory is full; and none is stored any more. */
  | { readonly type: 'overflow-opened' | 'overflow-closed'; readonly from: string; readonly to: string | undefined }
  /** A node was made anew, so often since this was last told (D14). */
  | { readonly type: 'node-restarted'; readonly node: string; readonly count: number }
  /** So many messages have become dead letters since this was last told. */
  | { readonly type: 'dead-letters'; readonly node: string; readonly count: number }
  | { readonly type: 'paused' | 'resumed'; readonly node: string }
  /** It was told to stop. */
  | { readonly type: 'draining' }
  /** It has come to its end: by itself, because it was stopped, or because the drain took too long. */
  | { readonly type: 'finished'; readonly outcome: 'finished' | 'stopped' | 'deadline' }
  /** It will be started again where `onPipelineFailure` is `restart`. */
  | { readonly type: 'failed'; readonly node: string | undefined; readonly error: Error | undefined }

/** What happens, to which pipeline, and when. */
export type PipelineEvent = Happening & {
  readonly pipeline: string
  /** Wall clock; ms since 1970. */
  readonly at: number
}

type Compared = Pick<NodeStats, 'restarts' | 'deadLettered' | 'isPaused'>

const NEW: Compared = { restarts: 0, deadLettered: 0, isPaused: false }

/** What is looked at of a graph. */
interface Observed {
  readonly nodes: ReadonlyMap<string, { readonly name: string; readonly isOpen: boolean }>
  stats(): Pick<PipelineStats, 'nodes' | 'overflows'>
}

interface PipelineEventsOptions {
  readonly pipeline: string
  readonly env: Pick<Env, 'date'>
  tell(event: PipelineEvent): void
}

/**
 * Tells what happens in one life of a pipeline: at once what it is told, and by comparing figures, once a second, what
 * would cost something on the way of a message, or could come a thousand times a second.
 */
export class PipelineEvents {
  readonly #options: PipelineEventsOptions
  readonly #opened = new Set<string>()
  readonly #nodes = new Map<string, Compared>()
  readonly #spilling = new Set<string>()

  constructor(options: PipelineEventsOptions) {
    this.#options = options
  }

  started(graph: Observed): void {
    // A short one may have come to its end already.
    for (const name of graph.nodes.keys()) this.#open(name)
    this.look(graph)
    this.#tell({ type: 'started' })
  }

  circuit(node: string, { state, error, openMs }: CircuitChange): void {
    if (state === 'opened') this.#tell({ type: 'circuit-opened', node, error })
    else this.#tell({ type: 'circuit-closed', node, openMs: Math.round(openMs) })
  }

  draining(): void {
    this.#tell({ type: 'draining' })
  }

  ended(graph: Observed, { outcome, node, error }: Pick<Report, 'outcome' | 'node' | 'error'>): void {
    this.look(graph)
    if (outcome === 'failed') this.#tell({ type: 'failed', node, error })
    else this.#tell({ type: 'finished', outcome })
  }

  /** Compares with what was seen last. */
  look(graph: Observed, { nodes, overflows } = graph.stats()): void {
    for (const { name, isOpen } of graph.nodes.values()) if (isOpen) this.#open(name)
    for (const stats of nodes) this.#compare(stats.name, stats)
    for (const stats of overflows) this.#compareOverflow(stats)
  }

  #open(node: string): void {
    if (this.#opened.has(node)) return
    this.#opened.add(node)
    this.#tell({ type: 'node-opened', node })
  }

  #compare(node: string, { restarts, deadLettered, isPaused }: Compared): void {
    const last = this.#nodes.get(node) ?? NEW
    this.#nodes.set(node, { restarts, deadLettered, isPaused })
    if (restarts > last.restarts) this.#tell({ type: 'node-restarted', node, count: restarts - last.restarts })
    if (deadLettered > last.deadLettered)
      this.#tell({ type: 'dead-letters', node, count: deadLettered - last.deadLettered })
    if (isPaused !== last.isPaused) this.#tell({ type: isPaused ? 'paused' : 'resumed', node })
  }

  #compareOverflow({ from, to, state }: OverflowStats): void {
    const name = JSON.stringify([from, to])
    const isSpilling = state !== 'direct'
    if (isSpilling === this.#spilling.has(name)) return
    if (isSpilling) this.#spilling.add(name)
    else this.#spilling.delete(name)
    this.#tell({ type: isSpilling ? 'overflow-opened' : 'overflow-closed', from, to })
  }

  #tell(happening: Happening): void {
    const { pipeline, env, tell } = this.#options
    tell({ pipeline, at: env.date(), ...happening })
  }
}
