import { asError } from '../core/errors.ts'
import type { ConfigError } from '../config/errors.ts'
import { loadAll, type LoadedAll } from '../config/load-all.ts'
import { renderConfigError } from '../config/render.ts'
import { exitCodeOfConfig, exitCodeOfOpening } from '../daemon/exit-codes.ts'
import { memoryBudget } from '../daemon/memory.ts'
import { ModuleLoader } from '../registry/modules.ts'
import { createRegistry } from '../registry/registry.ts'
import { painter } from './paint.ts'
import { printError } from './print.ts'

/** Loads the pipelines of files and folders. @returns what to exit with where Sluice itself is broken; that has been told. */
export async function load(paths: readonly string[]): Promise<LoadedAll | { readonly exitCode: number }> {
  try {
    return await loadAll(paths, {
      registry: createRegistry(),
      modules: new ModuleLoader(),
      environment: process.env,
      memoryBudget: memoryBudget(),
    })
  } catch (error) {
    printError(`sluice: ${asError(error).message}\n`)
    return { exitCode: exitCodeOfOpening(error) }
  }
}

/** Says on standard error all that is wrong. @returns what to exit with: what the first file says. */
export function tellErrors(errors: readonly ConfigError[]): number {
  const [first] = errors
  if (first === undefined) return 0
  const paint = painter(process.stderr)
  const shown = errors.map((error) => renderConfigError(error, { paint }))
  printError(`${[...shown, ...tally(errors)].join('\n\n')}\n`)
  return exitCodeOfConfig(first)
}

/** How many mistakes there are; of a file that can't be read as a whole there is nothing to count. */
function tally(errors: readonly ConfigError[]): string[] {
  const places = errors.filter(({ problems }) => problems[0]?.line !== undefined)
  const count = places.reduce((sum, { problems, omitted }) => sum + problems.filter(isError).length + omitted, 0)
  if (count === 0) return []
  const files = places.length === 1 ? '' : ` in ${places.length} files`
  return [`${count} ${count === 1 ? 'mistake' : 'mistakes'}${files}`]
}

function isError({ severity }: { severity: 'error' | 'warning' }): boolean {
  return severity === 'error'
}
