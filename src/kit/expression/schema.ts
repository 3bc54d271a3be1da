import { z } from 'zod'
import type { Message } from '../../core/message.ts'
import { buildExpression, compileExpression, type Selector } from './compile.ts'
import { ExpressionError } from './parse.ts'
import { problemOfProperty, writeExpression, writeFields } from './write.ts'

/** From TypeScript a function may stand in an expression's stead. */
type SelectorFunction = (data: never, message: Message) => unknown

export type ExpressionInput = string | SelectorFunction
export type FieldsExpressionInput = ExpressionInput | Readonly<Record<string, string>>

const MOST_FIELDS = 1_000

const EXPRESSION_SCHEMA = {
  type: 'string',
  minLength: 1,
  format: 'sluice-expression',
  description: 'An expression, such as `data.amountMinor > 0`.',
} as const

const FIELDS_SCHEMA = {
  description: 'One expression, or an object of expressions that gives exactly these fields.',
  anyOf: [
    EXPRESSION_SCHEMA,
    { type: 'object', minProperties: 1, maxProperties: MOST_FIELDS, additionalProperties: EXPRESSION_SCHEMA },
  ],
} as const

/**
 * An option that is an expression: text, compiled once (or, from TypeScript, a function of data and message). Gives a
 * function of the message. The issue of a broken one has `{ code, offset, line, column }` as its `params`.
 */
export function expression(): z.ZodType<Selector, ExpressionInput> {
  return written<ExpressionInput>(EXPRESSION_SCHEMA).transform(
    (value, context) => selectorOf(value, context) ?? z.NEVER,
  )
}

/**
 * An option that makes a value: an expression as above, or an object of expressions, one level deep, that gives an
 * object of exactly these fields.
 */
export function fieldsExpression(): z.ZodType<Selector, FieldsExpressionInput> {
  return written<FieldsExpressionInput>(FIELDS_SCHEMA).transform((value, context) => {
    const selector = isRecord(value) ? fieldsOf(value, context) : selectorOf(value, context)
    return selector ?? z.NEVER
  })
}

/** Takes anything, so that what is wrong is told by us; the JSON Schema tells what is wanted. */
function written<T>(jsonSchema: object): z.ZodType<T, T> {
  const schema = z.custom<T>()
  schema._zod.toJSONSchema = () => structuredClone(jsonSchema)
  return schema
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function selectorOf(value: unknown, context: z.RefinementCtx): Selector | undefined {
  if (typeof value === 'function') {
    const call = value as (data: unknown, message: Message) => unknown
    return (message) => call(message.data, message)
  }
  return read(value, compileExpression, { context, path: [] })
}

function fieldsOf(fields: Record<string, unknown>, context: z.RefinementCtx): Selector | undefined {
  const names = Object.keys(fields)
  if (names.length === 0 || names.length > MOST_FIELDS) {
    const message = `expected 1 to ${MOST_FIELDS} fields, got ${names.length}`
    context.addIssue({ code: 'custom', message, input: fields })
    return undefined
  }
  const codes: [name: string, code: string][] = []
  for (const name of names) {
    const problem = problemOfProperty(name)
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem, path: [name], input: fields })
    const code = read(fields[name], writeExpression, { context, path: [name] })
    if (code !== undefined) codes.push([name, code])
  }
  if (context.issues.length > 0) return undefined
  const source = names.map((name) => `${JSON.stringify(name)}: ${fields[name] as string}`).join(', ')
  return buildExpression(writeFields(codes), `{ ${source} }`)
}

/** Where an expression stands, and where its issues go. */
interface Place {
  readonly context: z.RefinementCtx
  readonly path: string[]
}

/** What is made of one expression. What is wrong with it becomes an issue. */
function read<T>(value: unknown, make: (source: string) => T, { context, path }: Place): T | undefined {
  if (typeof value !== 'string') {
    context.addIssue({ code: 'custom', message: problemOfType(value), path, input: value })
    return undefined
  }
  try {
    return make(value)
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown
    const { code, message, offset, line, column } = thrown
    context.addIssue({ code: 'custom', message, path, input: value, params: { code, offset, line, column } })
    return undefined
  }
}

function problemOfType(value: unknown): string {
  const isConstant = value === null || typeof value === 'number' || typeof value === 'boolean'
  if (isConstant) return `expected an expression: put it in quotes, as "${value}"`
  return 'expected an expression in quotes, such as "data.amountMinor > 0"'
}
