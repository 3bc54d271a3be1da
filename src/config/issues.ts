import type { core, ZodType } from 'zod'
import { plainOf, type ScalarValue, type Value } from './tree.ts'
import { listed, type Path } from './wording.ts'

type Issue = core.$ZodIssue

/** A part of the document that a schema is to judge. */
export interface Subject {
  readonly value: Value
  readonly path: Path
  /** The value stands for a map with this one key: the short form of a component's options. */
  readonly short?: string | undefined
  /** What a key is here, as "an option", and whose it is, as "the stage `valid`". */
  readonly keyIs: string
  readonly owner: string
}

/** One thing that a schema says is wrong, at a path into its input; unions are resolved to what was probably meant. */
export interface Leaf {
  readonly issue: Issue
  readonly path: readonly PropertyKey[]
  /** What should stand there, where the schema names a type or its values. */
  readonly expected: string | undefined
  /** In our words; undefined where the schema brought words of its own, which are in `issue.message`. */
  readonly words: string | undefined
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  tuple: 'a list',
  object: 'a map',
  record: 'a map',
  null: 'nothing',
}

/** The words for issues whose schema has none of its own; to be given to `safeParse` as `error`. */
export function wordsOf(issue: Pick<core.$ZodRawIssue, 'code'> & Record<string, unknown>): string {
  const told = issue as unknown as Issue
  switch (told.code) {
    case 'invalid_type':
    case 'invalid_value':
      return `expected ${expectedBy(told) ?? 'something else'}`
    case 'too_small':
      return limited(told.origin, bound('at least', told.minimum, told.inclusive), told.minimum)
    case 'too_big':
      return limited(told.origin, bound('at most', told.maximum, told.inclusive), told.maximum)
    case 'not_multiple_of':
      return `must be a multiple of ${told.divisor}`
    case 'invalid_format':
      return formatted(told)
    default:
      return 'is not allowed'
  }
}

/** What an issue comes down to. Of a union, the branch whose type fits and that got furthest. */
export function leavesOf(issue: Issue, input: unknown, base: readonly PropertyKey[] = []): Leaf[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ ...leaf(inner, path), issue: { ...issue, message: inner.message } }))
  }
  if (issue.code !== 'invalid_union') return [leaf(issue, path)]
  if ('options' in issue && issue.options !== undefined) return [leaf(choiceOf(issue, issue.options), path)]
  const value = valueAtKeys(input, path)
  const fitting = issue.errors.filter((branch) => !branch.some((inner) => isOfType(inner, value)))
  const [best] = fitting.toSorted((a, b) => Number(isOfWhole(a)) - Number(isOfWhole(b)) || a.length - b.length)
  if (best !== undefined) return best.flatMap((inner) => leavesOf(inner, input, path))
  const expected = expectedBy(issue)
  const isInOwnWords = issue.message !== wordsOf({ ...issue })
  return [{ issue, path, expected, words: isInOwnWords ? undefined : `expected ${expected ?? 'something else'}` }]
}

/** All paths at which some branch of a schema would rather have a number or a boolean. */
export function wantedScalars(issues: readonly Issue[], base: readonly PropertyKey[] = []): Map<string, Set<string>> {
  const wanted = new Map<string, Set<string>>()
  const walk = (issue: Issue, above: readonly PropertyKey[]): void => {
    const path = [...above, ...issue.path]
    if (issue.code === 'invalid_union') for (const inner of issue.errors.flat()) walk(inner, path)
    if (issue.code !== 'invalid_type') return
    const type = issue.expected === 'int' ? 'number' : issue.expected
    if (type !== 'number' && type !== 'boolean') return
    const key = JSON.stringify(path)
    wanted.set(key, (wanted.get(key) ?? new Set()).add(type))
  }
  for (const issue of issues) walk(issue, base)
  return wanted
}

