import type { Configured } from '../core/configured.ts'
import type { Kind } from '../registry/contract.ts'
import { Edge, Ref } from './builder-types.ts'
import { isPlain } from './given.ts'
import type { NodeCall, Program } from './recorder.ts'
import type { Finding } from './report.ts'
import { isSettingOf } from './settings.ts'
import { named, type Path } from './wording.ts'

/** What only a program can get wrong, most of it only one whose types nobody checks. */
export interface ProgramFault extends Pick<Finding, 'code' | 'message' | 'hint'> {
  /** From the node on, or from the pipeline. */
  readonly path: Path
}

/** Of consumers a setting, and a component of ours. */
const OVERFLOW = 'overflow'

const EXAMPLES: Readonly<Record<Kind, string>> = {
  producer: 'http({ port: 8080 })',
  stage: 'filter((payment) => payment.amount > 0)',
  consumer: "file({ path: 'ledger.ndjson' })",
}

/** The component of a node, if it is one of its kind. */
export function configuredOf({ configured, kind }: NodeCall): Configured | undefined {
  return isConfigured(configured) && configured.definition.kind === kind ? configured : undefined
}

/** Those that a node reads from, if they are what a builder gave, or `edge` made of that. */
export function edgesOf({ from }: NodeCall): Edge<unknown>[] {
  const givers: readonly unknown[] = Array.isArray(from) ? from : [from]
  return givers.flatMap((giver) => {
    if (giver instanceof Edge) return giver.ref instanceof Ref ? [giver] : []
    return giver instanceof Ref ? [new Edge(giver, {})] : []
  })
}

/** What is wrong with the definition as such, before its nodes. */
export function faultsOfProgram({ settings, isFunction, isAsync }: Program): ProgramFault[] {
  const faults = [
    faultOfBuild(isFunction, isAsync),
    faultOfSettings(settings, "{ stopTimeout: '1m' }"),
    faultOfLetters(settings),
  ]
  return faults.filter((fault) => fault !== undefined)
}

/** In a file they are a setting of the pipeline. */
function faultOfLetters(settings: unknown): ProgramFault | undefined {
  if (!isPlain(settings) || !('deadLetters' in settings) || settings.deadLetters === undefined) return undefined
  const message = 'in a program `deadLetters` is not a setting of the pipeline'
  const hint = 'call `p.deadLetters`, as `p.deadLetters(letters())`'
  return { code: 'SLUICE_CONFIG_KEY_MISPLACED', path: [], message, hint }
}

function faultOfBuild(isFunction: boolean, isAsync: boolean): ProgramFault | undefined {
  const fault = { code: 'SLUICE_CONFIG_TYPE', path: [] } as const
  if (!isFunction) {
    const message = 'the pipeline is not defined: after the name comes a function'
    return { ...fault, message, hint: '`definePipeline(name, (p) => { … }, settings)`' }
  }
  if (!isAsync) return undefined
  const message = 'the function that defines the pipeline is asynchronous: what it adds later is not part of it'
  return { ...fault, message, hint: 'await what is needed before `definePipeline`' }
}

/** What is wrong with a call as such. @param refs the nodes of this pipeline. */
export function faultsOf(call: NodeCall, refs: ReadonlySet<Ref<unknown>>): ProgramFault[] {
  const { settings } = call
  return [
    faultOfSettings(settings, '{ concurrency: 8 }'),
    faultOfComponent(call),
    faultOfOverflow(call),
    faultOfFrom(call, refs),
  ].filter((fault) => fault !== undefined)
}

function faultOfSettings(settings: unknown, example: string): ProgramFault | undefined {
  if (settings === undefined || isPlain(settings)) return undefined
  const message = `expected settings, as \`${example}\`, got ${typeName(settings)}`
  return { code: 'SLUICE_CONFIG_TYPE', path: [], message }
}

function faultOfComponent({ configured, kind }: NodeCall): ProgramFault | undefined {
  const example = EXAMPLES[kind]
  if (isConfigured(configured)) {
    const { kind: actual, name } = configured.definition
    if (actual === kind) return faultOfName(kind, name)
    const message = `${named(name)} is a ${actual}, not a ${kind}`
    return { code: 'SLUICE_CONFIG_COMPONENT_KIND', path: [], message, hint: `add it with \`p.${actual}\`` }
  }
  const message = `expected a ${kind}, as \`${example}\`, got ${typeName(configured)}`
  const isDefinition = typeof configured === 'object' && configured !== null && 'create' in configured
  if (isDefinition) {
    return {
      code: 'SLUICE_CONFIG_TYPE',
      path: [],
      message,
      hint: 'give a definition its options: `use(definition, options)`',
    }
  }
  const hint = typeof configured === 'function' ? `call it: \`${configured.name || 'it'}(…)\`` : undefined
  return { code: 'SLUICE_CONFIG_TYPE', path: [], message, hint }
}

/** A component stands beside the settings of its node, by its name. */
function faultOfName(kind: Kind, name: string): ProgramFault | undefined {
  if (!isSettingOf(kind, name) || (kind === 'consumer' && name === OVERFLOW)) return undefined
  const message = `a component can't be called ${named(name)}: that is a setting of a ${kind}`
  return { code: 'SLUICE_CONFIG_COMPONENT_BROKEN', path: [], message, hint: 'rename the component' }
}

/** In a file one key is either. */
function faultOfOverflow(call: NodeCall): ProgramFault | undefined {
  const { settings, isDeadLetters } = call
  const { name, kind } = configuredOf(call)?.definition ?? {}
  if (kind !== 'consumer' || name !== OVERFLOW || isDeadLetters || !isPlain(settings)) return undefined
  if (!('overflow' in settings) || settings.overflow === undefined) return undefined
  const message = '`overflow` as a component has no setting `overflow`: it stores everything itself'
  return { code: 'SLUICE_CONFIG_KEY_MISPLACED', path: [], message, hint: 'remove the setting' }
}

function faultOfFrom(call: NodeCall, refs: ReadonlySet<Ref<unknown>>): ProgramFault | undefined {
  if (call.kind === 'producer' || call.isDeadLetters) return undefined
  const edges = edgesOf(call)
  const count = Array.isArray(call.from) ? call.from.length : 1
  if (edges.length < count) {
    const message =
      'expected a node to read from: what `p.producer` or `p.stage` gave, a list of such, or an `edge` of one'
    return { code: 'SLUICE_CONFIG_TYPE', path: ['from'], message }
  }
  if (count === 0)
    return { code: 'SLUICE_CONFIG_VALUE', path: ['from'], message: 'expected at least one node to read from' }
  const stranger = edges.find(({ ref }) => !refs.has(ref))
  if (stranger !== undefined) {
    const message = `${named(stranger.ref.name)} is a node of another pipeline`
    const hint = 'read from a node of this pipeline; pipelines share nothing'
    return { code: 'SLUICE_CONFIG_FROM_UNKNOWN', path: ['from'], message, hint }
  }
  const twice = edges.find(({ ref }, index) => edges.findIndex((other) => other.ref === ref) < index)
  if (twice === undefined) return undefined
  return {
    code: 'SLUICE_CONFIG_FROM_TWICE',
    path: ['from'],
    message: `${named(twice.ref.name)} is named twice`,
    hint: undefined,
  }
}

function isConfigured(value: unknown): value is Configured {
  if (typeof value !== 'object' || value === null || !('definition' in value)) return false
  const { definition } = value
  return typeof definition === 'object' && definition !== null && 'kind' in definition && 'name' in definition
}

function typeName(value: unknown): string {
  if (value === undefined || value === null) return 'nothing'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}
