import { access, constants, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { ModuleError } from '../registry/module-errors.ts'
import type { ModuleLoader } from '../registry/modules.ts'
import { isDefinedPipeline, type DefinedPipeline } from './builder.ts'
import { ConfigError, isProblemCode, hintOf, type Problem, type ProblemCode, type Span } from './errors.ts'
import { unreadable } from './file.ts'
import { named } from './wording.ts'

/**
 * The pipelines that a module exports by default: one, or a list of them.
 *
 * @throws ConfigError with what is wrong, at its place in the module as far as that is known
 */
export async function loadPipelineModule(file: string, modules: ModuleLoader): Promise<readonly DefinedPipeline[]> {
  const module = await loaded(file, modules)
  const given: unknown[] = 'default' in module ? [module.default].flat() : []
  if (given.length > 0 && given.every(isDefinedPipeline)) return given
  const what = 'default' in module ? 'its default export is no pipeline' : 'it has no default export'
  const wanted = 'a pipeline file exports by default what `definePipeline` gives, one or a list'
  const hint = given.some(isComponent)
    ? 'this is a plugin: keep plugins in a folder below that of the pipelines'
    : undefined
  throw refusal(file, { code: 'SLUICE_MODULE_EXPORT', message: `${what}: ${wanted}`, ...(hint && { hint }) })
}

function isComponent(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'contract' in value
}

async function loaded(file: string, modules: ModuleLoader): Promise<object> {
  try {
    return await modules.load(resolve(file))
  } catch (error) {
    await mustNotBeForbidden(file)
    if (!(error instanceof ModuleError)) throw error
    // What `definePipeline` finds wrong knows its place better; it may be that of another copy of Sluice.
    const { cause } = error as { cause?: Partial<ConfigError> }
    if (cause?.name === 'ConfigError' && cause.problems !== undefined) throw await inModule(file, cause.problems)
    throw await asConfigError(error, file)
  }
}

/** What isn't there at all, the loader tells, with what was probably meant. */
async function mustNotBeForbidden(file: string): Promise<void> {
  try {
    await access(file, constants.R_OK)
  } catch (error) {
    const configError = unreadable(file, error)
    if (configError.problems[0]!.code === 'SLUICE_CONFIG_FILE_PERMISSION') throw configError
  }
}

/** The problems of a pipeline, as those of the file that was named. */
async function inModule(file: string, problems: readonly Problem[]): Promise<ConfigError> {
  const path = resolve(file)
  const text = await readFile(path, 'utf8')
  const own = problems.map((problem) => (problem.file === path ? { ...problem, file } : problem))
  return new ConfigError(file, own, own.every((problem) => problem.file === file) ? { text } : {})
}

async function asConfigError({ code, reason, place, nearest }: ModuleError, file: string): Promise<ConfigError> {
  const { line, column } = place
  const known: ProblemCode = isProblemCode(code) ? code : 'SLUICE_MODULE_THREW'
  if (known === 'SLUICE_MODULE_MISSING') {
    const meant = nearest === undefined ? {} : { nearest, hint: `did you mean ${named(nearest)}?` }
    return refusal(file, { code: 'SLUICE_CONFIG_FILE_MISSING', message: reason, ...meant })
  }
  if (line === undefined) return refusal(file, { code: known, message: reason })
  const isOwn = place.file === resolve(file)
  const text = await readFile(place.file, 'utf8').catch(() => undefined)
  const span = column === undefined ? spanOfLine(text, line) : { line, column, endLine: line, endColumn: column + 1 }
  return refusal(isOwn ? file : place.file, { code: known, message: reason, ...span }, text)
}

/** Where nothing closer is known. */
function spanOfLine(text: string | undefined, line: number): Span {
  const written = text?.split('\n')[line - 1]?.trimEnd() ?? ''
  return { line, column: written.search(/\S|$/) + 1, endLine: line, endColumn: written.length + 1 }
}

function refusal(file: string, what: Omit<Problem, 'severity' | 'file' | 'path'>, text?: string): ConfigError {
  const hint = what.hint ?? hintOf(what.code)
  const problem: Problem = { severity: 'error', file, path: [], ...what, ...(hint === undefined ? {} : { hint }) }
  return new ConfigError(file, [problem], text === undefined ? {} : { text })
}
