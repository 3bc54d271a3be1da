import type { Edge } from './edge.ts'
import type { Producer } from './producer.ts'
import type { Worker } from './worker.ts'

/** What pauses see of their graph. */
interface Pausable {
  readonly edges: readonly Edge[]
  readonly producers: readonly Producer[]
}

/** What is paused (D20): a paused node takes nothing over any of its inputs. */
export class Pauses {
  readonly #graph: Pausable
  readonly #nodes = new Set<Producer | Worker>()
  readonly #edges = new Set<Edge>()

  constructor(graph: Pausable) {
    this.#graph = graph
  }

  set(item: Producer | Worker | Edge, isPaused: boolean): void {
    const items: Set<unknown> = 'credit' in item ? this.#edges : this.#nodes
    if (isPaused) items.add(item)
    else items.delete(item)
    this.apply()
  }

  clear(): void {
    this.#nodes.clear()
    this.#edges.clear()
    this.apply()
  }

  /** A subscription has ended. */
  forget(edge: Edge): void {
    this.#edges.delete(edge)
  }

  /** Also after a subscription has begun. */
  apply(): void {
    for (const edge of this.#graph.edges) {
      const isPaused = this.#edges.has(edge) || this.#nodes.has(edge.to as Worker)
      if (isPaused) edge.pause()
      else if (edge.isPaused) edge.resume()
    }
    for (const producer of this.#graph.producers) {
      producer.isPaused = this.#nodes.has(producer)
      producer.wake()
    }
  }
}
