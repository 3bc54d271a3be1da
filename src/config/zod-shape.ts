import { globalRegistry, type core } from 'zod'

type Schema = core.$ZodType
type Def = core.$ZodTypes['_zod']['def']

/**
 * The schemas that judge the value at a path into the input; several where unions leave it open, none where the schema
 * is of a kind that doesn't say.
 */
export function schemasAt(schema: Schema, path: readonly PropertyKey[]): Schema[] {
  const [step, ...rest] = path
  if (step === undefined) return [schema]
  return layersOf(schema).flatMap((layer) => {
    const next = stepInto(defOf(layer), step)
    return next === undefined ? [] : schemasAt(next, rest)
  })
}

/** The keys that a schema knows at a path into its input. Empty where any key is fine. */
export function knownKeys(schema: Schema, path: readonly PropertyKey[] = []): string[] {
  const keys = schemasAt(schema, path)
    .flatMap(layersOf)
    .flatMap((layer) => {
      const def = defOf(layer)
      return def.type === 'object' ? Object.keys(def.shape) : []
    })
  return [...new Set(keys)]
}

/** Whether nothing need stand at a path. */
export function isOptionalAt(schema: Schema, path: readonly PropertyKey[]): boolean {
  const schemas = schemasAt(schema, path)
  return schemas.length > 0 && schemas.every(({ _zod }) => _zod.optin !== undefined)
}

/** What the schema says of the value at a path, in its own words. */
export function descriptionAt(schema: Schema, path: readonly PropertyKey[]): string | undefined {
  return metaAt(schema, path, 'description') as string | undefined
}

/** What the schema is marked with at a path, under a name. */
export function metaAt(schema: Schema, path: readonly PropertyKey[], name: string): unknown {
  for (const candidate of schemasAt(schema, path)) {
    for (const layer of [candidate, ...wrapped(candidate)]) {
      const value = globalRegistry.get(layer)?.[name]
      if (value !== undefined) return value
    }
  }
  return undefined
}

/** The schema without what is wrapped around it on the side of the input; several where it is a union. */
function layersOf(schema: Schema): Schema[] {
  const def = defOf(schema)
  if (def.type === 'union') return def.options.flatMap(layersOf)
  if (def.type === 'intersection') return [...layersOf(def.left), ...layersOf(def.right)]
  const inner = innerOf(def)
  return inner === undefined ? [schema] : layersOf(inner)
}

function wrapped(schema: Schema): Schema[] {
  const inner = innerOf(defOf(schema))
  return inner === undefined ? [] : [inner, ...wrapped(inner)]
}

function innerOf(def: Def): Schema | undefined {
  switch (def.type) {
    case 'optional':
    case 'nullable':
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
    case 'catch':
      return def.innerType
    case 'pipe':
      return def.in
    case 'lazy':
      return def.getter()
    default:
      return undefined
  }
}

function stepInto(def: Def, step: PropertyKey): Schema | undefined {
  if (def.type === 'object') return Object.hasOwn(def.shape, step) ? def.shape[String(step)] : def.catchall
  if (def.type === 'record') return def.valueType
  if (def.type === 'array') return def.element
  if (def.type === 'tuple') return def.items[Number(step)] ?? def.rest ?? undefined
  return undefined
}

function defOf(schema: Schema): Def {
  return (schema as core.$ZodTypes)._zod.def
}
