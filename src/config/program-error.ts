import { ConfigError, type Problem } from './errors.ts'
import { renderProblems } from './render.ts'

/**
 * A refusal that a program is thrown: there is nobody to render it, so its message says all.
 *
 * @param of what was refused, as "the pipeline payments"
 * @param thrower the function that the program called: the stack begins there, where the mistakes are
 */
export function programError(
  problems: readonly Problem[],
  { of, thrower, omitted = 0 }: { of: string; thrower: (...given: never[]) => unknown; omitted?: number },
): ConfigError {
  const count = problems.filter(({ severity }) => severity === 'error').length + omitted
  const head = `${count} ${count === 1 ? 'mistake' : 'mistakes'} in ${of}`
  const message = `${head}\n\n${renderProblems(problems, undefined)}\n`
  const error = new ConfigError(problems[0]!.file, problems, { omitted, message })
  Error.captureStackTrace(error, thrower)
  return error
}
