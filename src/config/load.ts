import { checkPipeline, type PlanProblem } from '../core/check.ts'
import type { Definition } from '../core/component.ts'
import type { NodeSpec, PipelineSpec } from '../core/spec.ts'
import type { Kind } from '../registry/contract.ts'
import type { Registry } from '../registry/registry.ts'
import { readComponent, reportUnloadable, type NamingDraft } from './components.ts'
import { ConfigError, type Problem } from './errors.ts'
import { unfilled } from './explain.ts'
import { readConfigFile } from './file.ts'
import { checkGraph, type CheckedNode } from './graph-checks.ts'
import { interpolate, type Environment } from './interpolate.ts'
import { readNodes, type ComponentNames, type NodeDraft } from './nodes.ts'
import { Report } from './report.ts'
import { KINDS, readTop } from './sections.ts'
import { kernelSettings } from './settings.ts'
import { valueAt } from './tree.ts'
import type { Path } from './wording.ts'
import { parseYaml } from './yaml.ts'

export interface LoadOptions {
  readonly registry: Registry
  /** For `${VAR}`; usually `process.env`. */
  readonly environment: Environment
  /** The pipeline's share of the process budget, where its file doesn't say `memory`. */
  readonly memoryBytes: number
}

export interface LoadedPipeline {
  readonly spec: PipelineSpec
  /** What will run, but hardly as it was meant; in the order of the file. */
  readonly warnings: readonly Problem[]
  /** The text of the file, for `renderProblems`. */
  readonly text: string
}

/**
 * Reads a pipeline from a YAML file: parse, fill variables in, check by schema, check the graph. Nothing is opened.
 *
 * @throws ConfigError with everything that is wrong, each at its line and column
 * @throws SLUICE_COMPONENT_LOAD_FAILED where the folders of the registry can't be read
 */
export async function loadPipeline(file: string, options: LoadOptions): Promise<LoadedPipeline> {
  const text = await readConfigFile(file)
  const report = new Report(file, text)
  const spec = await readPipeline(report, options)
  const { problems, omitted } = report
  if (spec === undefined || report.hasErrors) throw new ConfigError(file, problems, { text, omitted })
  return { spec, warnings: problems, text }
}

async function readPipeline(report: Report, options: LoadOptions): Promise<PipelineSpec | undefined> {
  const written = parseYaml(report)
  if (written === undefined) return undefined
  const root = interpolate(written, options.environment, report)
  report.root = root
  const { registry } = options
  const top = readTop(root, report)
  const names = await namesOf(registry)
  const drafts = top.sections.flatMap((section) => readNodes(section, names, report))
  const definitions = await loadDefinitions(drafts, registry, report)
  const nodes = drafts.map((draft): CheckedNode => {
    const definition = definitions.get(draft)
    return { draft, component: definition && readComponent(draft as NamingDraft, definition, report) }
  })
  checkGraph(nodes, top, report)
  if (top.settings === undefined || report.hasErrors) return undefined
  const { pipeline: name, stopTimeout: stopTimeoutMs, memory: memoryBytes = options.memoryBytes } = top.settings.value
  const spec: PipelineSpec = { name, nodes: nodes.map(nodeSpec), stopTimeoutMs, memoryBytes }
  reportPlanProblems(checkPipeline(spec), drafts, report)
  return spec
}

async function namesOf(registry: Registry): Promise<ComponentNames> {
  const names = await Promise.all(KINDS.map((kind) => registry.names(kind)))
  return Object.fromEntries(KINDS.map((kind, index) => [kind, names[index]!])) as Record<Kind, readonly string[]>
}

/** Only the components that the file names; a component is a module, and so are its libraries. */
async function loadDefinitions(
  drafts: readonly NodeDraft[],
  registry: Registry,
  report: Report,
): Promise<ReadonlyMap<NodeDraft, Definition>> {
  const definitions = new Map<NodeDraft, Definition>()
  const naming = drafts.filter((draft): draft is NamingDraft => draft.component !== undefined)
  const loads = await Promise.allSettled(naming.map((draft) => registry.load(draft.kind, draft.component.name)))
  for (const [index, load] of loads.entries()) {
    if (load.status === 'fulfilled') definitions.set(naming[index]!, load.value)
    else reportUnloadable(naming[index]!, load.reason, report)
  }
  return definitions
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
