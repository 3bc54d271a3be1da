/** What an expression can name: members of the message. */
export const NAMES: Readonly<Record<string, { readonly summary: string }>> = {
  data: { summary: 'The value that the message carries.' },
  key: { summary: 'The key of the message, a text; undefined where it has none.' },
  headers: { summary: 'The headers of the message, texts by name, as in `headers["content-type"]`.' },
  time: { summary: 'Event time, in ms since 1970.' },
  priority: { summary: 'From 0 to 9; 9 is highest.' },
  attempt: { summary: 'Which try this is; 1 is the first.' },
  id: { summary: 'The id of the message, the same when it is delivered again.' },
}

/** Property names that can't be written: what every object inherits, and the two more that lead to prototypes. */
export const REFUSED_PROPERTIES: ReadonlySet<string> = new Set([
  ...Object.getOwnPropertyNames(Object.prototype),
  '__proto__',
  'constructor',
  'prototype',
])

/**
 * Property names under which texts, numbers, arrays and the like have methods, as `at`, `fill` or `link`. Data may well
 * have fields of these names, so they are read as own properties only: no method ever becomes a value.
 */
export const METHODS: ReadonlySet<string> = new Set(
  [Array, String, Number, Boolean, BigInt, Date, Function].flatMap((type) =>
    Object.entries(Object.getOwnPropertyDescriptors(type.prototype))
      .filter(([, { value, get }]) => typeof value === 'function' || get !== undefined)
      .map(([name]) => name),
  ),
)

const NO_FUNCTION = 'a function cannot be written here: write a plugin, or the pipeline in TypeScript'
const NO_BITS = 'an operator on bits cannot stand here'

/** What to say of JavaScript that can't stand in an expression, by the type of the node or by the operator. */
export const REFUSED_SYNTAX: Readonly<Record<string, string>> = {
  UpdateExpression: 'an expression changes nothing: write + 1 or - 1',
  FunctionExpression: NO_FUNCTION,
  ArrowFunctionExpression: NO_FUNCTION,
  ClassExpression: NO_FUNCTION,
  NewExpression: '"new" cannot stand here: write the value, or call a listed function',
  ThisExpression: '"this" cannot stand here: the value of the message is "data"',
  TaggedTemplateExpression: 'a template cannot have a tag',
  SpreadElement: '"..." can only stand in an object, as in { ...data, total: 1 }',
  ImportExpression: 'an expression cannot import',
  MetaProperty: 'an expression cannot import',
  AwaitExpression: 'an expression cannot wait',
  YieldExpression: 'an expression cannot wait',
  '=': 'an expression cannot assign: write === to compare',
  ',': 'a comma cannot stand here: write one expression',
  '==': 'write === instead of ==',
  '!=': 'write !== instead of !=',
  '&': `${NO_BITS}: write && for "and"`,
  '|': `${NO_BITS}: write || for "or"`,
  '^': `${NO_BITS}: write ** for a power`,
  '~': NO_BITS,
  '<<': NO_BITS,
  '>>': NO_BITS,
  '>>>': NO_BITS,
  instanceof: 'write typeof to ask for a type',
  void: 'write undefined',
  delete: 'an expression changes nothing: write an object with the fields to keep',
}
