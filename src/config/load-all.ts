import { resolve } from 'node:path'
import type { ModuleLoader } from '../registry/modules.ts'
import { MODULE_FILE } from '../registry/module-faults.ts'
import { ConfigError } from './errors.ts'
import { pipelineFiles } from './files.ts'
import { loadPipeline, type LoadedPipeline, type LoadOptions } from './load.ts'
import { loadPipelineModule } from './pipeline-modules.ts'
import { checkTogether } from './together.ts'

export interface LoadAllOptions extends Omit<LoadOptions, 'memoryBytes'> {
  readonly modules: ModuleLoader
  /** What all pipelines may use together. */
  readonly memoryBudget: number
}

/** What could be loaded, and why the rest could not. */
export interface LoadedAll {
  readonly files: readonly string[]
  readonly pipelines: readonly LoadedPipeline[]
  /** Empty where all of it may run together. */
  readonly errors: readonly ConfigError[]
}

/**
 * Loads all pipelines of one process, from files of YAML, modules, and folders of both. Each gets an equal share of the
 * memory, unless it says otherwise (D22). Nothing is opened.
 *
 * @throws SLUICE_COMPONENT_LOAD_FAILED where the folders of the registry can't be read
 */
export async function loadAll(paths: readonly string[], options: LoadAllOptions): Promise<LoadedAll> {
  const folders = await tried(paths, pipelineFiles)
  const files = eachOnce(folders.results.flat())
  const modules = await tried(
    files.filter((file) => MODULE_FILE.test(file)),
    async (file) => (await loadPipelineModule(file, options.modules)).map((defined) => ({ file, defined })),
  )
  const defined = modules.results.flat()
  const written = files.filter((file) => !MODULE_FILE.test(file))
  const memoryBytes = Math.floor(options.memoryBudget / Math.max(1, written.length + defined.length))
  const yaml = await tried(written, (file) => loadPipeline(file, { ...options, memoryBytes }))
  const others = await tried(defined, async ({ file, defined: { load } }) => ({ ...load(memoryBytes), file }))
  const inOrder = byFile(files)
  const pipelines = [...yaml.results, ...others.results].toSorted(inOrder)
  const errors = [folders, modules, yaml, others].flatMap((each) => each.errors)
  return { files, pipelines, errors: [...errors, ...checkTogether(pipelines)].toSorted(inOrder) }
}

/** One that is meant twice, by its folder and by its name, is one pipeline. */
function eachOnce(files: readonly string[]): string[] {
  const paths = files.map((file) => resolve(file))
  return files.filter((_, at) => paths.indexOf(paths[at]!) === at)
}

function byFile(files: readonly string[]): (a: { file: string }, b: { file: string }) => number {
  return (a, b) => files.indexOf(a.file) - files.indexOf(b.file)
}

/** Does something to each; what a config is refused for is kept. */
async function tried<T, R>(
  inputs: readonly T[],
  action: (input: T) => Promise<R>,
): Promise<{ results: R[]; errors: ConfigError[] }> {
  const results: R[] = []
  const errors: ConfigError[] = []
  for (const outcome of await Promise.allSettled(inputs.map(action))) {
    if (outcome.status === 'fulfilled') results.push(outcome.value)
    else if (outcome.reason instanceof ConfigError) errors.push(outcome.reason)
    else throw outcome.reason
  }
  return { results, errors }
}
