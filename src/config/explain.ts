import type { core, ZodType } from 'zod'
import { nearest } from '../kit/nearest.ts'
import { quote } from '../kit/text.ts'
import { standIns } from './interpolate.ts'
import { leavesUnfilled, ownPath, valueAtKeys, type Leaf, type Subject } from './issues.ts'
import { isTorn, quotingHint } from './quoting.ts'
import type { Finding, Report } from './report.ts'
import { sourceOffset, valueAt, type OffsetRange, type ScalarValue, type Value } from './tree.ts'
import { formatPath, listed, named, type Path } from './wording.ts'
import { descriptionAt, isOptionalAt, knownKeys } from './zod-shape.ts'

/** More names than these are no help. */
const MOST_LISTED = 12
/** Shorter texts stand in messages for other reasons than that a variable holds them. */
const SHORTEST_SECRET = 4

interface Context {
  readonly schema: ZodType
  readonly subject: Subject
  readonly input: unknown
  readonly report: Report
}

/** What a schema found wrong, in sentences; one for each value, because the first says it. */
export function explain(leaves: readonly Leaf[], context: Context): Finding[] {
  const unknown = leaves.flatMap((leaf) =>
    leaf.issue.code === 'unrecognized_keys' ? unknownKeys(leaf, leaf.issue, context) : [],
  )
  // A key that is misspelt is not missing as well.
  const told = new Set(unknown.map(({ path, nearest: meant }) => JSON.stringify([...path.slice(0, -1), meant])))
  const others = leaves.flatMap((leaf) => {
    if (leaf.issue.code === 'unrecognized_keys') return []
    const finding = explainOne(leaf, context)
    const key = JSON.stringify(finding.path)
    if (told.has(key)) return []
    told.add(key)
    return [finding]
  })
  return [...unknown, ...others]
}

function explainOne(leaf: Leaf, context: Context): Finding {
  const { subject, schema } = context
  const own = ownPath(subject, leaf.path)
  const path = [...subject.path, ...own]
  if (leaf.issue.code === 'invalid_key') {
    const hint = descriptionAt(schema, leaf.path.slice(0, -1))
    return { code: 'SLUICE_CONFIG_VALUE', path, at: 'key', message: `${labelOf(path)}: ${leaf.issue.message}`, hint }
  }
  const value = valueAt(subject.value, own)?.value
  if (isMissing(leaf, context)) return missing(leaf, path, context)
  if (value?.kind === 'scalar' && value.filled?.hasVariables) return badVariable(leaf, { path, scalar: value }, context)
  const { offset } = paramsOf(leaf.issue)
  if (value?.kind === 'scalar' && offset !== undefined) return badExpression(leaf, { path, scalar: value }, context)
  return {
    code:
      leaf.issue.code === 'invalid_type' || leaf.issue.code === 'invalid_union'
        ? 'SLUICE_CONFIG_TYPE'
        : 'SLUICE_CONFIG_VALUE',
    path,
    message: `${labelOf(path)}: ${leaf.words === undefined ? unfilled(leaf.issue.message, subject.value) : `${leaf.words}, got ${shown(value)}`}`,
    expected: leaf.expected,
    hint: descriptionAt(schema, leaf.path),
    ...suggestion(leaf, value, schema),
  }
}

function isMissing({ path }: Leaf, { schema, input }: Context): boolean {
  return path.length > 0 && valueAtKeys(input, path) === undefined && !isOptionalAt(schema, path)
}

function unknownKeys(
  { path }: Leaf,
  { keys }: core.$ZodIssueUnrecognizedKeys,
  { schema, subject }: Context,
): Finding[] {
  const own = ownPath(subject, path)
  const known = knownKeys(schema, path)
  const owner = own.length > 0 ? named(String(own.at(-1))) : subject.owner
  return keys.map((key) => ({
    code: 'SLUICE_CONFIG_KEY_UNKNOWN',
    path: [...subject.path, ...own, key],
    at: 'key',
    message: `${named(key)} is not ${subject.keyIs} of ${owner}`,
    ...(placeAbove(key, path, { schema, subject }) ?? didYouMean(key, known)),
  }))
}

