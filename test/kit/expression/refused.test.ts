import { describe, expect, test } from 'vitest'
import { compileExpression } from '../../../src/kit/expression/compile.ts'
import { ExpressionError } from '../../../src/kit/expression/parse.ts'
import { messageOf } from './message.ts'

function errorOf(text: string): ExpressionError {
  try {
    compileExpression(text)
  } catch (thrown) {
    if (thrown instanceof ExpressionError) return thrown
    throw thrown
  }
  throw new Error('it was compiled')
}

describe('what is refused', () => {
  test.each([
    ['', 'the expression is empty', 0],
    [' \n', 'the expression is empty', 0],
    ['dta.x', 'unknown name "dta": did you mean "data"?', 0],
    ['data.x > amountMinor', 'a field is "data.amountMinor", a text is "\'amountMinor\'"', 9],
    ['lowr(key)', 'unknown function "lowr": did you mean lower(text)?', 0],
    ['parseInt(key)', 'unknown function "parseInt": did you mean number(x)?', 0],
    ['eval("1")', 'unknown function "eval": the functions are min, max,', 0],
    ['data(1)', 'unknown function "data"', 0],
    ['lower', '"lower" is a function: call it, as lower(text)', 0],
    ['lower()', 'lower(text) takes 1 argument, not 0', 0],
    ['1 + startsWith(key)', 'startsWith(text, start) takes 2 arguments, not 1', 4],
    ['min?.(1)', 'call it without "?."', 0],
    ['data.name.toLowerCase()', 'methods such as "toLowerCase" cannot be called: use lower(text)', 10],
    ['Math.max(1, 2)', 'use max(a, b, …)', 5],
    ['data.list.map(1)', 'methods such as "map" cannot be called: the functions are min,', 10],
    ['(1 + 1)(2)', 'only functions can be called', 0],
    ['data.constructor', 'the field "constructor" cannot be used: every object inherits it', 5],
    ['data["__proto__"]', 'the field "__proto__" cannot be used', 5],
    ['data.x.prototype', 'the field "prototype" cannot be used', 7],
    ['data.toString', 'the field "toString" cannot be used', 5],
    ['{ __proto__: data }', 'the field "__proto__" cannot be used', 2],
    ['{ "constructor": 1 }', 'the field "constructor" cannot be used', 2],
    ['{ [key]: 1 }', 'the name of a field cannot be computed', 3],
    ['{ a() {} }', 'a field cannot be a function', 2],
    ['{ get a() { return 1 } }', 'a field cannot be a function', 6],
    ['data.x = 1', 'write === to compare', 7],
    ['data.x += 1', '"+=" cannot stand here', 7],
    ['data.x++', 'an expression changes nothing', 0],
    ['data.x == 1', 'write === instead of ==', 7],
    ['data.x != 1', 'write !== instead of !=', 7],
    ['data.x & 1', 'write && for "and"', 7],
    ['data.x | 1', 'write || for "or"', 7],
    ['data instanceof data', 'write typeof', 5],
    ['~1', 'an operator on bits', 0],
    ['void 0', 'write undefined', 0],
    ['delete data.x', 'an expression changes nothing', 0],
    ['1, 2', 'a comma cannot stand here', 1],
    ['() => 1', 'a function cannot be written here', 0],
    ['function () {}', 'a function cannot be written here', 0],
    ['class {}', 'a function cannot be written here', 0],
    ['new Date', '"new" cannot stand here', 0],
    ['this.x', '"this" cannot stand here', 0],
    ['lower`x`', 'a template cannot have a tag', 0],
    ['[...data]', '"..." can only stand in an object', 1],
    ['min(...data)', '"..." can only stand in an object', 4],
    ['import("node:fs")', 'an expression cannot import', 0],
    ['import.meta', 'an expression cannot import', 0],
    ['await data', 'an expression cannot wait', 0],
    ['/a/.x', 'a regular expression cannot stand here', 0],
    ['10n', 'a number with "n"', 0],
    ['[1,,2]', 'an element is missing', 0],
    ['9007199254740993', 'is too large to be exact', 0],
    ['1e999', 'is too large to be exact', 0],
    ['data.x // comment', 'a comment cannot stand', 7],
    ['data.x /* comment */', 'a comment cannot stand', 7],
    ['data.x data.y', 'unexpected "data" after the end', 7],
    ['(1))', 'unexpected ")" after the end', 3],
    ['data.x; data.y', 'unexpected ";" after the end', 6],
    ['(data.x', 'the expression ends too early', 7],
    ['data.', 'the expression ends too early', 5],
    ['data.x > > 1', 'unexpected ">"', 9],
    ['"abc', 'Unterminated string constant', 0],
    ['@', "Unexpected character '@'", 0],
    ['#!x', 'Unexpected character', 1],
  ])('%s', (text, problem, offset) => {
    expect(errorOf(text)).toMatchObject({ code: 'SLUICE_EXPRESSION_INVALID', offset })
    expect(errorOf(text).message).toContain(problem)
  })

  test('the place is given by offset, line and column, and stands in the message', () => {
    expect(errorOf('data.a\n  + dta')).toMatchObject({
      problem: 'unknown name "dta": did you mean "data"?',
      message: 'unknown name "dta": did you mean "data"? (line 2, column 5 of the expression)',
      offset: 11,
      line: 2,
      column: 5,
    })
  })

  test.each([
    '('.repeat(9_000),
    '['.repeat(9_000),
    '!'.repeat(9_000),
    `${'['.repeat(251)}${']'.repeat(251)}`,
    '`${'.repeat(3_000),
  ])('an expression that is nested too deeply, whatever with (%#)', (text) =>
    expect(errorOf(text).message).toContain('the expression is nested too deeply'),
  )

  test('an expression of more than 10,000 characters', () => {
    expect(errorOf('1'.padEnd(10_001)).message).toContain('more than 10000 characters')
    expect(compileExpression('1'.padEnd(10_000))(messageOf(0))).toBe(1)
  })

  test('a long chain is not deep', () => {
    const names = Array.from({ length: 400 }, (_, index) => `key === "${index}"`)
    expect(compileExpression([...names, 'key === "k"'].join(' || '))(messageOf(0, 'k'))).toBe(true)
  })

  test('what is unprintable in an expression is escaped in its error, and what is long is cut', () => {
    expect(errorOf('\u001b').message).not.toContain('\u001b')
    expect(errorOf('x'.repeat(5_000)).message.length).toBeLessThan(300)
  })
})
