import { toJSONSchema, type core } from 'zod'
import type { Definition } from '../core/component.ts'
import { asError } from '../core/errors.ts'
import { bind, type Component } from '../core/spec.ts'
import { noteOrigins, originsOf } from '../registry/origins.ts'
import { check } from './check.ts'
import { withDataFolder } from './data-folder.ts'
import type { Subject } from './issues.ts'
import type { NodeDraft } from './nodes.ts'
import type { Report } from './report.ts'
import { notePair } from './pairs.ts'
import { HOLDING_SETTINGS } from './settings.ts'
import { emptyMapAt, hasFilled, type MapValue, type Value } from './tree.ts'
import { named, type Path } from './wording.ts'
import { knownKeys, schemasAt } from './zod-shape.ts'

/** A node that names a component. */
export type NamingDraft = NodeDraft & { readonly component: NonNullable<NodeDraft['component']> }

export function namesComponent(draft: NodeDraft): draft is NamingDraft {
  return draft.component !== undefined
}

/**
 * Reads the options of a node's component and gives them to it.
 *
 * @returns undefined where something was reported
 */
export function readComponent(
  draft: NamingDraft,
  { definition, pipeline }: { readonly definition: Definition; readonly pipeline: string },
  report: Report,
): Component | undefined {
  checkHolding(draft, definition, report)
  const { name, value } = draft.component
  const path = [...draft.path, name]
  try {
    const options = check(definition.options, { ...optionsOf(definition, value, path), owner: named(name) }, report)
    if (options === undefined) return undefined
    const filled = withDataFolder(definition, options.value, { file: report.file, pipeline, node: draft.name })
    const component = bind(definition, isGiven(value) ? Object.freeze(filled) : frozen(filled))
    notePair(component, definition, filled)
    noteOrigins(component, [...originsOf(definition), ...originsOf(draft)])
    return component
  } catch (error) {
    // What the component says may quote what a variable holds.
    const reason = hasFilled(value) ? '' : `: ${asError(error).message}`
    const message = `${named(name)} failed while its options were read${reason}`
    report.add({ code: 'SLUICE_CONFIG_COMPONENT_BROKEN', path, at: 'key', message })
    return undefined
  }
}

/**
 * What stands behind a component's name: a map of options, nothing at all, or the bare value of the option that its
 * definition calls `short`. A map is that bare value only where the short option takes maps and none of the keys is an
 * option: `map: { to: … }` are options, `map: { id: key, cents: data.amount }` is short for `to`.
 */
function optionsOf(definition: Definition, value: Value, path: Path): Omit<Subject, 'owner'> {
  const { short, options } = definition
  const keyIs = 'an option'
  if (value.kind === 'scalar' && (value.value === null || value.value === undefined))
    return { value: emptyMapAt(value), path, keyIs }
  if (short === undefined) return { value, path, keyIs }
  const isShort = value.kind === 'map' ? isShortMap(value, options, short) : true
  return isShort ? { value, path, short, keyIs } : { value, path, keyIs }
}

function isShortMap({ entries }: MapValue, options: core.$ZodType, short: string): boolean {
  if (entries.size === 0 || knownKeys(options).some((option) => entries.has(option))) return false
  return schemasAt(options, [short]).some((schema) =>
    takesMaps(toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })),
  )
}

/** Whether a JSON Schema lets objects through. */
function takesMaps(schema: core.JSONSchema._JSONSchema): boolean {
  if (typeof schema === 'boolean') return schema
  const choices = schema.anyOf ?? schema.oneOf
  return choices === undefined ? schema.type === undefined || schema.type === 'object' : choices.some(takesMaps)
}

function checkHolding({ component, kind, path, settings }: NamingDraft, definition: Definition, report: Report): void {
  if (kind === 'producer' || ('holds' in definition && definition.holds)) return
  for (const setting of HOLDING_SETTINGS) {
    if (settings?.[setting] === undefined) continue
    const message = `${named(setting)} is for components that hold messages between calls, and ${named(component.name)} doesn't`
    report.add({ code: 'SLUICE_CONFIG_KEY_MISPLACED', path: [...path, setting], at: 'key', message, hint: 'remove it' })
  }
}

/** What is inside a program's objects is the program's: the schema may have passed it on as it is. */
function isGiven(value: Value): boolean {
  return value.kind === 'scalar' ? value.style === 'given' : value.given !== undefined
}

/** Options are read once and never changed: plain objects and arrays are frozen, all the way down. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value
  for (const inner of Object.values(value)) frozen(inner)
  return Object.freeze(value)
}

/** Says why a component couldn't be loaded, where a node names it. */
export function reportUnloadable({ component, path }: NamingDraft, error: unknown, report: Report): void {
  const { message } = asError(error)
  report.add({ code: 'SLUICE_CONFIG_COMPONENT_BROKEN', path: [...path, component.name], at: 'key', message })
}
