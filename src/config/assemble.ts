import { checkPipeline } from '../core/check.ts'
import type { PlanProblem } from '../core/plan-problem.ts'
import type { Definition } from '../core/component.ts'
import type { NodeSpec, PipelineSpec } from '../core/spec.ts'
import { namesComponent, readComponent } from './components.ts'
import { unfilled } from './explain.ts'
import { checkGraph, type CheckedNode } from './graph-checks.ts'
import type { NodeDraft } from './nodes.ts'
import type { Report } from './report.ts'
import type { Top } from './sections.ts'
import { kernelSettings } from './settings.ts'
import { valueAt } from './tree.ts'
import type { Path } from './wording.ts'

/** A node as it is written, with the definition of its component; undefined where something about that was reported. */
export interface DefinedNode {
  readonly draft: NodeDraft
  readonly definition: Definition | undefined
}

/** A pipeline as it is written, in YAML or TypeScript, with the definitions of all components that it names. */
export interface WrittenPipeline {
  readonly top: Top
  readonly nodes: readonly DefinedNode[]
}

/**
 * Makes a pipeline of what is written: gives the components their options, and checks the graph.
 *
 * @param memoryBytes the pipeline's share of the process budget, where it doesn't say `memory`
 * @returns undefined where something is wrong; it has been reported
 */
export function assemble(
  { top, nodes }: WrittenPipeline,
  memoryBytes: number,
  report: Report,
): PipelineSpec | undefined {
  const checked = nodes.map(({ draft, definition }): CheckedNode => {
    const isReadable = definition !== undefined && namesComponent(draft)
    return { draft, component: isReadable ? readComponent(draft, definition, report) : undefined }
  })
  checkGraph(checked, top, report)
  if (top.settings === undefined || report.hasErrors) return undefined
  const { pipeline: name, memory = memoryBytes, ...times } = top.settings.value
  const { startTimeout: startTimeoutMs, stopTimeout: stopTimeoutMs } = times
  const spec = { name, nodes: checked.map(nodeSpec), startTimeoutMs, stopTimeoutMs, memoryBytes: memory }
  reportPlanProblems(
    checkPipeline(spec),
    nodes.map(({ draft }) => draft),
    report,
  )
  return report.hasErrors ? undefined : spec
}

/** Only of nodes that nothing was reported about. */
function nodeSpec({ draft, component }: CheckedNode): NodeSpec {
  const settings = draft.settings ?? {}
  return { name: draft.name, component: component!, from: settings.from ?? [], settings: kernelSettings(settings) }
}

/** Finds the places of what the kernel says. A setting that isn't written is shown at the nearest thing above it. */
function reportPlanProblems(problems: readonly PlanProblem[], drafts: readonly NodeDraft[], report: Report): void {
  for (const { severity, node, setting, message: said, hint } of problems) {
    const above: Path = drafts.find(({ name }) => name === node)?.path ?? []
    // A component's own words may quote what a variable holds.
    const message = unfilled(said, valueAt(report.root!, above)!.value)
    const at = setting.length === 0 ? 'key' : 'value'
    report.add({ code: 'SLUICE_CONFIG_PIPELINE', severity, path: [...above, ...setting], at, message, hint })
  }
}
