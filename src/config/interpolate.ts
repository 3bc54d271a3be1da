import type { Report } from './report.ts'
import { mapScalars, sourceOffset, type Filled, type Value } from './tree.ts'
import { named } from './wording.ts'

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** `$${` is the text `${`; a `${` runs to the next `}`. */
const MARK = /\$\$\{|\$\{([^}]*)(\}?)/g
/** What is written for a `${` that is text. */
const ESCAPED = '$${'
const REFERENCE = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s

/** A complaint about a stretch of the text. */
interface Fault {
  readonly code: 'SLUICE_CONFIG_VARIABLE_MISSING' | 'SLUICE_CONFIG_VARIABLE_SYNTAX'
  readonly message: string
  readonly hint?: string
  readonly start: number
  readonly end: number
}

/**
 * Fills variables in: `${VAR}`, and `${VAR:-default}` for one that is unset or empty, inside string values only, never
 * in keys. What a variable holds is never read again, neither as YAML nor for variables in it. A `${` that is meant as
 * text is written `$${`. A variable that is not set is reported by name where it stands.
 */
export function interpolate<V extends Value>(root: V, environment: Environment, report: Report): V {
  return mapScalars(root, (scalar, path) => {
    if (typeof scalar.value !== 'string' || !scalar.value.includes('${') || report.isMuted(path)) return scalar
    const { text, filled, faults } = fill(scalar.value, environment)
    for (const { start, end, ...fault } of faults) {
      // A file may have a quarter of a million faults; the place of one that isn't listed is looked for by nobody.
      const from = report.isFull ? undefined : sourceOffset(scalar, report.text, start)
      const range = from === undefined ? undefined : ([from, from + end - start] as const)
      report.add({ ...fault, path, range })
    }
    if (faults.length > 0) report.mute(path)
    return { ...scalar, value: text, filled }
  })
}

function fill(raw: string, environment: Environment): { text: string; filled: Filled; faults: Fault[] } {
  const faults: Fault[] = []
  const marks = [...raw.matchAll(MARK)]
  let text = ''
  let end = 0
  for (const match of marks) {
    const start = match.index
    const result = match[0] === ESCAPED ? '${' : resolve(match, environment)
    text += raw.slice(end, start)
    end = start + match[0].length
    if (typeof result === 'string') text += result
    else faults.push({ ...result, start, end })
  }
  const variables = marks.filter(([mark]) => mark !== ESCAPED)
  const filled = { raw, hasVariables: variables.length > 0, isWhole: variables[0]?.[0] === raw }
  return { text: text + raw.slice(end), filled, faults }
}

/** Two texts as long as the one that is written: one has numbers where variables stand, the other has names. */
export function standIns({ raw }: Filled): readonly string[] {
  const made = (standIn: (length: number) => string): string =>
    raw.replaceAll(MARK, (mark: string) => (mark === ESCAPED ? ' ${' : standIn(mark.length)))
  return [made((length) => '1'.padEnd(length)), made((length) => 'a'.repeat(length))]
}

/** What stands for a `${…}`, or what is wrong with it. */
function resolve(
  [mark, body = '', closing]: RegExpExecArray,
  environment: Environment,
): string | Omit<Fault, 'start' | 'end'> {
  const code = 'SLUICE_CONFIG_VARIABLE_SYNTAX'
  if (closing === '')
    return { code, message: `${named(mark)} is not closed`, hint: 'add a `}`; a `${` that is text is written `$${`' }
  if (body.includes('${'))
    return { code, message: "a default can't have a variable in it", hint: 'write the default out' }
  const [, name, fallback] = REFERENCE.exec(body) ?? []
  if (name === undefined) return { code, message: `${named(mark)} is not a variable` }
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined
  if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
  if (value !== undefined) return value
  const hint = `set it in the environment, or give a default: \`\${${name}:-…}\``
  return { code: 'SLUICE_CONFIG_VARIABLE_MISSING', message: `the variable ${named(name)} is not set`, hint }
}
