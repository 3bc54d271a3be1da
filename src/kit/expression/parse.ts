import { parseExpressionAt } from 'acorn'
import type { Expression as Tree } from 'acorn'
import { SluiceError } from '../../core/errors.ts'
import { KIT_ERRORS } from '../errors.ts'
import { positionAt, printable, quote } from '../text.ts'
import { REFUSED_SYNTAX } from './language.ts'

const CODE = 'SLUICE_EXPRESSION_INVALID'

/** What is wrong at a place of an expression. */
export class ExpressionError extends SluiceError {
  /** The same without the place. */
  readonly problem: string
  /** In UTF-16 units from 0. */
  readonly offset: number
  /** Of the expression, from 1. */
  readonly line: number
  /** From 1. */
  readonly column: number

  constructor(problem: string, source: string, offset: number) {
    const { line, column } = positionAt(source, offset)
    super(CODE, `${problem} (line ${line}, column ${column} of the expression)`, { kind: KIT_ERRORS[CODE].kind })
    this.problem = problem
    this.offset = offset
    this.line = line
    this.column = column
  }
}

/** Longest expression, in UTF-16 units. */
const LONGEST = 10_000

/**
 * The syntax tree of one whole JavaScript expression.
 *
 * @throws ExpressionError
 */
export function parseExpression(source: string): Tree {
  if (source.length > LONGEST) {
    throw new ExpressionError(`an expression of more than ${LONGEST} characters: write it as a plugin`, source, LONGEST)
  }
  if (source.trim() === '') throw new ExpressionError('the expression is empty', source, 0)
  const tree = parseStart(source)
  // Acorn stops where the expression can't go on.
  const rest = source.slice(tree.end)
  const start = tree.end + rest.length - rest.trimStart().length
  if (start === source.length) return tree
  throw new ExpressionError(`unexpected ${quote(wordAt(source, start))} after the end of the expression`, source, start)
}

function parseStart(source: string): Tree {
  try {
    return parseExpressionAt(source, 0, {
      ecmaVersion: 2024,
      sourceType: 'module',
      allowHashBang: false,
      preserveParens: true,
      onComment: (_block, _text, start) => {
        throw new ExpressionError('a comment cannot stand in an expression', source, start)
      },
    })
  } catch (thrown) {
    if (thrown instanceof ExpressionError) throw thrown
    throw syntaxError(source, thrown)
  }
}

function syntaxError(source: string, thrown: unknown): ExpressionError {
  const { message, pos } = thrown as SyntaxError & { readonly pos: number }
  const offset = Math.min(pos, source.length)
  const problem = message.replace(/ \(\d+:\d+\)$/, '')
  if (problem === 'Assigning to rvalue') return new ExpressionError(REFUSED_SYNTAX['=']!, source, offset)
  // Acorn is recursive, and says so.
  if (problem.includes('stack space')) return new ExpressionError('the expression is nested too deeply', source, offset)
  if (problem !== 'Unexpected token') return new ExpressionError(printable(problem, 100), source, offset)
  if (source.slice(offset).trim() === '') return new ExpressionError('the expression ends too early', source, offset)
  return new ExpressionError(`unexpected ${quote(wordAt(source, offset))}`, source, offset)
}

/** The word, the number or the character that stands there. */
function wordAt(source: string, offset: number): string {
  return /^(?:[\p{L}\p{N}_$]+|[^])/u.exec(source.slice(offset))?.[0] ?? ''
}