/** Where a key belongs that stands too far inside. */
function placeAbove(
  key: string,
  path: readonly PropertyKey[],
  { schema, subject }: Pick<Context, 'schema' | 'subject'>,
): Pick<Finding, 'hint'> | undefined {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    if (!knownKeys(schema, path.slice(0, depth)).includes(key)) continue
    const above = depth === 0 ? subject.owner : named(String(path[depth - 1]))
    return { hint: `it is a setting of ${above}: write it beside ${named(String(path[depth]))}` }
  }
  return undefined
}

/** The nearest name as a hint, or all that there are, if there are few. */
export function didYouMean(name: string, known: readonly string[]): Pick<Finding, 'nearest' | 'hint'> {
  const meant = nearest(name, known)
  if (meant !== undefined) return { nearest: meant, hint: `did you mean ${named(meant)}?` }
  if (known.length === 0 || known.length > MOST_LISTED) return {}
  return { hint: `${known.length === 1 ? 'there is only' : 'there are'} ${listed(known.map(named), 'and')}` }
}

function missing({ expected, path: keys }: Leaf, path: Path, { schema, subject }: Context): Finding {
  const name = named(String(path.at(-1)))
  const own = ownPath(subject, keys)
  const owner = own.length > 1 ? named(String(own.at(-2))) : subject.owner
  const hint = [`add ${name}`, descriptionAt(schema, keys)].filter((text) => text !== undefined).join('. ')
  return { code: 'SLUICE_CONFIG_KEY_MISSING', path, message: `${owner} needs ${name}`, expected, hint }
}

/** What a variable holds is never shown, not even in part: it may be a secret. */
function badVariable(leaf: Leaf, at: { path: Path; scalar: ScalarValue }, context: Context): Finding {
  const { path, scalar } = at
  const written = mistakeAround(leaf, scalar, context)
  if (written !== undefined) return badExpression(written, at, context)
  return {
    code: 'SLUICE_CONFIG_VARIABLE_VALUE',
    path,
    message: `${labelOf(path)}: ${wordsWithoutValue(leaf, scalar, context)}`,
    expected: leaf.expected,
  }
}

function wordsWithoutValue(
  { issue, path, words, expected }: Leaf,
  scalar: ScalarValue,
  { schema, subject }: Context,
): string {
  const raw = named(scalar.filled!.raw)
  if (words !== undefined) return `${words}, but ${raw} gives something else`
  const isLimit = issue.code === 'too_small' || issue.code === 'too_big'
  if (isLimit && !issue.message.includes(String(scalar.value))) return issue.message
  const key = JSON.stringify(path)
  const unfilledLeaves = leavesUnfilled(schema, subject, [scalar, scalar.filled!.raw])
  const same = unfilledLeaves.find((other) => JSON.stringify(other.path) === key)
  if (same === undefined || same.words !== undefined || paramsOf(same.issue).offset !== undefined) {
    return expected === undefined
      ? `what ${raw} gives can't be used here`
      : `expected ${expected}, but ${raw} gives something else`
  }
  return same.issue.message
}

/** A mistake in an expression that is there whatever its variables hold: a number and a name have it in their stead. */
function mistakeAround(leaf: Leaf, scalar: ScalarValue, { schema, subject }: Context): Leaf | undefined {
  if (paramsOf(leaf.issue).offset === undefined) return undefined
  const key = JSON.stringify(leaf.path)
  const message = withoutPlace(leaf.issue.message)
  return standIns(scalar.filled!)
    .flatMap((text) => leavesUnfilled(schema, subject, [scalar, text]))
    .find((other) => JSON.stringify(other.path) === key && withoutPlace(other.issue.message) === message)
}

/** Of a message about an expression. */
function withoutPlace(message: string): string {
  return message.replace(/ \(line \d+, column \d+ of the expression\)$/, '')
}

