import type { Expression as Tree, Literal, Node, Property, SpreadElement } from 'acorn'
import { nearest } from '../nearest.ts'
import { quote } from '../text.ts'
import { FUNCTIONS } from './functions.ts'
import { METHODS, NAMES, REFUSED_PROPERTIES, REFUSED_SYNTAX } from './language.ts'
import { ExpressionError, parseExpression } from './parse.ts'

/** Deepest nesting, well below what V8's own parser takes; a chain of one operator counts once. */
const DEEPEST = 250

const BINARY = new Set(['+', '-', '*', '/', '%', '**', '<', '<=', '>', '>=', '===', '!=='])
const UNARY = new Set(['!', '-', '+', 'typeof'])

type NodeOf<T extends Tree['type']> = Extract<Tree, { type: T }>
type Writers = { readonly [T in Tree['type']]?: (node: NodeOf<T>, writer: Writer) => string }

/**
 * The code that computes an expression from `message`, with `own`, `has` and the listed functions in scope.
 *
 * Only what stands in the table below is written, and no word of the source is copied: names are looked up, texts are
 * written by `JSON.stringify`. Each result is an atom or stands in parentheses.
 *
 * @throws ExpressionError
 */
export function writeExpression(source: string): string {
  return new Writer(source).write(parseExpression(source))
}

/** The code of an object with these fields, whose values are code; the names are no refused ones. */
export function writeFields(fields: readonly (readonly [name: string, code: string])[]): string {
  return `({ ${fields.map(([name, code]) => `${JSON.stringify(name)}: ${code}`).join(', ')} })`
}

/** Why a name can't be the name of a field; undefined where it can. */
export function problemOfProperty(name: string): string | undefined {
  return REFUSED_PROPERTIES.has(name) ? `the field ${quote(name)} cannot be used: every object inherits it` : undefined
}

class Writer {
  readonly #source: string
  #depth = 0

  constructor(source: string) {
    this.#source = source
  }

