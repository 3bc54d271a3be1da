import { ConfigError } from '../config/errors.ts'
import { pipelineSchema } from '../config/json-schema.ts'
import { loadComponents } from '../config/load.ts'
import { asError } from '../core/errors.ts'
import { EXIT, exitCodeOfOpening } from '../daemon/exit-codes.ts'
import { createRegistry } from '../registry/registry.ts'
import { endOnFault, exit } from './end.ts'
import { tellErrors } from './load.ts'
import { print, printError, withOutputKept } from './print.ts'

/** `sluice schema`: prints the JSON Schema of pipelines; of one file with its plugins. Never returns, as a plugin may stay. */
export async function schema(file: string | undefined): Promise<never> {
  endOnFault((message) => printError(`sluice: ${message}\n`))
  return await exit(await printed(file))
}

async function printed(file: string | undefined): Promise<number> {
  const registry = createRegistry()
  try {
    const load = async () =>
      file === undefined ? registry : loadComponents(file, { registry, environment: process.env })
    const components = await withOutputKept(load)
    const document = await pipelineSchema(components, { hasPlugins: file !== undefined })
    print(`${JSON.stringify(document, undefined, 2)}\n`)
    return EXIT.fine
  } catch (error) {
    if (error instanceof ConfigError) return tellErrors([error])
    printError(`sluice: ${asError(error).message}\n`)
    return exitCodeOfOpening(error)
  }
}
