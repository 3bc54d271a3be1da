import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { PipelineSpec } from '../../src/core/spec.ts'
import { ConfigError, type Problem } from '../../src/config/errors.ts'
import { loadPipeline, type LoadedPipeline, type LoadOptions } from '../../src/config/load.ts'
import { ModuleLoader } from '../../src/registry/modules.ts'
import { createRegistry, type Registry } from '../../src/registry/registry.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-config-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The components of these tests. */
export const registry = createRegistry({
  producer: new URL('components/producers/', import.meta.url),
  stage: new URL('components/stages/', import.meta.url),
  consumer: new URL('components/consumers/', import.meta.url),
})

/** The same with something else about one component. */
export function registryWith(name: string, change: object): Registry {
  return {
    names: (kind) => registry.names(kind),
    load: async (kind, wanted) => {
      const definition = await registry.load(kind, wanted)
      return wanted === name ? { ...definition, ...change } : definition
    },
  }
}

export const GOOD = `pipeline: payments
producers:
  ingress:
    http: { port: 8080, path: /payments }
stages:
  valid:
    from: ingress
    filter: data.amount > 0
  batches:
    from: valid
    batch: { size: 100, timeout: 200ms }
consumers:
  ledger:
    from: batches
    concurrency: 8
    file: ledger.ndjson
`

/** Keeps nothing outside of the folder of these tests. */
export const modules = new ModuleLoader({ cacheFolder: join(folder, 'cache') })

/** The good file with one piece of it replaced. */
export function edited(piece: string, replacement: string): string {
  if (!GOOD.includes(piece)) throw new Error(`the good file has no ${piece}`)
  return GOOD.replace(piece, () => replacement)
}

/** The good file with another component, and maybe more, in the stage `valid`. */
export function filter(component: string): string {
  return edited('filter: data.amount > 0', component)
}

export function pathOf(name: string): string {
  return join(folder, name)
}

export function write(content: string | Uint8Array, name = 'pipeline.yaml'): string {
  writeFileSync(pathOf(name), content)
  return pathOf(name)
}

export function load(content: string | Uint8Array, options: Partial<LoadOptions> = {}): Promise<LoadedPipeline> {
  const defaults: LoadOptions = { registry, modules, environment: {}, memoryBytes: 1_000_000_000 }
  return loadPipeline(write(content), { ...defaults, ...options })
}

export async function specOf(content: string, options: Partial<LoadOptions> = {}): Promise<PipelineSpec> {
  return (await load(content, options)).spec
}

/** What `action` was refused with. */
export async function refusalOf(action: Promise<unknown>): Promise<ConfigError> {
  try {
    await action
  } catch (error) {
    if (error instanceof ConfigError) return error
    throw error
  }
  throw new Error('nothing was wrong')
}

export async function problemsOf(
  content: string | Uint8Array,
  options: Partial<LoadOptions> = {},
): Promise<readonly Problem[]> {
  return (await refusalOf(load(content, options))).problems
}

/** `line:column CODE message | hint`, the code without what all have in common. */
export function brief({ line, column, code, message, hint }: Problem): string {
  const told = `${line}:${column} ${code.replace('SLUICE_CONFIG_', '')} ${message}`
  return hint === undefined ? told : `${told} | ${hint}`
}
