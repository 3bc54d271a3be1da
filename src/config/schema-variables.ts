import type { core } from 'zod'

/** A JSON Schema, as zod writes it. */
export type JsonSchema = core.JSONSchema.BaseSchema

/** Where the schema of a value that a variable stands for is: for numbers and the like, and inside of texts. */
const WHOLE = { $ref: '#/$defs/variable' }
const INSIDE = { $ref: '#/$defs/text-with-variable' }

/** What `allowVariables` refers to. */
export const VARIABLE_DEFS: Readonly<Record<string, JsonSchema>> = {
  variable: {
    type: 'string',
    pattern: '^\\$\\{[^}]*\\}$',
    description: 'A variable of the environment: `${NAME}`, or `${NAME:-default}`.',
  },
  'text-with-variable': { type: 'string', pattern: '\\$\\{' },
}

/** Limits of a text that what a variable holds may keep to although `${NAME}` itself doesn't. */
const TEXT_LIMITS = ['pattern', 'enum', 'const', 'maxLength'] as const

/** The same schema for what stands in a file, where a variable may stand for any single value. */
export function allowVariables(schema: JsonSchema): JsonSchema {
  const inner: JsonSchema = { ...schema }
  for (const key of ['properties', 'patternProperties', '$defs'] as const) {
    if (schema[key] !== undefined) inner[key] = mapped(schema[key])
  }
  for (const key of ['anyOf', 'oneOf', 'allOf'] as const) {
    if (schema[key] !== undefined) inner[key] = schema[key].map(allowVariables)
  }
  if (isSchema(schema.additionalProperties)) inner.additionalProperties = allowVariables(schema.additionalProperties)
  if (isSchema(schema.items)) inner.items = allowVariables(schema.items)
  return withVariable(inner)
}

function withVariable(schema: JsonSchema): JsonSchema {
  const variable = variableFor(schema)
  if (variable === undefined) return schema
  const { description, default: standard, ...limits } = schema
  const told = [description, rangeOf(schema)].filter((text) => text !== undefined).join(' ')
  return {
    ...(told === '' ? {} : { description: told }),
    ...(standard === undefined ? {} : { default: standard }),
    anyOf: [limits, variable],
  }
}

function variableFor(schema: JsonSchema): JsonSchema | undefined {
  if (schema.type === 'integer' || schema.type === 'number' || schema.type === 'boolean') return WHOLE
  return schema.type === 'string' && TEXT_LIMITS.some((limit) => schema[limit] !== undefined) ? INSIDE : undefined
}

/** What a pattern can't say of a duration or a size. */
function rangeOf(schema: JsonSchema): string | undefined {
  const [quantity, least, most] = [schema['x-quantity'], schema['x-minimum'], schema['x-maximum']]
  if (typeof quantity !== 'string' || typeof least !== 'string' || typeof most !== 'string') return undefined
  return `A ${quantity} from ${least} to ${most}.`
}

function mapped(schemas: Readonly<Record<string, JsonSchema | boolean>>): Record<string, JsonSchema> {
  const named = Object.entries(schemas).flatMap(([name, schema]) =>
    isSchema(schema) ? [[name, allowVariables(schema)] as const] : [],
  )
  return Object.fromEntries(named)
}

/** Whether it is a schema that says something. */
export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
