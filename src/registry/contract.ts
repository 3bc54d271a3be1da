import type { Definition } from '../core/component.ts'
import { printable } from '../kit/text.ts'
import { registryError } from './errors.ts'

/** Producer, stage or consumer. */
export type Kind = Definition['kind']

const DEFINE: Readonly<Record<Kind, string>> = {
  producer: 'defineProducer',
  stage: 'defineStage',
  consumer: 'defineConsumer',
}

/**
 * What a module exports by default, if it is a definition of that kind and name.
 *
 * @throws SLUICE_COMPONENT_INVALID, with all that is wrong and the file
 */
export function definitionOf(module: unknown, expected: { kind: Kind; name: string; file: string }): Definition {
  const { kind, name, file } = expected
  const candidate = (module as { readonly default?: unknown } | null)?.default
  const complaints = isObject(candidate)
    ? complaintsOf(candidate, expected)
    : [`it must export by default what ${DEFINE[kind]} gives`]
  if (complaints.length === 0) return candidate as Definition
  throw registryError(
    'SLUICE_COMPONENT_INVALID',
    `the ${kind} ${name} can't be used: ${complaints.join('; ')} (${file})`,
  )
}

function complaintsOf(candidate: Record<string, unknown>, { kind, name }: { kind: Kind; name: string }): string[] {
  const complaints: string[] = []
  const { short, options } = candidate
  const demand = (holds: boolean, complaint: string): void => void (holds || complaints.push(complaint))
  demand(candidate['kind'] === kind, `it must be made by ${DEFINE[kind]}`)
  demand(candidate['name'] === name, `its name must be that of its file, \`${name}\`, not ${shown(candidate['name'])}`)
  demand(typeof candidate['summary'] === 'string' && candidate['summary'] !== '', '`summary` must be a line of text')
  demand(isSchema(options), '`options` must be a zod 4 schema')
  demand(typeof candidate['create'] === 'function', '`create` must be a function')
  for (const hook of ['exclusive', 'parts', 'keyed', 'guarantee'])
    demand(isOptional(candidate[hook], 'function'), `\`${hook}\` must be a function`)
  for (const flag of ['io', 'holds', 'outcomes'])
    demand(isOptional(candidate[flag], 'boolean'), `\`${flag}\` must be true or false`)
  demand(isOptional(short, 'string'), '`short` must be the name of an option')
  return complaints
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

/** By its shape: a plugin may have brought a zod of its own. */
function isSchema(value: unknown): boolean {
  return isObject(value) && isObject(value['_zod']) && typeof value['safeParse'] === 'function'
}

function isOptional(value: unknown, type: 'function' | 'boolean' | 'string'): boolean {
  return value === undefined || typeof value === type
}

function shown(name: unknown): string {
  return typeof name === 'string' ? `\`${printable(name, 64)}\`` : `a value of type ${typeof name}`
}
