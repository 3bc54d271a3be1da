import { z } from 'zod'
import type { Message } from '../../core/message.ts'
import { buildExpression, buildHandler, type Handler, type Selector } from './compile.ts'
import { ExpressionError } from './parse.ts'
import { problemOfProperty, writeExpression, writeFields } from './write.ts'

/** From TypeScript a function may stand in an expression's stead. */
type SelectorFunction = (data: never, message: Message) => unknown

export type ExpressionInput = string | SelectorFunction
export type FieldsExpressionInput = ExpressionInput | FieldsInput
/** From TypeScript a handler may stand in an expression's stead: it has the call too, and may be asynchronous. */
export type HandlerInput = string | Handler
export type FieldsHandlerInput = HandlerInput | FieldsInput
type FieldsInput = Readonly<Record<string, string>>

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
  return option<ExpressionInput, Selector>(EXPRESSION_SCHEMA, (value, context) =>
    typeof value === 'function' ? selectorOf(value) : read(value, buildExpression, { context, path: [] }),
  )
}

/**
 * An option that makes a value: an expression as above, or an object of expressions, one level deep, that gives an
 * object of exactly these fields.
 */
export function fieldsExpression(): z.ZodType<Selector, FieldsExpressionInput> {
  return option<FieldsExpressionInput, Selector>(FIELDS_SCHEMA, (value, context) =>
    typeof value === 'function' ? selectorOf(value) : readFields(value, buildExpression, context),
  )
}

/** As `expression`, for what is a handler of its stage: a function from TypeScript is that handler itself. */
export function handlerExpression(): z.ZodType<Handler, HandlerInput> {
  return option<HandlerInput, Handler>(EXPRESSION_SCHEMA, (value, context) =>
    typeof value === 'function' ? value : read(value, buildHandler, { context, path: [] }),
  )
}

/** As `fieldsExpression`, for what is a handler of its stage. */
export function fieldsHandler(): z.ZodType<Handler, FieldsHandlerInput> {
  return option<FieldsHandlerInput, Handler>(FIELDS_SCHEMA, (value, context) =>
    typeof value === 'function' ? value : readFields(value, buildHandler, context),
  )
}

/** Takes anything, so that what is wrong is told by us; the JSON Schema tells what is wanted. */
function option<Input, Output>(
  jsonSchema: object,
  make: (value: Input, context: z.RefinementCtx) => Output | undefined,
): z.ZodType<Output, Input> {
  const schema = z.custom<Input>()
  schema._zod.toJSONSchema = () => structuredClone(jsonSchema)
  return schema.transform((value, context) => make(value, context) ?? z.NEVER)
}

function selectorOf(call: (data: never, message: Message) => unknown): Selector {
  return (message) => call(message.data as never, message)
}

/** Makes a function of an expression's code; the source is for what is said about it. */
type Build<T> = (code: string, source: string) => T

function readFields<T>(value: unknown, build: Build<T>, context: z.RefinementCtx): T | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return read(value, build, { context, path: [] })
  const fields = value as Record<string, unknown>
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
    const code = read(fields[name], (written) => written, { context, path: [name] })
    if (code !== undefined) codes.push([name, code])
  }
  if (context.issues.length > 0) return undefined
  const source = names.map((name) => `${JSON.stringify(name)}: ${fields[name] as string}`).join(', ')
  return build(writeFields(codes), `{ ${source} }`)
}

/** Where an expression stands, and where its issues go. */
interface Place {
  readonly context: z.RefinementCtx
  readonly path: string[]
}

/** What is made of the code of one expression. What is wrong with it becomes an issue. */
function read<T>(value: unknown, build: Build<T>, { context, path }: Place): T | undefined {
  if (typeof value !== 'string') {
    context.addIssue({ code: 'custom', message: problemOfType(value), path, input: value })
    return undefined
  }
  try {
    return build(writeExpression(value), value)
  } catch (thrown) {
    if (!(thrown instanceof ExpressionError)) throw thrown
    const { code, message, offset, line, column } = thrown
    context.addIssue({ code: 'custom', message, path, input: value, params: { code, offset, line, column } })
    return undefined
  }
}

function problemOfType(value: unknown): string {
  if (value === null) return 'expected an expression, got nothing; "null", in quotes, gives nothing'
  const isConstant = typeof value === 'number' || typeof value === 'boolean'
  if (isConstant) return `expected an expression: put it in quotes, as "${value}"`
  return 'expected an expression in quotes, such as "data.amountMinor > 0"'
}
