import { named } from './problems.ts'
import type { Report } from './report.ts'
import { sourceOffset } from './scalar-text.ts'
import { mapScalars, type Filled, type Value } from './tree.ts'

/** Variables by name, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>

/** `$${` is the text `${`; a `${` runs to the next `}`. */
const MARK = /\$\$\{|\$\{([^}]*)(\}?)/g
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
      const from = sourceOffset(scalar, report.text, start)
      const range = from === undefined ? undefined : ([from, from + end - start] as const)
      report.add({ ...fault, path, range })
    }
    if (faults.length > 0) report.mute(path)
    return { ...scalar, value: text, filled }
  })
}

function fill(raw: string, environment: Environment): { text: string; filled: Filled; faults: Fault[] } {
  const faults: Fault[] = []
  const pieces: Filled['pieces'][number][] = []
  let text = ''
  let rawStart = 0
  const copy = (end: number): void => {
    if (end > rawStart) pieces.push({ start: text.length, rawStart, isCopy: true })
    text += raw.slice(rawStart, end)
  }
  let isWhole = false
  for (const match of raw.matchAll(MARK)) {
    const [mark] = match
    copy(match.index)
    rawStart = match.index + mark.length
    pieces.push({ start: text.length, rawStart: match.index, isCopy: false })
    const result = mark === '$${' ? '${' : resolve(match, environment)
    if (typeof result === 'string') text += result
    else faults.push({ ...result, start: match.index, end: rawStart })
    isWhole = mark === raw && mark !== '$${'
  }
  copy(raw.length)
  return { text, filled: { raw, isWhole, pieces }, faults }
}

/** What stands for a `${…}`, or what is wrong with it. */
function resolve([mark, body = '', closing]: RegExpExecArray, environment: Environment): string | Omit<Fault, 'start' | 'end'> {
  const code = 'SLUICE_CONFIG_VARIABLE_SYNTAX'
  if (closing === '') return { code, message: `${named(mark)} is not closed`, hint: 'add a `}`; a `${` that is text is written `$${`' }
  if (body.includes('${')) return { code, message: 'a default can\'t have a variable in it', hint: 'write the default out' }
  const [, name, fallback] = REFERENCE.exec(body) ?? []
  if (name === undefined) return { code, message: `${named(mark)} is not a variable` }
  const value = Object.hasOwn(environment, name) ? environment[name] : undefined
  if (fallback !== undefined) return value === undefined || value === '' ? fallback : value
  if (value !== undefined) return value
  const hint = `set it in the environment, or give a default: \`\${${name}:-…}\``
  return { code: 'SLUICE_CONFIG_VARIABLE_MISSING', message: `the variable ${named(name)} is not set`, hint }
}