function badExpression(leaf: Leaf, at: { path: Path; scalar: ScalarValue }, { report }: Context): Finding {
  const { path, scalar } = at
  const text = String(scalar.value)
  const { offset = 0, length = 1 } = paramsOf(leaf.issue)
  const isWritten = scalar.filled === undefined || scalar.filled.hasVariables
  const start = isWritten ? sourceOffset(scalar, report.text, offset) : undefined
  const range: OffsetRange | undefined = start === undefined ? undefined : [start, start + length]
  // The place in the expression is told only where the place in the file isn't known.
  const said = start === undefined ? leaf.issue.message : withoutPlace(leaf.issue.message)
  const hint =
    scalar.style === 'plain' && isTorn(text)
      ? 'YAML may have cut it at a comma or at ` #`: put it in quotes'
      : undefined
  return { code: 'SLUICE_CONFIG_EXPRESSION', path, range, message: `${labelOf(path)}: ${said}`, hint }
}

function suggestion(
  { issue, expected, words, path }: Leaf,
  value: Value | undefined,
  schema: ZodType,
): Pick<Finding, 'nearest' | 'hint'> {
  if (expected === 'a map') return keysHint(knownKeys(schema, path))
  if (value?.kind !== 'scalar' || value.value === null) return {}
  if (issue.code === 'invalid_value' && typeof value.value === 'string') {
    const meant = nearest(value.value, issue.values.map(String))
    return meant === undefined ? {} : { nearest: meant, hint: `did you mean ${named(meant)}?` }
  }
  if (issue.code !== 'invalid_type' || expected === undefined || words === undefined) return {}
  if (typeof value.value === 'number' || typeof value.value === 'boolean')
    return expected.includes('a string') ? { hint: quotingHint(String(value.value)) } : {}
  if (typeof value.value !== 'string') return {}
  const isQuoted = value.style !== 'plain'
  if (expected.includes('number') && isQuoted && value.value.trim() !== '' && !Number.isNaN(Number(value.value))) {
    return { hint: 'write it without quotes' }
  }
  if (expected !== 'true or false') return {}
  return {
    hint: isQuoted ? 'write true or false, without quotes' : 'write true or false: YAML takes nothing else for them',
  }
}

function keysHint(known: readonly string[]): Pick<Finding, 'hint'> {
  return known.length === 0 ? {} : { hint: `its keys are ${listed(known.map(named), 'and')}` }
}

function paramsOf(issue: core.$ZodIssue | undefined): { readonly offset?: number; readonly length?: number } {
  return (issue?.code === 'custom' && issue.params) || {}
}

/** A message of a schema about a value that has variables in it: with the variables instead of what they hold. */
export function unfilled(message: string, value: Value): string {
  if (value.kind !== 'scalar' && value.given !== undefined) return message
  if (value.kind === 'list') return value.items.reduce(unfilled, message)
  if (value.kind === 'map')
    return [...value.entries.values()].reduce((text, entry) => unfilled(text, entry.value), message)
  if (value.filled === undefined) return message
  const text = String(value.value)
  return text.length < SHORTEST_SECRET ? message : message.replaceAll(text, value.filled.raw)
}

/** The value as a message may show it. */
function shown(value: Value | undefined): string {
  if (value === undefined) return 'nothing'
  if (value.kind === 'list') return `a list of ${value.items.length}`
  if (value.kind === 'map') return 'a map'
  const scalar = value.value
  if (scalar === null || scalar === undefined) return 'nothing'
  if (typeof scalar === 'string') return quote(scalar)
  if (typeof scalar === 'number' || typeof scalar === 'boolean') return String(scalar)
  return typeof scalar === 'object' ? 'an object' : `a ${typeof scalar}`
}

/** The last name of a path and the indices behind it: `fields[2]`. */
function labelOf(path: Path): string {
  return named(formatPath(path.slice(path.findLastIndex((step) => typeof step === 'string'))))
}
