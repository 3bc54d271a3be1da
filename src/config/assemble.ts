import { checkPipeline } from '../core/check.ts'
import type { PlanProblem } from '../core/plan-problem.ts'
import type { Definition } from '../core/component.ts'
import type { DeadLettersSpec, NodeSettings, NodeSpec, PipelineSpec } from '../core/spec.ts'
import type { CheckedNode, CheckedNodes } from './checked.ts'
import { namesComponent, readComponent } from './components.ts'
import { unfilled } from './explain.ts'
import { pipelineFolderOf } from './data-folder.ts'
import { checkGraph } from './graph-checks.ts'
import { groupSpec } from './group.ts'
import type { NodeDraft } from './nodes.ts'
import { checkOverflows } from './overflow-checks.ts'
import { kernelEdge, overflowsOf } from './overflows.ts'
import type { Report } from './report.ts'
import type { Top } from './sections.ts'
import { kernelSettings, type ParsedPipelineSettings } from './settings.ts'
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
  /** Where dead letters go, if anywhere. */
  readonly deadLetters: DefinedNode | undefined
}

/**
 * Makes a pipeline of what is written: gives the components their options, and checks the graph.
 *
 * @param memoryBytes the pipeline's share of the process budget, where it doesn't say `memory`
 * @returns undefined where something is wrong; it has been reported
 */
export function assemble(
  { top, nodes, deadLetters }: WrittenPipeline,
  memoryBytes: number,
  report: Report,
): PipelineSpec | undefined {
  const checked = nodes.map((node) => readOptions(node, top, report))
  const letters = deadLetters && readOptions(deadLetters, top, report)
  checkGraph({ nodes: checked, deadLetters: letters }, top, report)
  if (top.settings === undefined || report.hasErrors) return undefined
  const { file } = report
  const home = { file, dataFolder: pipelineFolderOf({ file, pipeline: top.settings.value.pipeline }) }
  const written = pipelineSpec(top.settings.value, { nodes: checked, deadLetters: letters }, memoryBytes)
  const spec: PipelineSpec = { ...written, home }
  const drafts = [...checked, ...(letters === undefined ? [] : [letters])].map(({ draft }) => draft)
  reportPlanProblems(checkPipeline(spec), drafts, report)
  checkOverflows(spec, drafts, report)
  return report.hasErrors ? undefined : spec
}

function readOptions({ draft, definition }: DefinedNode, { settings }: Top, report: Report): CheckedNode {
  // Of a pipeline without a readable name nothing will run.
  const pipeline = settings?.value.pipeline ?? ''
  const overflows = overflowsOf(draft, { file: report.file, pipeline })
  if (definition === undefined || !namesComponent(draft)) return { draft, component: undefined, overflows }
  return { draft, component: readComponent(draft, { definition, pipeline }, report), overflows }
}

/** Only of what nothing was reported about. */
function pipelineSpec(
  settings: ParsedPipelineSettings,
  { nodes, deadLetters }: CheckedNodes,
  memoryBytes: number,
): PipelineSpec {
  const {
    pipeline: name,
    memory = memoryBytes,
    startTimeout,
    stopTimeout,
    restarts,
    onPipelineFailure,
    group,
  } = settings
  const letters = deadLetters && deadLettersSpec(deadLetters, settings.deadLetters)
  return {
    name,
    nodes: nodes.map((node) => nodeSpec(node, letters)),
    startTimeoutMs: startTimeout,
    stopTimeoutMs: stopTimeout,
    memoryBytes: memory,
    ...(letters === undefined ? {} : { deadLetters: letters }),
    ...(restarts === undefined ? {} : { restarts: { most: restarts.most, withinMs: restarts.within } }),
    onPipelineFailure,
    ...(group === undefined ? {} : { group: groupSpec(group, name) }),
  }
}

function nodeSpec({ draft, component, overflows }: CheckedNode, letters: DeadLettersSpec | undefined): NodeSpec {
  const settings = draft.settings ?? {}
  const durable = overflows.find(({ to }) => to === undefined)
  const failing: NodeSettings = letters === undefined ? {} : { onFailure: 'dead-letter' }
  return {
    name: draft.name,
    component: component!,
    from: (settings.from ?? []).map((edge) => kernelEdge(edge, overflows)),
    settings: {
      ...failing,
      ...kernelSettings(settings),
      ...(durable === undefined ? {} : { durable: durable.overflow }),
    },
  }
}

function deadLettersSpec(
  { draft, component }: CheckedNode,
  written: ParsedPipelineSettings['deadLetters'],
): DeadLettersSpec | undefined {
  if (component?.kind !== 'consumer') return undefined
  const keep = typeof written === 'object' ? written.keep : 'entered'
  return { component, settings: kernelSettings(draft.settings ?? {}), keep }
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
