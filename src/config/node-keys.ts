import type { MapValue } from './tree.ts'

/** At a consumer it is a setting, as at any stage, and a component. */
const BOTH = 'overflow'
/** What the component must say, and the setting can't. */
const ONLY_OF_COMPONENT = 'name'

/** What the keys of a node may be. */
export interface NodeKeys {
  readonly settings: readonly string[]
  readonly components: readonly string[]
  /** What to say first where it names no component; undefined where nothing points to one. */
  readonly meant?: string
}

const SETTING_IS_MEANT =
  '`overflow` without a `name` in it is the setting that every consumer has, not the component `overflow`; '

/**
 * The keys of a node as it is written. Where it names no other component, `overflow` is its component if a `name` is in
 * it; else it is the setting.
 */
export function nodeKeys({ entries }: MapValue, { settings, components }: NodeKeys): NodeKeys {
  if (!settings.includes(BOTH) || !components.includes(BOTH)) return { settings, components }
  const names = [...entries.keys()].filter((key) => key !== BOTH && components.includes(key))
  const value = entries.get(BOTH)?.value
  const isComponent = names.length === 0 && value?.kind === 'map' && value.entries.has(ONLY_OF_COMPONENT)
  if (isComponent) return { settings: settings.filter((key) => key !== BOTH), components }
  const others = components.filter((key) => key !== BOTH)
  return { settings, components: others, ...(value === undefined ? {} : { meant: SETTING_IS_MEANT }) }
}
