import { CONTRACT_VERSION, type Definition } from '../core/component.ts'
import type { SluiceError } from '../core/errors.ts'
import { printable } from '../kit/text.ts'
import { registryError } from './errors.ts'

/** Producer, stage or consumer. */
export type Kind = Definition['kind']

const DEFINE: Readonly<Record<Kind, string>> = {
  producer: 'defineProducer',
  stage: 'defineStage',
  consumer: 'defineConsumer',
}
const ANY_DEFINE = 'defineProducer, defineStage or defineConsumer'

/** The name of a component: a key in a file, and the name of its own file. */
const NAME = /^[a-z][a-z0-9-]{0,62}$/

/**
 * What a module exports by default, if it is a definition of that kind and name.
 *
 * @throws SLUICE_COMPONENT_INVALID, with all that is wrong and the file
 * @throws SLUICE_COMPONENT_CONTRACT where it was made for another version of the contract
 */
export function definitionOf(module: unknown, expected: { kind: Kind; name: string; file: string }): Definition {
  const { kind, name, file } = expected
  const candidate = (module as { readonly default?: unknown } | null)?.default
  if (!isObject(candidate))
    throw invalid(`the ${kind} ${name}`, [`it must export by default what ${DEFINE[kind]} gives`], file)
  const complaints: string[] = []
  if (candidate['kind'] !== kind) complaints.push(`it must be made by ${DEFINE[kind]}`)
  if (candidate['name'] !== name)
    complaints.push(`its name must be that of its file, \`${name}\`, not ${shown(candidate['name'])}`)
  return checked(candidate, complaints, { whose: `the ${kind} ${name}`, file })
}

/**
 * What a plugin gives, if it is a definition.
 *
 * @throws SLUICE_COMPONENT_INVALID, SLUICE_COMPONENT_CONTRACT
 */
export function pluginDefinition(candidate: unknown, file: string): Definition {
  if (!isObject(candidate)) {
    throw invalid('a component', [`it must be what ${ANY_DEFINE} gives, not ${typeName(candidate)}`], file)
  }
  const { kind, name } = candidate
  const complaints: string[] = []
  if (typeof kind !== 'string' || !Object.hasOwn(DEFINE, kind)) complaints.push(`it must be made by ${ANY_DEFINE}`)
  if (typeof name !== 'string' || !NAME.test(name))
    complaints.push(`its name must be small letters, digits and \`-\`, not ${shown(name)}`)
  const whose = typeof name === 'string' && name !== '' ? `the component ${printable(name, 64)}` : 'a component'
  return checked(candidate, complaints, { whose, file })
}

function checked(
  candidate: Record<string, unknown>,
  complaints: readonly string[],
  { whose, file }: { whose: string; file: string },
): Definition {
  const { contract } = candidate
  // Who has another contract may well break ours in other ways too: only the cause is told.
  if (contract !== CONTRACT_VERSION && (contract !== undefined || complaints.length === 0))
    throw otherContract(whose, contract, file)
  const all = [...complaints, ...complaintsOf(candidate)]
  if (all.length > 0) throw invalid(whose, all, file)
  return candidate as unknown as Definition
}

function complaintsOf(candidate: Record<string, unknown>): string[] {
  const complaints: string[] = []
  const { short, options } = candidate
  const demand = (holds: boolean, complaint: string): void => void (holds || complaints.push(complaint))
  demand(typeof candidate['summary'] === 'string' && candidate['summary'] !== '', '`summary` must be a line of text')
  demand(isSchema(options), '`options` must be a zod 4 schema')
  demand(typeof candidate['create'] === 'function', '`create` must be a function')
  for (const hook of ['exclusive', 'place', 'callTimeout', 'parts', 'keyed', 'guarantee'])
    demand(isOptional(candidate[hook], 'function'), `\`${hook}\` must be a function`)
  for (const flag of ['io', 'holds', 'outcomes', 'unbatches'])
    demand(isOptional(candidate[flag], 'boolean'), `\`${flag}\` must be true or false`)
  demand(isCount(candidate['settleConcurrency'] ?? 1), '`settleConcurrency` must be an integer of 1 or more')
  demand(isOptional(short, 'string') && isOption(short, options), '`short` must be the name of an option')
  return complaints
}

function invalid(whose: string, complaints: readonly string[], file: string): SluiceError {
  return registryError('SLUICE_COMPONENT_INVALID', `${whose} can't be used: ${complaints.join('; ')} (${file})`)
}

function otherContract(whose: string, contract: unknown, file: string): SluiceError {
  const isKnown = typeof contract === 'number'
  const version = isKnown
    ? `version ${contract} of the component contract`
    : 'no known version of the component contract'
  const advice = isKnown && contract > CONTRACT_VERSION ? 'update Sluice' : 'update the plugin'
  const message = `${whose} was made for ${version}, and this Sluice has version ${CONTRACT_VERSION}: ${advice} (${file})`
  return registryError('SLUICE_COMPONENT_CONTRACT', message)
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1
}

/** By its shape: a plugin may have brought a zod of its own. */
function isSchema(value: unknown): boolean {
  return isObject(value) && isObject(value['_zod']) && typeof value['safeParse'] === 'function'
}

/** Of a schema that doesn't tell its fields, any name is believed. */
function isOption(name: unknown, options: unknown): boolean {
  const shape = isObject(options) ? options['shape'] : undefined
  return typeof name !== 'string' || !isObject(shape) || Object.hasOwn(shape, name)
}

function isOptional(value: unknown, type: 'function' | 'boolean' | 'string'): boolean {
  return value === undefined || typeof value === type
}

function shown(name: unknown): string {
  return typeof name === 'string' ? `\`${printable(name, 64)}\`` : `a value of type ${typeof name}`
}

function typeName(value: unknown): string {
  return value === null ? 'null' : `a value of type ${typeof value}`
}
