import { asError } from '../core/errors.ts'
import { ConfigError } from '../config/errors.ts'
import { loadPipeline, type LoadedPipeline } from '../config/load.ts'
import { renderConfigError } from '../config/render.ts'
import { exitCodeOfConfig, exitCodeOfOpening } from '../daemon/exit-codes.ts'
import { memoryBudget } from '../daemon/memory.ts'
import { createRegistry } from '../registry/registry.ts'
import { painter } from './paint.ts'

/** A pipeline that could be loaded, or what to exit with because it couldn't; why has been said on standard error. */
export type Loaded = { readonly pipeline: LoadedPipeline } | { readonly exitCode: number }

/** Loads a pipeline; says on standard error what is wrong with it. */
export async function load(file: string): Promise<Loaded> {
  try {
    const pipeline = await loadPipeline(file, {
      registry: createRegistry(),
      environment: process.env,
      memoryBytes: memoryBudget(),
    })
    return { pipeline }
  } catch (error) {
    if (error instanceof ConfigError) {
      process.stderr.write(`${rendered(error)}\n`)
      return { exitCode: exitCodeOfConfig(error) }
    }
    process.stderr.write(`sluice: ${asError(error).message}\n`)
    return { exitCode: exitCodeOfOpening(error) }
  }
}

function rendered(error: ConfigError): string {
  const count = error.problems.filter(({ severity }) => severity === 'error').length + error.omitted
  const shown = renderConfigError(error, { paint: painter(process.stderr) })
  const isFile = error.problems[0]?.line === undefined
  return isFile ? shown : `${shown}\n\n${count} ${count === 1 ? 'mistake' : 'mistakes'}`
}
