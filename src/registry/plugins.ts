import { resolve } from 'node:path'
import type { Definition } from '../core/component.ts'
import { pluginDefinition, type Kind } from './contract.ts'
import { ModuleError } from './module-errors.ts'
import type { ModuleLoader } from './modules.ts'
import { noteOrigins } from './origins.ts'
import type { Registry } from './registry.ts'

const PATH = /^\.{0,2}\//

/**
 * The components of a plugin, which exports by default one definition or a list of them.
 *
 * @param specifier a path from the folder on, or a package as that folder has it
 * @throws ModuleError where the module can't be loaded, or has no such default export
 * @throws SLUICE_COMPONENT_INVALID, SLUICE_COMPONENT_CONTRACT
 */
export async function loadPlugin(
  specifier: string,
  folder: string,
  modules: ModuleLoader,
): Promise<readonly Definition[]> {
  const file = PATH.test(specifier) ? resolve(folder, specifier) : await modules.resolve(specifier, folder)
  const module = await modules.load(file)
  if (!('default' in module)) throw badExport('it has no default export', file)
  const given: unknown[] = [module.default].flat()
  if (given.length === 0) throw badExport('its default export is an empty list', file)
  const definitions = given.map((candidate) => pluginDefinition(candidate, file))
  for (const definition of definitions) noteOrigins(definition, [{ file }])
  return definitions
}

function badExport(reason: string, file: string): ModuleError {
  const wanted = 'a plugin exports by default what `defineStage` and its like give, one or a list'
  return new ModuleError('SLUICE_MODULE_EXPORT', `${reason}: ${wanted}`, { file })
}

/** A registry with some components more; whoever adds them has seen to it that no name is there twice. */
export function withDefinitions(registry: Registry, definitions: readonly Definition[]): Registry {
  if (definitions.length === 0) return registry
  const ofKind = (kind: Kind): Definition[] => definitions.filter((definition) => definition.kind === kind)
  return {
    names: async (kind) => [...(await registry.names(kind)), ...ofKind(kind).map(({ name }) => name)].toSorted(),
    load: async (kind, name) => ofKind(kind).find((each) => each.name === name) ?? (await registry.load(kind, name)),
  }
}
