import type { Fault } from './faults.ts'
import { withOrder, type Scenario, type WorkerChoice } from './scenario.ts'

/** What is taken away from what a seed says, to find the least with which it still fails. */
export interface Reduction {
  /** Messages of each producer, at most. */
  readonly messages?: number
  /** Faults that never strike. */
  readonly without?: readonly Fault[]
  /** Nodes that are left out; who reads from them reads from what they read from. */
  readonly withoutNodes?: readonly string[]
  /** When everything is healed; simulated ms. */
  readonly healedMs?: number
  /** Another order of events. */
  readonly salt?: number
}

/** The scenario without what is taken away. */
export function reduced(scenario: Scenario, { messages = Infinity, withoutNodes = [] }: Reduction): Scenario {
  const smaller = withoutNodes.reduce(withoutNode, scenario)
  const producers = smaller.producers.map((producer) => ({
    ...producer,
    messages: Math.min(producer.messages, messages),
  }))
  return { ...smaller, producers }
}

/** Leaves out one node, and all that nobody reads from any more; as it was, where nothing would be left. */
function withoutNode(scenario: Scenario, name: string): Scenario {
  const gone = scenario.workers.find((worker) => worker.name === name)
  let workers = scenario.workers
    .filter((worker) => worker !== gone)
    .map((worker) => ({ ...worker, from: worker.from.flatMap((each) => (each.name === name ? gone!.from : [each])) }))
    .map((worker) => ({ ...worker, from: withoutDoubles(worker.from) }))
  const isRead = (source: string): boolean => workers.some(({ from }) => from.some((each) => each.name === source))
  let count: number
  do {
    count = workers.length
    workers = workers.filter((worker) => worker.kind === 'consumer' || isRead(worker.name))
  } while (workers.length < count)
  const producers = scenario.producers.filter((producer) => isRead(producer.name))
  if (producers.length === 0) return scenario
  return { ...scenario, producers, workers: withOrder(producers, workers) }
}

function withoutDoubles(from: WorkerChoice['from']): WorkerChoice['from'] {
  return from.filter((each, index) => from.findIndex(({ name }) => name === each.name) === index)
}
