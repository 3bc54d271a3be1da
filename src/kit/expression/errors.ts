import { SluiceError } from '../../core/errors.ts'
import { KIT_ERRORS } from '../errors.ts'
import { positionAt } from '../position.ts'

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
