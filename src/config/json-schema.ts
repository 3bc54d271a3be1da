import { toJSONSchema, z, type ZodType } from 'zod'
import type { Definition } from '../core/component.ts'
import type { Kind } from '../registry/contract.ts'
import type { Registry } from '../registry/registry.ts'
import { deadLetters, keepSetting } from './failure-settings.ts'
import { allowVariables, isSchema, VARIABLE_DEFS, type JsonSchema } from './schema-variables.ts'
import { SECTIONS } from './sections.ts'
import {
  HOLDING_SETTINGS,
  NAME,
  nodeSettings,
  pipelineSettings,
  SETTINGS_OF,
  settingsOf,
  type SettingsOwner,
} from './settings.ts'

type Defs = Record<string, JsonSchema>

/** Known, and judged elsewhere. */
const ANY_SECTIONS: Readonly<Record<string, JsonSchema>> = Object.fromEntries(
  [...Object.keys(SECTIONS), 'deadLetters'].map((name) => [name, {}]),
)

const NOTHING: JsonSchema = { type: 'null' }

export interface SchemaOptions {
  /** Whether `registry` has the plugins of the file; otherwise a file that names some may name any component. */
  readonly hasPlugins?: boolean
}

/**
 * The JSON Schema of a file, for editors: of the same schemas that check it. What it refuses is refused when the file is
 * loaded; that goes further, as whether a name in `from` is there.
 *
 * @throws what loading a component throws
 */
export async function pipelineSchema(
  registry: Registry,
  { hasPlugins = false }: SchemaOptions = {},
): Promise<JsonSchema> {
  const kinds = await Promise.all(Object.values(SECTIONS).map((kind) => new KindSchema(kind).read(registry)))
  const { properties = {}, required = [] } = written(pipelineSettings)
  const settings = Object.entries(written(nodeSettings).properties ?? {}).map(([name, schema]) => [
    `setting-${name}`,
    schema,
  ])
  const sections = (isOpen: boolean) => ({
    ...Object.fromEntries(kinds.map((kind) => [`${kind.kind}s`, kind.section(isOpen)])),
    deadLetters: deadLettersSchema(isOpen),
  })
  const whole: JsonSchema = {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'A pipeline of Sluice',
    type: 'object',
    properties: { ...properties, ...(hasPlugins ? sections(false) : ANY_SECTIONS) },
    required: [...required, 'producers', 'consumers'],
    additionalProperties: false,
  }
  const choice: JsonSchema = {
    if: { required: ['plugins'] },
    // oxlint-disable-next-line unicorn/no-thenable -- a word of JSON Schema
    then: { properties: sections(true) },
    else: { properties: sections(false) },
  }
  const defs = Object.assign(Object.fromEntries(settings), ...kinds.map((kind) => kind.defs(!hasPlugins))) as Defs
  return { ...whole, ...(hasPlugins ? {} : { allOf: [choice] }), $defs: { ...VARIABLE_DEFS, ...defs } }
}

function deadLettersSchema(isOpen: boolean): JsonSchema {
  const { description } = written(deadLetters)
  const node = { $ref: `#/$defs/${isOpen ? 'any-deadLetters' : 'deadLetters'}` }
  return { ...(description === undefined ? {} : { description }), anyOf: [written(z.boolean()), node] }
}

/** The nodes of one kind. */
class KindSchema {
  readonly kind: Kind
  readonly #options: Record<string, JsonSchema> = {}
  readonly #inner: Defs = {}
  readonly #holding = new Set<string>()

  constructor(kind: Kind) {
    this.kind = kind
  }

