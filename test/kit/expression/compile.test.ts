import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { compileExpression } from '../../../src/kit/expression/compile.ts'
import { ExpressionError } from '../../../src/kit/expression/parse.ts'
import { NAMES } from '../../../src/kit/expression/language.ts'
import { messageOf } from './message.ts'

const DATA = {
  amountMinor: 1299,
  merchant: 'm7',
  customer: { name: 'Ada', address: { city: 'Köln' } },
  lines: [{ sku: 'a' }, { sku: 'b' }],
  at: 'own',
  index: 1,
}

function valueOf(text: string, data: unknown = DATA): unknown {
  return compileExpression(text)(messageOf(data, 'k'))
}

describe('what an expression sees', () => {
  test.each([
    ['data.amountMinor', 1299],
    ['key', 'k'],
    ['headers.kind', 'payment'],
    ['headers["content-type"]', 'application/json'],
    ['time', 1_700_000_000_000],
    ['priority', 7],
    ['attempt', 2],
    ['id', 'test:run-12'],
    ['undefined', undefined],
  ])('%s is %j', (text, value) => expect(valueOf(text)).toBe(value))

  test('every listed name is seen, and has a sentence', () => {
    for (const [name, { summary }] of Object.entries(NAMES)) {
      expect(valueOf(name)).toBeDefined()
      expect(summary).toMatch(/\.$/)
    }
  })

  test('data itself is given, not a copy', () => expect(valueOf('data')).toBe(DATA))

  test('the text that it was made of is kept', () => {
    expect(compileExpression(' data.x > 0 ').source).toBe(' data.x > 0 ')
  })
})

describe('what is missing', () => {
  test.each([
    'data.nope',
    'data.nope.further.in',
    'data.nope[0][1]',
    'data.nope["a"].b',
    'data?.nope?.x',
    'data[data.nope]',
    'headers.nope.x',
  ])('%s is undefined', (text) => expect(valueOf(text)).toBeUndefined())

  test.each([null, undefined, 5, 'text', true])('data may be %j', (data) => {
    expect(valueOf('data.a.b', data)).toBeUndefined()
    expect(valueOf('data[key][0]', data)).toBeUndefined()
    expect(valueOf('"a" in data', data)).toBe(false)
  })
})

describe('what is own', () => {
  test('a field with the name of a method is read, a method is not', () => {
    expect(valueOf('data.at')).toBe('own')
    expect(valueOf('data.lines.at')).toBeUndefined()
    expect(valueOf('data.merchant.link')).toBeUndefined()
    expect(valueOf('data.lines["map"]')).toBeUndefined()
    expect(valueOf('data.amountMinor.toFixed')).toBeUndefined()
  })

  test('computed names and "in" reach own properties only', () => {
    expect(valueOf('data.lines[data.index].sku')).toBe('b')
    expect(valueOf('data["mer" + "chant"]')).toBe('m7')
    expect(valueOf('data.merchant[0]')).toBe('m')
    expect(valueOf('data.merchant[data.index]')).toBe('7')
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(valueOf(`data["${name.slice(0, 3)}" + "${name.slice(3)}"]`)).toBeUndefined()
      expect(valueOf(`"${name}" in data`)).toBe(false)
    }
    expect(valueOf('"at" in data')).toBe(true)
  })

  test('a name that is neither text nor number reads nothing, also if it could become one', () => {
    expect(valueOf('data[data.name]', { name: ['x'], x: 1 })).toBeUndefined()
    expect(valueOf('data[null]', { null: 1 })).toBeUndefined()
    expect(valueOf('data[{ a: 1 }]', { '[object Object]': 1 })).toBeUndefined()
  })

  test('an own field named __proto__ is data when it is spread or computed', () => {
    const data: unknown = JSON.parse('{"__proto__":{"isAdmin":true},"name":"__proto__"}')
    const copy = valueOf('{ ...data, x: 1 }', data) as object
    expect(Object.getPrototypeOf(copy)).toBe(Object.prototype)
    expect(Object.keys(copy)).toEqual(['__proto__', 'name', 'x'])
    expect(valueOf('data[data.name].isAdmin', data)).toBe(true)
  })
})

