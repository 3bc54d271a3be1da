import type { Edge } from '../../core/edge.ts'
import type { State } from '../../core/lifecycle.ts'
import { Producer } from '../../core/producer.ts'
import { Worker } from '../../core/worker.ts'
import type { Run } from './run.ts'

/** Most children of one message in a scenario. */
const MOST_CHILDREN = 6

/** What must hold after every turn of every node: credit, bounds, markers. */
export class Checks {
  readonly #run: Run
  readonly #maxUnacked: ReadonlyMap<string, number>
  /** Cancelled edges, which must keep to D5 as well. */
  readonly cancelled: Edge[] = []

  constructor(run: Run) {
    this.#run = run
    this.#maxUnacked = new Map(run.scenario.producers.map(({ name, maxUnacked }) => [name, maxUnacked]))
  }

  afterTurn(): void {
    const { graph } = this.#run
    for (const edge of graph.edges) this.#checkEdge(edge)
    for (const edge of this.cancelled) this.#checkConserved(edge)
    for (const node of graph.nodes.values()) {
      if (node instanceof Producer) this.#checkProducer(node)
      else this.#checkWorker(node)
    }
  }

  #checkEdge(edge: Edge): void {
    edgeFault(edge, this.#run.graph.state, this.#run.violated)
  }

  #checkConserved(edge: Edge): void {
    conservedFault(edge, this.#run.violated)
  }

  #checkProducer(producer: Producer): void {
    const { unacked } = producer.ledger
    const most = this.#maxUnacked.get(producer.name) ?? Infinity // One of letters has no more than these.
    // One answer beyond what was asked for may be let in whole.
    if (unacked > most + 5 && !this.#run.faults.counts.has('surplus')) {
      this.#fail('memory', `${producer.name} has ${unacked} unacked, maxUnacked is ${most}`)
    }
  }

  #checkWorker(worker: Worker): void {
    const { plan, ownership, outlet, inputs, recovery } = worker
    const mostParked = plan.maxParked + (plan.holds ? plan.maxHeld : 0) // What was held has given its credit back.
    if (recovery !== undefined && (recovery.parked < 0 || recovery.parked > mostParked))
      this.#fail('memory', `${worker.name} has ${recovery.parked} parked, at most are ${mostParked}`)
    const most = plan.maxHeld + plan.concurrency * plan.callSize * MOST_CHILDREN * worker.partsPerMessage
    if (ownership.held.parts < 0 || ownership.held.parts > most) {
      this.#fail('memory', `${worker.name} holds ${ownership.held.parts}, maxHeld is ${plan.maxHeld}`)
    }
    const kept = outlet?.keptCount ?? 0
    const window = inputs.reduce((sum, edge) => sum + edge.window.max, 0)
    if (kept > most + (window + MOST_CHILDREN) * MOST_CHILDREN) this.#fail('memory', `${worker.name} keeps ${kept}`)
    if (!worker.isFinished) return
    if (inputs.some((edge) => edge.queue.length > 0))
      this.#fail('marker-last', `${worker.name} got messages behind its last marker`)
  }

  #fail(invariant: string, detail: string): void {
    this.#run.violated(invariant, detail)
  }
}

function nameOf({ from, to }: Edge): string {
  return `${from.name} → ${to.name}`
}

type Violated = (invariant: string, detail: string) => void

/** D3 and D5, and what an edge weighs. */
export function edgeFault(edge: Edge, state: State, violated: Violated): void {
  const { credit, queue, underWay, returning, surplus, window } = edge
  const sum = credit + queue.length + underWay + returning - surplus
  const isOver = edge.asked === 0 || state === 'finished' || state === 'failed'
  if (sum !== window.max && !isOver && !edge.isCancelled) {
    const parts = `credit ${credit} + queued ${queue.length} + under way ${underWay} + returning ${returning} − surplus ${surplus}`
    violated('credit-sum', `${nameOf(edge)}: ${parts} is not ${window.max}`)
  }
  if (Math.min(credit, underWay, returning, surplus) < 0) violated('credit-sum', `${nameOf(edge)}: a count is negative`)
  conservedFault(edge, violated)
  weightFault(edge, violated)
}

/** The bytes of a queue are counted as arrays come and go, never added up again (D22). */
function weightFault({ queue }: Edge, violated: Violated): void {
  let bytes = 0
  queue.forEach(({ sizeBytes }) => (bytes += sizeBytes))
  if (bytes !== queue.bytes) violated('bytes', `a queue says that it has ${queue.bytes} bytes, it has ${bytes}`)
}

function conservedFault(edge: Edge, violated: Violated): void {
  const { asked, dispatched, credit } = edge
  if (asked === dispatched + credit) return
  const text = `asked ${asked} is not dispatched ${dispatched} + outstanding ${credit}`
  violated('credit-conserved', `${nameOf(edge)}: ${text}`)
}
