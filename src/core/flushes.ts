import type { Edge } from './edge.ts'
import type { Marker } from './marker.ts'
import type { Node } from './node.ts'
import type { Producer } from './producer.ts'
import type { Worker } from './worker.ts'

/** What flushes see of their graph. */
export interface Flushable {
  readonly edges: readonly Edge[]
  readonly producers: readonly Producer[]
  readonly workers: readonly Worker[]
}

interface Flush {
  readonly marker: Marker
  /** Nodes that it has gone through. */
  readonly passed: Set<unknown>
  readonly done: () => void
}

/** Sends flush markers through a graph, one at a time: the next begins when this one is through (D18). */
export class Flushes {
  readonly #graph: Flushable
  #current: Flush | undefined
  readonly #waiting: (() => void)[] = []
  #number = 1

  constructor(graph: Flushable) {
    this.#graph = graph
  }

  add(done: () => void): void {
    this.#waiting.push(done)
    if (this.#current === undefined) this.#next()
  }

  /** A flush has gone through a node, or the node has ended and lets nothing wait. */
  passed(node: Node): void {
    this.#current?.passed.add(node)
    this.#check()
  }

  /** Whether a marker is one of a flush that has gone through a node already, or is over. */
  isOver(marker: Marker, node: Node): boolean {
    if (marker.kind !== 'flush') return false
    return marker !== this.#current?.marker || this.#current.passed.has(node)
  }

  /** A subscription has begun or ended: whom a flush waits for may have changed. */
  rewired(begun?: Edge): void {
    if (begun !== undefined) this.#markBegun(begun)
    const passed = this.#current?.passed
    // Who has passed would be fed by who has not: what waits for both, as letters do, would wait for itself.
    if (begun !== undefined && passed?.has(begun.to) === true && !passed.has(begun.from)) this.#over()
    else this.#check()
  }

  /** The graph is over: nobody waits any longer. */
  end(): void {
    const current = this.#current
    this.#current = undefined
    current?.done()
    for (const done of this.#waiting.splice(0)) done()
  }

  #next(): void {
    const done = this.#waiting.shift()
    if (done === undefined) return
    const { producers } = this.#graph
    const marker: Marker = { kind: 'flush', number: this.#number++ }
    this.#current = { marker, passed: new Set(producers), done }
    for (const producer of producers) producer.mark(marker)
    this.#check()
  }

  /** A flush is through when every consumer that a producer feeds has passed it, or has ended. */
  #check(): void {
    const current = this.#current
    if (current === undefined) return
    const fed = fedBy(this.#graph)
    for (const worker of this.#graph.workers) {
      if (worker.outlet === undefined && fed.has(worker) && !worker.isFinished && !current.passed.has(worker)) return
    }
    this.#over()
  }

  #over(): void {
    const current = this.#current
    this.#current = undefined
    for (const worker of this.#graph.workers) worker.wake() // Its marker may still stand before what has come since.
    current?.done()
    if (this.#current === undefined) this.#next()
  }

  /** What the giver has passed on already, it won't say again. */
  #markBegun(edge: Edge): void {
    const current = this.#current
    if ((edge.from as Node).outlet!.hasEnded || !current?.passed.has(edge.from)) return
    if (!current.passed.has(edge.to)) edge.mark(current.marker)
  }
}

/** The workers that messages of a producer can come to. */
function fedBy({ producers, edges }: Flushable): ReadonlySet<unknown> {
  const fed = new Set<unknown>(producers)
  for (const node of fed) for (const edge of edges) if (edge.from === node) fed.add(edge.to) // A set grows while it is read.
  return fed
}
