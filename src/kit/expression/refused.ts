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
