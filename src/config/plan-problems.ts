import type { NodeDraft } from './nodes.ts'
import type { Path } from './problems.ts'
import type { Report } from './report.ts'

/** What the kernel says of a pipeline as a whole. */
export interface PlanProblem {
  readonly severity: 'error' | 'warning'
  /** Empty for what concerns the pipeline. */
  readonly node: string
  /** The way to the setting inside the node; empty for the node as such. */
  readonly setting: readonly string[]
  readonly message: string
  readonly hint: string
}

/** Finds the places of what the kernel says. A setting that isn't written is shown at the nearest thing above it. */
export function reportPlanProblems(
  problems: readonly PlanProblem[],
  drafts: readonly NodeDraft[],
  report: Report,
): void {
  for (const { severity, node, setting, message, hint } of problems) {
    const above: Path = drafts.find(({ name }) => name === node)?.path ?? []
    const at = setting.length === 0 ? 'key' : 'value'
    report.add({ code: 'SLUICE_CONFIG_PIPELINE', severity, path: [...above, ...setting], at, message, hint })
  }
}
