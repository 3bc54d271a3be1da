import type { ZodType } from 'zod'
import { leavesOf, wordsOf, type Leaf } from './issues.ts'
import type { Path } from './problems.ts'
import { plainOf, type ScalarValue, type Value } from './tree.ts'

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
 * What a schema says when it sees `${VAR}` itself instead of what the variable holds, so that a message which quotes
 * the value can be shown.
 */
export function leavesUnfilled(schema: ZodType, subject: Subject, scalar: ScalarValue): Leaf[] {
  const input = inputOf(subject, new Map([[scalar, scalar.filled?.raw]]))
  const result = schema.safeParse(input, { error: wordsOf })
  return result.success ? [] : result.error.issues.flatMap((issue) => leavesOf(issue, input))
}