/** The subject as its schema takes it, with other values for some scalars. */
export function inputOf({ value, short }: Subject, others: ReadonlyMap<ScalarValue, unknown>): unknown {
  const plain = plainOf(value, others)
  return short === undefined ? plain : { [short]: plain }
}

/** The path into the subject's own value that a path into the schema's input means. */
export function ownPath({ short }: Subject, path: readonly PropertyKey[]): Path {
  const own = short === undefined ? path : path.slice(1)
  return own.map((step) => (typeof step === 'number' ? step : String(step)))
}

/**
 * What a schema says when it sees another text, such as `${VAR}` itself, instead of what a variable holds, so that a
 * message which quotes the value can be shown.
 */
export function leavesUnfilled(
  schema: ZodType,
  subject: Subject,
  [scalar, text]: readonly [ScalarValue, string],
): Leaf[] {
  const input = inputOf(subject, new Map([[scalar, text]]))
  const result = schema.safeParse(input, { error: wordsOf })
  return result.success ? [] : result.error.issues.flatMap((issue) => leavesOf(issue, input))
}

export function valueAtKeys(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

function leaf(issue: Issue, path: readonly PropertyKey[]): Leaf {
  const words = wordsOf(issue as unknown as Record<string, unknown> & { code: 'custom' })
  return { issue, path, expected: expectedBy(issue), words: issue.message === words ? words : undefined }
}

/** Whether a branch refuses the value itself and not something in it. */
function isOfWhole(branch: readonly Issue[]): boolean {
  return branch.some(({ path, code }) => path.length === 0 && code !== 'unrecognized_keys')
}

/** Whether an issue is that the value as a whole has another type. */
function isOfType(issue: Issue, value: unknown): boolean {
  if (issue.path.length > 0) return false
  if (issue.code === 'invalid_type') return true
  if (issue.code === 'invalid_value') return !issue.values.some((allowed) => typeof allowed === typeof value)
  return (
    issue.code === 'invalid_union' && issue.errors.every((branch) => branch.some((inner) => isOfType(inner, value)))
  )
}

function expectedBy(issue: Issue): string | undefined {
  if (issue.code === 'invalid_type') return TYPES[issue.expected]
  if (issue.code === 'invalid_value') return listed(issue.values.map((value) => `\`${String(value)}\``))
  if (issue.code !== 'invalid_union') return undefined
  const types = issue.errors.flatMap((branch) => branch.flatMap((inner) => expectedBy(inner) ?? []))
  return types.length === 0 ? undefined : listed([...new Set(types)])
}

function bound(words: string, limit: number | bigint, isInclusive: boolean | undefined): string {
  if (isInclusive !== false) return `${words} ${limit}`
  return words === 'at least' ? `more than ${limit}` : `less than ${limit}`
}

function formatted(issue: core.$ZodIssueInvalidStringFormat): string {
  const { format, pattern, prefix, suffix, includes } = issue as typeof issue & Readonly<Record<string, unknown>>
  if (format === 'regex') return `must match ${pattern}`
  if (format === 'starts_with') return `must start with "${String(prefix)}"`
  if (format === 'ends_with') return `must end with "${String(suffix)}"`
  return format === 'includes' ? `must contain "${String(includes)}"` : `must be a valid ${format}`
}

function limited(origin: string, words: string, limit: number | bigint): string {
  if (!['string', 'array', 'set'].includes(origin)) return `must be ${words}`
  const [one, many] = origin === 'string' ? ['character', 'characters'] : ['entry', 'entries']
  return `must have ${words} ${Number(limit) === 1 ? one : many}`
}

/** A choice by one key: what the key may say. */
function choiceOf(issue: core.$ZodIssueInvalidUnion, values: core.util.Primitive[]): core.$ZodIssueInvalidValue {
  const choice = { ...issue, code: 'invalid_value', values, input: issue.input } as const
  return { ...choice, message: issue.message === wordsOf({ ...issue }) ? wordsOf({ ...choice }) : issue.message }
}
