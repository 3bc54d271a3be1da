import type { Graph } from './graph.ts'
import type { PlanProblem } from './plan-problem.ts'
import type { EdgeSpec, NodeSpec, PipelineSpec } from './spec.ts'
import { Worker } from './worker.ts'

/**
 * Demand windows that are too small for the calls at their ends: a node gets no more messages at once than its windows
 * let in, and begins no more calls than what comes of them can be passed on (D1, D4, D10).
 */
export function checkWindows(graph: Graph, { nodes }: PipelineSpec): PlanProblem[] {
  return nodes.flatMap((spec) => {
    const node = graph.node(spec.name)
    return node instanceof Worker ? [...checkOwn(node, spec), ...checkGivers(node, spec), ...checkBatch(node)] : []
  })
}

function checkOwn({ plan, inputs, name, shape }: Worker, spec: NodeSpec): PlanProblem[] {
  const { concurrency } = plan
  const window = inputs.reduce((sum, edge) => sum + edge.window.max, 0)
  const needed = concurrency * (shape!.isPerMessage ? 1 : (spec.settings.callSize ?? 1))
  if (concurrency === 1 || window >= needed) return []
  return [
    {
      severity: 'warning',
      node: name,
      setting: settingOf(spec, spec.from[0]!),
      message: `${name} asks for ${window} messages at most: too few for its ${concurrency} calls at once`,
      hint: `raise its demand to ${2 * needed}, so that every call has messages and the next ones are on their way, or lower its concurrency`,
    },
  ]
}

/** A stage begins no more calls than the window behind it has credit for. */
function checkGivers({ inputs, name }: Worker, spec: NodeSpec): PlanProblem[] {
  return inputs.flatMap((edge) => {
    const giver = edge.from
    if (!(giver instanceof Worker) || edge.window.max >= giver.plan.concurrency) return []
    const { name: from, plan } = giver
    return [
      {
        severity: 'warning',
        node: name,
        setting: settingOf(
          spec,
          spec.from.find((written) => written.from === from)!,
        ),
        message: `${name} asks ${from} for ${edge.window.max} messages at most: too few for the ${plan.concurrency} calls at once of ${from}`,
        hint: `raise the demand of ${name} to ${2 * plan.concurrency}, or lower the concurrency of ${from}`,
      } as const,
    ]
  })
}

function checkBatch({ plan, name }: Worker): PlanProblem[] {
  const { component, maxHeld } = plan
  const largest = component.kind === 'stage' ? component.parts : undefined
  if (!plan.holds || largest === undefined || largest <= maxHeld) return []
  return [
    {
      severity: 'warning',
      node: name,
      setting: ['maxHeld'],
      message: `${name} may hold ${maxHeld} messages: its batches of ${largest} can never be full`,
      hint: `raise maxHeld to ${largest} at least, or make the batches smaller`,
    },
  ]
}

/** Where a window was written: at the edge, or for all edges of the node. */
function settingOf({ settings }: NodeSpec, { from, demand }: EdgeSpec): string[] {
  if (demand?.max !== undefined) return ['from', from, 'demand']
  return settings.demand?.max === undefined ? [] : ['demand']
}
