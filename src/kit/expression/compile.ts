import type { CallInfo } from '../../core/component.ts'
import { asError } from '../../core/errors.ts'
import type { SluiceError } from '../../core/errors.ts'
import type { Message } from '../../core/message.ts'
import { kitError } from '../errors.ts'
import { printable, quote } from '../text.ts'
import { FUNCTIONS } from './functions.ts'
import { writeExpression } from './write.ts'

/** Takes a value from a message. */
export type Selector = (message: Message) => unknown

/** Handles one message, as the kernel calls it. */
export type Handler = (data: never, message: Message, call: CallInfo) => unknown

/** A compiled expression; it changes nothing, and gives the same for the same message. */
export type Expression = Selector & { readonly source: string }

/**
 * Compiles an expression of the config: JavaScript's own syntax without anything that acts, on `data`, `key`,
 * `headers`, `time`, `priority`, `attempt`, `id` and the listed functions. A missing field gives undefined, also
 * further in.
 *
 * What it gives throws only SLUICE_EXPRESSION_FAILED, for data that can't be computed with (a BigInt and a number, a
 * getter that throws).
 *
 * @throws ExpressionError (SLUICE_EXPRESSION_INVALID) with the offset, line and column in the expression.
 */
export function compileExpression(source: string): Expression {
  return buildExpression(writeExpression(source), source)
}

/** Makes a function of code that `writeExpression` or `writeFields` wrote. */
export function buildExpression(code: string, source: string): Expression {
  const selector = build('message', code, source) as Selector
  return Object.freeze(Object.assign(selector, { source }))
}

/** The same in the form of a handler, so that nothing stands between it and the kernel's loop. */
export function buildHandler(code: string, source: string): Handler {
  return build('_data, message', code, source) as Handler
}

function build(parameters: string, code: string, source: string): unknown {
  // A name of its own keeps V8 from sharing code, and what it learnt of the data, between nodes with equal expressions.
  const body = `'use strict'
const { own, has, failed, ${Object.keys(FUNCTIONS).join(', ')} } = library
return (${parameters}) => {
  try {
    return ${code}
  } catch (error) {
    throw failed(error)
  }
}
//# sourceURL=sluice-expression-${++count}`
  const library = { ...LIBRARY, failed: (cause: unknown) => failure(source, cause) }
  // The code holds nothing but what the writer wrote, see there.
  return new Function('library', body)(library) as unknown
}

let count = 0

const LIBRARY = {
  own,
  has,
  ...Object.fromEntries(Object.entries(FUNCTIONS).map(([name, { call }]) => [name, call])),
}

/** `object[key]`, of own properties of objects and texts; undefined for anything else. */
function own(object: unknown, key: unknown): unknown {
  return has(object, key) ? (object as Record<PropertyKey, unknown>)[key as PropertyKey] : undefined
}

/** `key in object`, of own properties, and false where there is no object. */
function has(object: unknown, key: unknown): boolean {
  if (typeof key !== 'string' && typeof key !== 'number') return false
  const isRead = typeof object === 'string' || (typeof object === 'object' && object !== null)
  return isRead && Object.hasOwn(object as object, key)
}

function failure(source: string, cause: unknown): SluiceError {
  const reason = printable(asError(cause).message, 100)
  return kitError('SLUICE_EXPRESSION_FAILED', `the expression ${quote(source, 80)} failed: ${reason}`, cause)
}
