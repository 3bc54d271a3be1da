import type { ZodType } from 'zod'
import { explain } from './explain.ts'
import { inputOf, leavesOf, ownPath, wantedScalars, wordsOf, type Subject } from './issues.ts'
import type { Report } from './report.ts'
import { valueAt, type ScalarValue } from './tree.ts'

/** A number as JSON writes it. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/**
 * Parses a part of the document by its schema. All that is wrong is reported, each at its place.
 *
 * A string that is one `${…}` and nothing else becomes a number or a boolean where the schema refuses the string and
 * would take one; what is written in the file itself is never converted.
 *
 * @returns what the schema gives; undefined where something was reported
 */
export function check<T>(schema: ZodType<T>, subject: Subject, report: Report): { readonly value: T } | undefined {
  const converted = new Map<ScalarValue, unknown>()
  for (;;) {
    const input = inputOf(subject, converted)
    const result = schema.safeParse(input, { error: wordsOf })
    if (result.success) return { value: result.data }
    const before = converted.size
    convertFilled(subject, wantedScalars(result.error.issues), converted)
    if (converted.size > before) continue
    const leaves = result.error.issues.flatMap((issue) => leavesOf(issue, input))
    for (const finding of explain(leaves, { schema, subject, input, report })) report.add(finding)
    return undefined
  }
}

function convertFilled(subject: Subject, wanted: Map<string, Set<string>>, converted: Map<ScalarValue, unknown>): void {
  for (const [key, types] of wanted) {
    const scalar = valueAt(subject.value, ownPath(subject, JSON.parse(key) as PropertyKey[]))?.value
    if (scalar?.kind !== 'scalar' || !scalar.filled?.isWhole || converted.has(scalar)) continue
    const text = String(scalar.value)
    if (types.has('number') && isNumber(text)) converted.set(scalar, Number(text))
    else if (types.has('boolean') && (text === 'true' || text === 'false')) converted.set(scalar, text === 'true')
  }
}

function isNumber(text: string): boolean {
  const value = Number(text)
  return NUMBER.test(text) && (Number.isSafeInteger(value) || !Number.isInteger(value))
}