  write(node: Tree | SpreadElement): string {
    if (++this.#depth > DEEPEST) this.fail(node, 'the expression is nested too deeply')
    const writer = WRITERS[node.type as Tree['type']] as ((node: Node, writer: Writer) => string) | undefined
    if (writer === undefined) this.fail(node, REFUSED_SYNTAX[node.type] ?? 'this cannot stand in an expression')
    const code = writer(node, this)
    this.#depth--
    return code
  }

  fail(node: Node, problem: string): never {
    throw new ExpressionError(problem, this.#source, node.start)
  }

  /** Refuses an operator, which is the first of its kind from `start` on. */
  failAt(operator: string, start: number): never {
    const offset = this.#source.indexOf(operator, start)
    throw new ExpressionError(REFUSED_SYNTAX[operator] ?? `${quote(operator)} cannot stand here`, this.#source, offset)
  }

  sourceOf(node: Node): string {
    return this.#source.slice(node.start, node.end)
  }
}

const WRITERS: Writers = {
  AssignmentExpression: ({ operator, left }, writer) => writer.failAt(operator, left.end),
  SequenceExpression: ({ expressions }, writer) => writer.failAt(',', expressions[0]!.end),
  Identifier: writeName,
  Literal: writeLiteral,
  TemplateLiteral: writeTemplate,
  MemberExpression: writeMember,
  CallExpression: writeCall,
  ObjectExpression: writeObject,
  BinaryExpression: writeBinary,
  LogicalExpression: writeChain,
  ParenthesizedExpression: ({ expression }, writer) => writer.write(expression),
  ChainExpression: ({ expression }, writer) => writer.write(expression),
  ArrayExpression: (node, writer) => {
    const elements = node.elements.map((element) => {
      if (element === null) return writer.fail(node, 'an element is missing between two commas')
      return writer.write(element)
    })
    return `[${elements.join(', ')}]`
  },
  ConditionalExpression: ({ test, consequent, alternate }, writer) =>
    `(${writer.write(test)} ? ${writer.write(consequent)} : ${writer.write(alternate)})`,
  UnaryExpression: (node, writer) => {
    if (!UNARY.has(node.operator)) return writer.failAt(node.operator, node.start)
    return `(${node.operator} ${writer.write(node.argument)})`
  },
}

function writeName(node: NodeOf<'Identifier'>, writer: Writer): string {
  const { name } = node
  if (Object.hasOwn(NAMES, name)) return `message.${name}`
  if (name === 'undefined') return 'undefined'
  const called = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (called !== undefined) return writer.fail(node, `"${name}" is a function: call it, as ${called.signature}`)
  const meant = nearest(name, [...Object.keys(NAMES), 'undefined', 'true', 'false', 'null'])
  const shown = quote(name)
  if (meant !== undefined) return writer.fail(node, `unknown name ${shown}: did you mean "${meant}"?`)
  const known = Object.keys(NAMES).join(', ')
  const advice = name.length > 40 ? '' : `; a field is "data.${name}", a text is "'${name}'"`
  return writer.fail(node, `unknown name ${shown}: the names are ${known}${advice}`)
}

function writeLiteral(node: Literal, writer: Writer): string {
  const { value, raw = '' } = node
  if (node.regex) return writer.fail(node, 'a regular expression cannot stand here: use includes(text, part)')
  if (typeof value === 'bigint') return writer.fail(node, 'a number with "n" cannot stand here: leave the "n" out')
  if (typeof value !== 'number') return JSON.stringify(value)
  const isExact = Number.isFinite(value) && (!/^\d+$/.test(raw) || Number.isSafeInteger(value))
  return isExact ? String(value) : writer.fail(node, `the number ${quote(raw)} is too large to be exact`)
}

/** Texts as values, so that nothing needs escaping between backticks. */
function writeTemplate({ quasis, expressions }: NodeOf<'TemplateLiteral'>, writer: Writer): string {
  const pieces = quasis.flatMap(({ value }, index) => {
    const expression = expressions[index]
    const text = JSON.stringify(value.cooked ?? '')
    return expression === undefined ? [text] : [text, writer.write(expression)]
  })
  return `\`${pieces.map((piece) => `\${${piece}}`).join('')}\``
}

/** A read of a fixed name is a direct one, of a computed one is of own properties only. Neither throws on nothing. */
function writeMember(node: NodeOf<'MemberExpression'>, writer: Writer): string {
  const { object, property, computed } = node
  if (property.type === 'PrivateIdentifier') return writer.fail(property, 'a private name cannot stand here')
  const code = writer.write(object as Tree)
  const fixed = computed ? fixedKey(property) : (property as NodeOf<'Identifier'>).name
  if (fixed === undefined) return `own(${code}, ${writer.write(property)})`
  if (typeof fixed === 'number') return `${code}?.[${fixed}]`
  const problem = problemOfProperty(fixed)
  if (problem !== undefined) return writer.fail(property, problem)
  return METHODS.has(fixed) ? `own(${code}, ${JSON.stringify(fixed)})` : `${code}?.[${JSON.stringify(fixed)}]`
}

function fixedKey(node: Tree): string | number | undefined {
  if (node.type !== 'Literal') return undefined
  return typeof node.value === 'string' || Number.isSafeInteger(node.value)
    ? (node.value as string | number)
    : undefined
}

function writeCall(node: NodeOf<'CallExpression'>, writer: Writer): string {
  const { callee, arguments: given } = node
  if (callee.type === 'MemberExpression') return writer.fail(callee.property, problemOfMethod(callee, writer))
  if (callee.type !== 'Identifier')
    return writer.fail(callee, `only functions can be called: ${Object.keys(FUNCTIONS).join(', ')}`)
  const { name } = callee
  const called = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined
  if (called === undefined) return writer.fail(callee, problemOfFunction(name))
  if (node.optional) return writer.fail(node, `"${name}" is always there: call it without "?."`)
  const [fewest, most] = called.arity
  if (given.length < fewest || given.length > most) {
    const wanted = fewest === most ? `${fewest}` : `${fewest} to ${most}`
    return writer.fail(
      node,
      `${called.signature} takes ${wanted} argument${wanted === '1' ? '' : 's'}, not ${given.length}`,
    )
  }
  return `${name}(${given.map((argument) => writer.write(argument)).join(', ')})`
}

function problemOfFunction(name: string): string {
  const meant = standIn(name) ?? nearest(name, Object.keys(FUNCTIONS))
  const advice =
    meant === undefined
      ? `the functions are ${Object.keys(FUNCTIONS).join(', ')}`
      : `did you mean ${FUNCTIONS[meant]?.signature}?`
  return `unknown function ${quote(name)}: ${advice}`
}

function problemOfMethod({ property }: NodeOf<'MemberExpression'>, writer: Writer): string {
  const name = writer.sourceOf(property)
  const meant = standIn(name)
  const advice =
    meant === undefined
      ? `the functions are ${Object.keys(FUNCTIONS).join(', ')}`
      : `use ${FUNCTIONS[meant]?.signature}`
  return `methods such as ${quote(name)} cannot be called: ${advice}`
}

/** The function of ours that does what a method or a function of JavaScript does. */
function standIn(name: string): string | undefined {
  return Object.keys(FUNCTIONS).find((own) => own === name || FUNCTIONS[own]?.insteadOf?.includes(name))
}

function writeObject({ properties }: NodeOf<'ObjectExpression'>, writer: Writer): string {
  const written = properties.map((property) => {
    if (property.type === 'SpreadElement') return `...${writer.write(property.argument)}`
    return `${writeKey(property, writer)}: ${writer.write(property.value)}`
  })
  return `({ ${written.join(', ')} })`
}

function writeKey({ key, computed, kind, method }: Property, writer: Writer): string {
  if (kind !== 'init' || method) return writer.fail(key, 'a field cannot be a function')
  if (computed) return writer.fail(key, 'the name of a field cannot be computed')
  const name = key.type === 'Identifier' ? key.name : String((key as Literal).value)
  const problem = problemOfProperty(name)
  return problem === undefined ? JSON.stringify(name) : writer.fail(key, problem)
}

function writeBinary(node: NodeOf<'BinaryExpression'>, writer: Writer): string {
  const { operator, left, right } = node
  if (left.type === 'PrivateIdentifier') return writer.fail(left, 'a private name cannot stand here')
  if (operator === 'in') return `has(${writer.write(right)}, ${writer.write(left)})`
  return BINARY.has(operator) ? writeChain(node, writer) : writer.failAt(operator, left.end)
}

/** A chain of one operator is written flat, as it was, so that a long one isn't deep. */
function writeChain(node: NodeOf<'BinaryExpression'> | NodeOf<'LogicalExpression'>, writer: Writer): string {
  const operands: string[] = []
  let left: Tree = node
  while (left.type === node.type && left.operator === node.operator) {
    operands.push(writer.write(left.right))
    left = left.left as Tree
  }
  operands.push(writer.write(left))
  return `(${operands.toReversed().join(` ${node.operator} `)})`
}
