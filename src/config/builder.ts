import { assemble } from './assemble.ts'
import type { PipelineBuilder, PipelineSettings } from './builder-types.ts'
import { callSite } from './call-site.ts'
import type { Place, ProblemCode } from './errors.ts'
import type { LoadedPipeline } from './load.ts'
import { programError } from './program-error.ts'
import { readProgram } from './program.ts'
import { record, type Program } from './recorder.ts'
import { Report } from './report.ts'

/** A pipeline that a program has defined. It can be started more than once. */
export interface DefinedPipeline {
  readonly kind: 'pipeline'
  readonly name: string
  /**
   * The pipeline with its share of the process budget, which counts where it doesn't say `memory`.
   *
   * @internal
   */
  load(memoryBytes: number): LoadedPipeline
}

/**
 * Defines a pipeline, for `start`, or as what a file exports by default, for `sluice run`. Nothing is opened.
 *
 *     export default definePipeline('payments', (p) => {
 *       const ingress = p.producer('ingress', http<Payment>({ port: 8080 }))
 *       const valid = p.stage('valid', ingress, filter((payment) => payment.amountMinor > 0))
 *       p.consumer('ledger', valid, each((payment) => ledger.add(payment)), { concurrency: 8 })
 *     })
 *
 * @throws ConfigError with everything that is wrong, each at the line of its node
 */
export function definePipeline(
  name: string,
  build: (p: PipelineBuilder) => void,
  settings: PipelineSettings = {},
): DefinedPipeline {
  const place = callSite(definePipeline) ?? { file: `pipeline ${name}` }
  const program = { ...record(build), name, settings }
  const load = (memoryBytes: number): LoadedPipeline => loadProgram(program, place, memoryBytes)
  // Limits of memory, which aren't known yet, make warnings only.
  load(Number.MAX_SAFE_INTEGER)
  return Object.freeze({ kind: 'pipeline', name, load })
}

/** Whether a value is a pipeline that a program has defined, also one that has another copy of Sluice. */
export function isDefinedPipeline(value: unknown): value is DefinedPipeline {
  if (typeof value !== 'object' || value === null) return false
  const { kind, load } = value as Partial<DefinedPipeline>
  return kind === 'pipeline' && typeof load === 'function'
}

/** What to do, in the words of a program, where that of a file differs. */
const HINTS: Partial<Record<ProblemCode, string>> = {
  SLUICE_CONFIG_DEAD_LETTERS_MISSING:
    'say where dead letters go, as `p.deadLetters(letters())`, or choose another policy',
  SLUICE_CONFIG_INCOMPLETE: 'a pipeline has at least one `p.producer` and one `p.consumer`',
  SLUICE_CONFIG_NAME_TWICE: 'rename one of them; a name is used once in a pipeline',
  SLUICE_CONFIG_UNUSED: 'let a node read from it, or take it out; `discard()` is a consumer for what nobody needs',
}

function loadProgram(program: Program, place: Place, memoryBytes: number): LoadedPipeline {
  const places = [place, ...program.calls.map((call) => call.place ?? place)]
  const report = new Report(place.file, '', ([start]) => places[start]!)
  const spec = assemble(readProgram(program, report), memoryBytes, report)
  const { omitted } = report
  const problems = report.problems.map((problem) => {
    const hint = HINTS[problem.code]
    return hint === undefined ? problem : { ...problem, hint }
  })
  if (spec !== undefined) return { file: place.file, spec, warnings: problems, report }
  throw programError(problems, { of: `the pipeline ${String(program.name)}`, thrower: definePipeline, omitted })
}
