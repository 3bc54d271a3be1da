import { realEnv } from '../core/env.ts'
import { Graph } from '../core/graph.ts'
import type { PlanProblem } from '../core/plan-problem.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { withoutOverflows } from './overflows.ts'

/**
 * Finds producers that can't be durable: those that others don't send to read again what was lost, and their answer to
 * nobody could say that it is stored. Whether one has a queue only the component knows, so that it is made for this; that does no I/O.
 */
export function checkDurable(spec: PipelineSpec): PlanProblem[] {
  const durable = spec.nodes.filter(({ settings }) => settings.durable !== undefined)
  if (durable.length === 0) return []
  let graph: Graph
  try {
    graph = new Graph(withoutOverflows(spec), { env: realEnv })
  } catch {
    return [] // It has been told.
  }
  const unfit = graph.producers.filter(({ name, isPush }) => !isPush && durable.some((node) => node.name === name))
  return unfit.map(({ name, plan }) => ({
    severity: 'error',
    node: name,
    setting: ['durable'],
    message: `${name} can't be durable: nobody sends to \`${plan.component.name}\`, which has no queue, and so nobody waits to hear that a message is stored`,
    hint: 'remove it, or say `overflow: { mode: always }` at a node that reads from this producer',
  }))
}
