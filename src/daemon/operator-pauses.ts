import type { Log } from '../core/component.ts'
import type { Graph } from '../core/graph.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { meantOrAll } from '../kit/nearest.ts'
import { quote } from '../kit/text.ts'
import { daemonError } from './errors.ts'

/** What is done where somebody asks for it, in the words of the log. */
const TOLD = { pause: 'paused, as somebody has asked', resume: 'goes on, as somebody has asked' } as const

export type PauseAction = keyof typeof TOLD

/** What somebody has paused in a pipeline. It stays so when the pipeline is started again after a failure. */
export class OperatorPauses {
  readonly #spec: PipelineSpec
  readonly #log: Log
  readonly #paused = new Set<string>()

  constructor(spec: PipelineSpec, log: Log) {
    this.#spec = spec
    this.#log = log
  }

  /** The names of nodes that are paused, in the order of the pipeline. */
  get nodes(): readonly string[] {
    return this.#names.filter((name) => this.#paused.has(name))
  }

  /** Every producer is paused. */
  get isWhole(): boolean {
    return this.#producers.every((name) => this.#paused.has(name))
  }

  /**
   * Withholds demand at a node, or at every producer: what is under way comes to its end, nothing new is asked for (D20).
   * Or lets a node go on, or all that is paused.
   *
   * @returns what is paused then
   * @throws SLUICE_ADMIN_NO_NODE, SLUICE_ADMIN_ENDED
   */
  change(action: PauseAction, graph: Graph, node?: string): readonly string[] {
    this.check(graph, node)
    const all = action === 'pause' ? this.#producers : this.nodes
    for (const name of node === undefined ? all : [node]) {
      if (action === 'pause') this.#paused.add(name)
      else this.#paused.delete(name)
      graph[action](name)
    }
    this.#log.info(TOLD[action], { node, paused: this.nodes })
    return this.nodes
  }

  /** Whether that can be done. @throws SLUICE_ADMIN_NO_NODE, SLUICE_ADMIN_ENDED */
  check({ state }: Graph, node?: string): void {
    if (state !== 'running' && state !== 'starting')
      throw daemonError('SLUICE_ADMIN_ENDED', `${this.#spec.name} is ${state}: nothing of it can be paused or go on`)
    const names = this.#names
    if (node === undefined || names.includes(node)) return
    throw daemonError(
      'SLUICE_ADMIN_NO_NODE',
      `${this.#spec.name} has no node ${quote(node)}; ${meantOrAll(node, names)}`,
    )
  }

  /** To a graph that was made anew. */
  applyTo(graph: Graph): void {
    for (const name of this.#paused) graph.pause(name)
  }

  get #names(): string[] {
    return this.#spec.nodes.map(({ name }) => name)
  }

  get #producers(): string[] {
    return this.#spec.nodes.filter(({ component }) => component.kind === 'producer').map(({ name }) => name)
  }
}
