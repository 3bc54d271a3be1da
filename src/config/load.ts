import { dirname, resolve } from 'node:path'
import type { Definition } from '../core/component.ts'
import type { PipelineSpec } from '../core/spec.ts'
import type { Kind } from '../registry/contract.ts'
import { ModuleLoader } from '../registry/modules.ts'
import type { Registry } from '../registry/registry.ts'
import { assemble, type DefinedNode } from './assemble.ts'
import { namesComponent, reportUnloadable } from './components.ts'
import { readDeadLetters } from './dead-letters.ts'
import { ConfigError, type Problem } from './errors.ts'
import { readConfigFile } from './file.ts'
import { interpolate, type Environment } from './interpolate.ts'
import { readNodes, type NodeDraft } from './nodes.ts'
import { readPlugins, type Sources } from './plugins.ts'
import { Report } from './report.ts'
import { KINDS, readTop } from './sections.ts'
import { parseYaml } from './yaml.ts'

export interface LoadOptions {
  /** The components that every file has; plugins of a file come to them. */
  readonly registry: Registry
  /** Loads plugins. */
  readonly modules?: ModuleLoader
  /** For `${VAR}`; usually `process.env`. */
  readonly environment: Environment
  /** The pipeline's share of the process budget, where its file doesn't say `memory`. */
  readonly memoryBytes: number
}

export interface LoadedPipeline {
  readonly file: string
  readonly spec: PipelineSpec
  /** What will run, but hardly as it was meant; in the order of the file. */
  readonly warnings: readonly Problem[]
  /** The text of the file, for `renderProblems`; undefined where it isn't one of YAML. */
  readonly text?: string | undefined
  /** Knows where in the file things stand. */
  readonly report?: Report | undefined
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
  if (spec === undefined) throw new ConfigError(file, problems, { text, omitted })
  return { file, spec, warnings: problems, text, report }
}

/**
 * The components that a file of YAML may name: the built-in ones and those of its plugins.
 *
 * @throws ConfigError where a plugin can't be loaded, or the file can't be read
 */
export async function loadComponents(file: string, options: Omit<LoadOptions, 'memoryBytes'>): Promise<Registry> {
  const text = await readConfigFile(file)
  const report = new Report(file, text)
  const written = parseYaml(report)
  if (written === undefined) throw new ConfigError(file, report.problems, { text })
  // What else is in the file may be half written.
  const plugins = [...written.entries].filter(([key]) => key === 'plugins')
  const root = interpolate({ ...written, entries: new Map(plugins) }, options.environment, report)
  const components = await readPlugins(root, sourcesOf(report, options), report)
  if (report.hasErrors) throw new ConfigError(file, report.problems, { text })
  return components.registry
}

function sourcesOf(
  { file }: Report,
  { registry, modules = new ModuleLoader() }: Omit<LoadOptions, 'memoryBytes'>,
): Sources {
  return { registry, modules, folder: dirname(resolve(file)) }
}

async function readPipeline(report: Report, options: LoadOptions): Promise<PipelineSpec | undefined> {
  const written = parseYaml(report)
  if (written === undefined) return undefined
  const root = interpolate(written, options.environment, report)
  report.root = root
  const top = readTop(root, report)
  const { registry, isComplete } = await readPlugins(root, sourcesOf(report, options), report)
  const names = { ...(await namesOf(registry)), isComplete }
  const drafts = top.sections.flatMap((section) => readNodes(section, names, report))
  const nodes = await withDefinitions(drafts, registry, report)
  const letters = readDeadLetters(root, { top, names }, report)
  const [deadLetters] = await withDefinitions(letters === undefined ? [] : [letters], registry, report)
  return assemble({ top, nodes, deadLetters }, options.memoryBytes, report)
}

async function namesOf(registry: Registry): Promise<Record<Kind, readonly string[]>> {
  const names = await Promise.all(KINDS.map((kind) => registry.names(kind)))
  return Object.fromEntries(KINDS.map((kind, index) => [kind, names[index]!])) as Record<Kind, readonly string[]>
}

/** Only the components that the file names are loaded; a component is a module, and so are its libraries. */
function withDefinitions(
  drafts: readonly NodeDraft[],
  registry: Registry,
  report: Report,
): Promise<readonly DefinedNode[]> {
  return Promise.all(drafts.map(async (draft) => ({ draft, definition: await definitionOf(draft, registry, report) })))
}

async function definitionOf(draft: NodeDraft, registry: Registry, report: Report): Promise<Definition | undefined> {
  if (!namesComponent(draft)) return undefined
  try {
    return await registry.load(draft.kind, draft.component.name)
  } catch (error) {
    reportUnloadable(draft, error, report)
    return undefined
  }
}