  async read(registry: Registry): Promise<this> {
    for (const name of await registry.names(this.kind)) {
      const definition = await registry.load(this.kind, name)
      const options = optionsOf(definition, this.#inner)
      if (options === undefined) continue
      this.#options[name] = options
      if ('holds' in definition && definition.holds) this.#holding.add(name)
    }
    return this
  }

  section(isOpen: boolean): JsonSchema {
    const nodes: JsonSchema = {
      type: 'object',
      description: `The ${this.kind}s: a map of names and nodes.`,
      propertyNames: { pattern: NAME.source },
      additionalProperties: { $ref: isOpen ? `#/$defs/any-${this.kind}` : `#/$defs/${this.kind}` },
    }
    return this.kind === 'stage' ? { anyOf: [nodes, { type: 'null' }] } : { ...nodes, minProperties: 1 }
  }

  defs(isOpen: boolean): Defs {
    const { kind } = this
    const own = Object.entries(this.#options).map(([name, options]) => [`${kind}-${name}`, options])
    return {
      ...this.#nodes(kind, isOpen),
      ...(kind === 'consumer' ? this.#nodes('deadLetters', isOpen) : {}),
      ...(Object.fromEntries(own) as Defs),
      ...this.#inner,
    }
  }

  #nodes(owner: SettingsOwner, isOpen: boolean): Defs {
    const names = Object.keys(this.#options)
    const components = names.map((name) => [name, { $ref: `#/$defs/${this.kind}-${name}` }])
    const settings = settingsOf(owner).map((name) => [name, { $ref: `#/$defs/setting-${name}` }])
    const properties = merged([...settings, ...components] as [string, JsonSchema][])
    if (owner === 'deadLetters') Object.assign(properties, written(z.strictObject(keepSetting)).properties)
    const hasGivers = settingsOf(owner).includes('from')
    const node: JsonSchema = { type: 'object', properties, ...(hasGivers ? { required: ['from'] } : {}) }
    return {
      [owner]: { ...node, additionalProperties: false, oneOf: names.map((name) => this.#branch(name, owner)) },
      ...(isOpen ? { [`any-${owner}`]: node } : {}),
    }
  }

  /** A node that names this component; what is for holding ones only stands at no other. */
  #branch(name: string, owner: SettingsOwner): JsonSchema {
    const misplaced = this.#holding.has(name)
      ? []
      : SETTINGS_OF[this.kind].filter((each) => HOLDING_SETTINGS.includes(each))
    const none = misplaced.map((each) => [each, false] as const)
    const properties = Object.fromEntries([...none, ...this.#either(name, owner)]) as Record<string, JsonSchema>
    return { required: [name], ...(Object.keys(properties).length === 0 ? {} : { properties }) }
  }

  /** A key that is a setting and a component is the component at nodes that name no other. */
  #either(name: string, owner: SettingsOwner): [string, JsonSchema | false][] {
    const both = settingsOf(owner).filter((setting) => setting in this.#options)
    if (!both.some((setting) => setting === name))
      return both.map((setting) => [setting, { $ref: `#/$defs/setting-${setting}` }])
    const others = Object.keys(this.#options).filter((other) => other !== name)
    return [[name, { $ref: `#/$defs/${this.kind}-${name}` }], ...others.map((other): [string, false] => [other, false])]
  }
}

/** Where a name stands twice, it may be either. */
function merged(properties: readonly (readonly [string, JsonSchema])[]): Record<string, JsonSchema> {
  const all: Record<string, JsonSchema> = {}
  for (const [name, schema] of properties) {
    const before = all[name]
    all[name] = before === undefined ? schema : { anyOf: [before, schema] }
  }
  return all
}

/** What may stand behind the name of a component; undefined where only code can give what it needs. */
function optionsOf({ name, summary, options, short }: Definition, defs: Defs): JsonSchema | undefined {
  const { $defs = {}, ...schema } = written(options, name)
  const { properties = {}, required = [] } = schema
  const needsCode = (option: string): boolean =>
    isSchema(properties[option]) && properties[option].format === 'sluice-code'
  if (required.some(needsCode)) return undefined
  Object.assign(defs, $defs)
  const bare = short === undefined ? undefined : properties[short]
  const others: (JsonSchema | undefined)[] = [
    isSchema(bare) ? bare : undefined,
    required.length === 0 ? NOTHING : undefined,
  ]
  const shorter = others.filter((other) => other !== undefined)
  return shorter.length === 0
    ? { description: summary, ...schema }
    : { description: summary, anyOf: [schema, ...shorter] }
}

/** A schema as it is written in a file. What it defines inside gets names that are its own in the whole. */
function written(schema: ZodType, name = ''): JsonSchema {
  const { $schema: _, ...plain } = toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  const { $defs = {}, ...own } = allowVariables(plain)
  const defs = Object.fromEntries(Object.entries($defs).map(([key, value]) => [`${name}-${key}`, value]))
  const text = JSON.stringify({ ...own, $defs: defs }).replaceAll('"#/$defs/__', `"#/$defs/${name}-__`)
  return JSON.parse(text) as JsonSchema
}
