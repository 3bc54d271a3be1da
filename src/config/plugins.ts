import type { Definition } from '../core/component.ts'
import { asError, SluiceError } from '../core/errors.ts'
import type { Kind } from '../registry/contract.ts'
import { formatPlace, ModuleError } from '../registry/module-errors.ts'
import type { ModuleLoader } from '../registry/modules.ts'
import { loadPlugin, withDefinitions } from '../registry/plugins.ts'
import type { Registry } from '../registry/registry.ts'
import { isProblemCode, type ProblemCode } from './errors.ts'
import { unfilled } from './explain.ts'
import type { Finding, Report } from './report.ts'
import { isSettingOf } from './settings.ts'
import { shownText, valueRangeAt, type MapValue, type ScalarValue } from './tree.ts'
import { named, type Path } from './wording.ts'

/** Where the components of a file come from. */
export interface Sources {
  /** The components that every file has. */
  readonly registry: Registry
  readonly modules: ModuleLoader
  /** Of the file: paths and packages of plugins are looked for from here. */
  readonly folder: string
}

/** All components that a file may name. */
export interface Components {
  readonly registry: Registry
  /** False where a plugin couldn't be loaded, so that a name which isn't known may be one of its. */
  readonly isComplete: boolean
}

/** One plugin, as the file names it. */
interface Item {
  readonly scalar: ScalarValue
  readonly path: Path
}

/** Loads the plugins of a file. What is wrong with one is reported where the file names it; the others are loaded. */
export async function readPlugins(
  root: MapValue,
  { registry, modules, folder }: Sources,
  report: Report,
): Promise<Components> {
  const items = itemsOf(root, report)
  const loads = await Promise.allSettled(items.map(({ scalar }) => loadPlugin(String(scalar.value), folder, modules)))
  const added = new Names(registry, report)
  let isComplete = !report.hasMutedBelow(['plugins'])
  for (const [index, load] of loads.entries()) {
    const item = items[index]!
    if (load.status === 'fulfilled') await added.add(load.value, item)
    else {
      isComplete = false
      report.add({ path: item.path, ...unloadable(load.reason, item) })
    }
  }
  return { registry: withDefinitions(registry, added.definitions), isComplete }
}

function itemsOf(root: MapValue, report: Report): Item[] {
  const list = root.entries.get('plugins')?.value
  if (list?.kind !== 'list') return []
  return list.items.flatMap((scalar, index) => {
    const path = ['plugins', index]
    const isName = scalar.kind === 'scalar' && typeof scalar.value === 'string' && scalar.value !== ''
    return isName && !report.isMuted(path) ? [{ scalar, path }] : []
  })
}

/** A component that can't be added, for a setting or another component has its name. */
interface Taken {
  readonly kind: Kind
  readonly name: string
  readonly isSetting: boolean
}

/** The components that plugins add; each name once. */
class Names {
  readonly definitions: Definition[] = []
  readonly #registry: Registry
  readonly #report: Report
  readonly #items = new Map<string, Item>()

  constructor(registry: Registry, report: Report) {
    this.#registry = registry
    this.#report = report
  }

  async add(definitions: readonly Definition[], item: Item): Promise<void> {
    for (const definition of definitions) {
      const { kind, name } = definition
      const earlier = this.#items.get(`${kind} ${name}`)
      const isBuiltIn = (await this.#registry.names(kind)).includes(name)
      // A node could never name it.
      const isSetting = isSettingOf(kind, name)
      if (isBuiltIn || isSetting || earlier !== undefined) this.#refuse({ kind, name, isSetting }, item, earlier)
      else {
        this.#items.set(`${kind} ${name}`, item)
        this.definitions.push(definition)
      }
    }
  }

  #refuse({ kind, name, isSetting }: Taken, { scalar, path }: Item, earlier: Item | undefined): void {
    const plugin = named(shownText(scalar))
    const whose = earlier === undefined ? 'comes with Sluice' : ownerOf(earlier, scalar)
    const why = isSetting ? `that is a setting of a ${kind}` : `one of that name ${whose}`
    const message = `${plugin} brings a ${kind} ${named(name)}, and ${why}`
    const range = earlier === undefined ? undefined : valueRangeAt(this.#report.root!, earlier.path)
    const related = range === undefined ? [] : [{ range, message: 'the first one' }]
    this.#report.add({ code: 'SLUICE_CONFIG_PLUGIN_NAME', path, message, related })
  }
}

function ownerOf({ scalar }: Item, other: ScalarValue): string {
  return scalar === other ? 'is in the same plugin' : `is in ${named(shownText(scalar))}`
}

/** Why a plugin can't be used, and what to do. */
function unloadable(thrown: unknown, { scalar }: Item): Pick<Finding, 'code' | 'message' | 'nearest' | 'hint'> {
  const error = asError(thrown)
  const code: ProblemCode =
    error instanceof SluiceError && isProblemCode(error.code) ? error.code : 'SLUICE_MODULE_THREW'
  const plugin = `the plugin ${named(shownText(scalar))}`
  if (!(error instanceof ModuleError)) {
    const hint = code === 'SLUICE_COMPONENT_INVALID' ? 'this is a mistake in the plugin, not in this file' : undefined
    return { code, message: unfilled(`${plugin}: ${error.message}`, scalar), hint }
  }
  const { reason, place, nearest } = error
  const at = place.line === undefined ? '' : ` (${formatPlace(place)})`
  const message = unfilled(`${plugin} can't be loaded: ${reason}${at}`, scalar)
  if (nearest === undefined) return { code, message }
  const folder = shownText(scalar).replace(/[^/]*$/, '')
  const meant = nearest.startsWith('./') ? nearest : folder + nearest
  return { code, message, nearest: meant, hint: `did you mean ${named(meant)}?` }
}
