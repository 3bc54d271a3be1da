import type { $ZodIssue } from 'zod/v4/core'
import { kernelSettings, settingsSchema } from '../../config/settings.ts'
import type { Definition } from '../../core/component.ts'
import type { Configured } from '../../core/configured.ts'
import { bind, type Component, type NodeSettings } from '../../core/spec.ts'
import { testingError } from '../errors.ts'

/** What a factory gives, or a definition, whose options stand beside it. */
export type Testable = Configured | Definition

/** A component with its options as they are written. */
export interface Written {
  readonly definition: Definition
  readonly options: unknown
}

const KINDS = new Set<unknown>(['producer', 'stage', 'consumer'])

/** @throws SLUICE_TESTING_COMPONENT */
export function written(component: Testable, options: unknown): Written {
  const given: { readonly kind?: unknown } | null | undefined = component // It may come from JavaScript.
  if (!KINDS.has(given?.kind)) {
    throw testingError('SLUICE_TESTING_COMPONENT', `this cannot be tried: ${describe(component)}`)
  }
  if (!('definition' in component)) return { definition: component, options: options ?? {} }
  if (options !== undefined) {
    const { name } = component.definition
    throw testingError('SLUICE_TESTING_OPTIONS', `${name} has its options from its factory; leave \`options\` out`)
  }
  return { definition: component.definition, options: component.options ?? {} }
}

/** @throws SLUICE_TESTING_OPTIONS */
export function bound({ definition, options }: Written): Component {
  const parsed = definition.options.safeParse(options)
  if (parsed.success) return bind(definition, parsed.data)
  throw testingError('SLUICE_TESTING_OPTIONS', `the options of ${definition.name}: ${wordsOf(parsed.error.issues)}`)
}

/** Settings as they stand beside a component in a pipeline. @throws SLUICE_TESTING_OPTIONS */
export function settingsOf({ definition }: Written, settings: object | undefined): NodeSettings {
  const { kind, name } = definition
  const from = kind === 'producer' ? {} : { from: 'given' }
  const parsed = settingsSchema(kind).safeParse({ ...from, ...settings })
  if (parsed.success) return kernelSettings(parsed.data)
  throw testingError('SLUICE_TESTING_OPTIONS', `the settings of ${name}: ${wordsOf(parsed.error.issues)}`)
}

function wordsOf(issues: readonly Pick<$ZodIssue, 'path' | 'message'>[]): string {
  return issues.map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message)).join('; ')
}

function describe(value: unknown): string {
  if (typeof value === 'function') return `the function ${value.name || 'without a name'}; call it, if it is a factory`
  return value === null ? 'null' : `a value of type ${typeof value} without a \`kind\``
}