describe('what an expression makes', () => {
  test.each([
    ['data.amountMinor / 100 > 12 && data.merchant !== "m8"', true],
    [
      '`${data.customer.name} from ${data.customer.address.city}: \\`${"$" + "{x}"}\\`${data.nope}`',
      'Ada from Köln: `${x}`undefined',
    ],
    ['`a\\n${1}\\\\`', 'a\n1\\'],
    ['data.nope ?? "none"', 'none'],
    ['data.index === 1 ? "one" : "many"', 'one'],
    ['typeof data.nope', 'undefined'],
    ['typeof data.lines === "object"', true],
    ['-data.index', -1],
    ['- -data.index', 1],
    ['+"5"', 5],
    ['!data.nope', true],
    ['1 - (2 - 3)', 2],
    ['1 - 2 - 3', -4],
    ['(2 ** 3) ** 2', 64],
    ['2 ** 3 ** 2', 512],
    ['(-2) ** 2', 4],
    ['[data.index, [2], "x"]', [1, [2], 'x']],
    ['{ id: key, "two words": 2, 3: 4, key }', { 3: 4, id: 'k', key: 'k', 'two words': 2 }],
    ['{ ...data.customer, name: upper(data.customer.name) }', { name: 'ADA', address: { city: 'Köln' } }],
    ['{ a: { b: 1 } }.a.b', 1],
    ['"\\u2028\\ud800\'\\""', '\u2028\ud800\'"'],
    ['1e21 + .5', 1e21],
    ['0x10', 16],
    ['data.\\u0061t', 'own'],
    ['data\n  .merchant\n', 'm7'],
  ])('%s', (text, value) => expect(valueOf(text)).toEqual(value))

  const literal = fc.oneof(
    fc.integer({ min: 0, max: 50 }).map(String),
    fc.constantFrom('0.5', '""', '"a"', '"10"', 'true', 'false', 'null', 'undefined', '[]', '[1]', '({})'),
  )
  const { tree } = fc.letrec<{ tree: string }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      literal,
      fc
        .tuple(
          tie('tree'),
          fc.constantFrom('+', '-', '*', '/', '%', '<', '<=', '>', '>=', '===', '!==', '&&', '||'),
          tie('tree'),
        )
        .map(([left, operator, right]) => `${left} ${operator} ${right}`),
      fc
        .tuple(tie('tree'), fc.constantFrom('??', '**', '-', '+'), tie('tree'))
        .map((parts) => `(${parts[0]}) ${parts[1]} (${parts[2]})`),
      fc.tuple(tie('tree'), tie('tree'), tie('tree')).map(([condition, yes, no]) => `(${condition} ? ${yes} : ${no})`),
      fc
        .tuple(fc.constantFrom('!', '- ', '+ ', 'typeof '), tie('tree'))
        .map(([operator, operand]) => `${operator}(${operand})`),
      fc.tuple(tie('tree'), tie('tree')).map(([first, second]) => `[${first}, \`x\${${second}}\`]`),
    ),
  }))

  property.prop([tree], { numRuns: 1_000 })('is what JavaScript makes of the same text (property)', (text) => {
    let expected: unknown
    try {
      expected = new Function(`'use strict'; return (${text})`)()
    } catch (error) {
      // `??` without parentheses beside `||`, a sign before `**`
      if (!(error instanceof SyntaxError)) throw error
      expect(() => compileExpression(text)).toThrow(ExpressionError)
      return
    }
    expect(valueOf(text)).toEqual(expected)
  })
})

describe('what fails while running', () => {
  test('is one error of the message, with the expression and the cause', () => {
    const failing = compileExpression('data.a + data.b')
    const error = (() => {
      try {
        return failing(messageOf({ a: 1n, b: 1 }))
      } catch (thrown) {
        return thrown
      }
    })()
    expect(error).toMatchObject({
      code: 'SLUICE_EXPRESSION_FAILED',
      kind: 'message',
      message: 'the expression "data.a + data.b" failed: Cannot mix BigInt and other types, use explicit conversions',
      cause: expect.any(TypeError),
    })
  })
})
