import { isDefinedPipeline, type DefinedPipeline } from '../config/builder.ts'
import { programError } from '../config/program-error.ts'
import { checkTogether } from '../config/together.ts'
import type { Log } from '../core/component.ts'
import { SluiceError } from '../core/errors.ts'
import type { PipelineSpec } from '../core/spec.ts'
import { memoryBudget } from './memory.ts'

/** A pipeline that a program has defined, or that config has loaded from a file. */
export type Startable = DefinedPipeline | PipelineSpec

/**
 * Pipelines ready to run: those of a program get an equal share of the memory, unless they say otherwise (D22). What
 * will hardly run as it was meant is logged.
 *
 * @throws ConfigError where two pipelines want one name, port or file
 * @throws SLUICE_GRAPH_INVALID for what is no pipeline
 */
export function specsOf(given: Startable | readonly Startable[], log: Log): PipelineSpec[] {
  const all = [given].flat()
  const share = Math.floor(memoryBudget() / Math.max(1, all.length))
  const loaded = all.filter(isDefinedPipeline).map((pipeline) => pipeline.load(share))
  const problems = checkTogether(loaded).flatMap((error) => error.problems)
  if (problems.length > 0) throw programError(problems, { of: 'pipelines that start together', thrower: specsOf })
  for (const { file, line, column, message, hint } of loaded.flatMap(({ warnings }) => warnings)) {
    log.warn(`${file}:${line}:${column} ${message}`, { hint })
  }
  const specs = loaded.map(({ spec }) => spec)
  return all.map((pipeline) => (isDefinedPipeline(pipeline) ? specs.shift()! : specified(pipeline)))
}

/** Not every program is TypeScript. */
function specified(pipeline: PipelineSpec | undefined): PipelineSpec {
  if (Array.isArray(pipeline?.nodes)) return pipeline
  throw new SluiceError('SLUICE_GRAPH_INVALID', '`start` takes what `definePipeline` gives, one or a list')
}
