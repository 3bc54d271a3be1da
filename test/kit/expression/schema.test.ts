import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { CallInfo } from '../../../src/core/component.ts'
import type { Message } from '../../../src/core/message.ts'
import { expression, fieldsExpression, fieldsHandler, handlerExpression } from '../../../src/kit/expression/schema.ts'
import { messageOf } from './message.ts'

const options = z.strictObject({
  when: expression().describe('Keeps these.'),
  by: expression().optional(),
  to: fieldsExpression().optional(),
})

describe('expression()', () => {
  test('text is compiled', () => {
    const { when } = options.parse({ when: 'data.amount > 0' })
    expectTypeOf(when).toEqualTypeOf<(message: Message) => unknown>()
    expect([when(messageOf({ amount: 1 })), when(messageOf({ amount: 0 }))]).toEqual([true, false])
  })

  test('a function of data and message stands in its stead, and its own errors stay as they are', () => {
    const { when } = options.parse({ when: (data: { amount: number }, message: Message) => [data.amount, message.key] })
    expect(when(messageOf({ amount: 1 }, 'k'))).toEqual([1, 'k'])
    const error = new Error('mine')
    const failing = expression().parse(() => {
      throw error
    })
    expect(() => failing(messageOf(1))).toThrow(error)
  })

  test('a broken expression is an issue at its place', () => {
    expect(options.safeParse({ when: '1 +\n dta', by: 'key.' }).error?.issues).toEqual([
      {
        code: 'custom',
        path: ['when'],
        message: 'unknown name "dta": did you mean "data"? (line 2, column 2 of the expression)',
        params: { code: 'SLUICE_EXPRESSION_INVALID', offset: 5, line: 2, column: 2 },
      },
      expect.objectContaining({ path: ['by'], params: expect.objectContaining({ offset: 4 }) }),
    ])
  })

  test.each([
    [true, 'expected an expression: put it in quotes, as "true"'],
    [5, 'expected an expression: put it in quotes, as "5"'],
    [null, 'expected an expression, got nothing; "null", in quotes, gives nothing'],
    [undefined, 'expected an expression in quotes, such as "data.amountMinor > 0"'],
    [['data'], 'expected an expression in quotes, such as "data.amountMinor > 0"'],
    [{ a: 'data' }, 'expected an expression in quotes, such as "data.amountMinor > 0"'],
  ])('%j is no expression', (when, message) => {
    expect(options.safeParse({ when }).error?.issues).toMatchObject([{ path: ['when'], message }])
  })

  test('the JSON Schema is a text with a description', () => {
    const { properties, required } = z.toJSONSchema(options, { io: 'input' })
    expect(properties?.['when']).toEqual({
      type: 'string',
      minLength: 1,
      format: 'sluice-expression',
      description: 'Keeps these.',
    })
    expect(properties?.['by']).toMatchObject({ type: 'string', description: expect.any(String) })
    expect(required).toEqual(['when'])
  })
})

describe('fieldsExpression()', () => {
  test('one expression gives its value', () => {
    expect(fieldsExpression().parse('data.a')(messageOf({ a: 1 }))).toBe(1)
    expect(fieldsExpression().parse((data: number) => data + 1)(messageOf(1))).toBe(2)
  })

  test('an object of expressions gives exactly these fields, in order', () => {
    const to = fieldsExpression().parse({ id: 'key', 'in cents': 'data.amount * 100', gone: 'data.nope' })
    const value = to(messageOf({ amount: 2, more: 1 }, 'k'))
    expect(value).toStrictEqual({ id: 'k', 'in cents': 200, gone: undefined })
    expect(Object.keys(value as object)).toEqual(['id', 'in cents', 'gone'])
  })

  test('every broken field is an issue of its own', () => {
    const fields = JSON.parse(
      '{"a":"data.","b":2,"c":{"d":"key"},"ok":"key","__proto__":"key","toString":"key"}',
    ) as object
    const issues = fieldsExpression().safeParse(fields).error?.issues ?? []
    expect(issues.map(({ path, message }) => [path.join('.'), message])).toEqual([
      ['a', 'the expression ends too early (line 1, column 6 of the expression)'],
      ['b', 'expected an expression: put it in quotes, as "2"'],
      ['c', 'expected an expression in quotes, such as "data.amountMinor > 0"'],
      ['__proto__', 'the field "__proto__" cannot be used: every object inherits it'],
      ['toString', 'the field "toString" cannot be used: every object inherits it'],
    ])
    expect(issues[0]).toMatchObject({ params: { offset: 5 } })
  })

  test('no field and too many fields are refused', () => {
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`f${index}`, '1']))
    expect(fieldsExpression().safeParse({}).error?.issues).toMatchObject([
      { message: 'expected 1 to 1000 fields, got 0' },
    ])
    expect(fieldsExpression().safeParse(many).error?.issues).toMatchObject([
      { message: 'expected 1 to 1000 fields, got 1001' },
    ])
  })

  test('the JSON Schema takes a text or an object of texts', () => {
    const { properties } = z.toJSONSchema(options, { io: 'input' })
    expect(properties?.['to']).toMatchObject({
      anyOf: [{ type: 'string' }, { type: 'object', additionalProperties: { type: 'string' } }],
    })
  })

  test('what fails while running names the fields', () => {
    const to = fieldsExpression().parse({ sum: 'data.a + 1' })
    expect(() => to(messageOf({ a: 1n }))).toThrow(/^the expression "\{ \\"sum\\": data.a \+ 1 \}" failed/)
  })
})

describe('handlerExpression() and fieldsHandler()', () => {
  const call: CallInfo = { signal: new AbortController().signal, attempt: 1 }

  test('a function stays the function that it is', () => {
    const handler = async (data: number, _message: Message, { attempt }: CallInfo): Promise<number> => data + attempt
    expect(handlerExpression().parse(handler)).toBe(handler)
    expect(fieldsHandler().parse(handler)).toBe(handler)
  })

  test('text becomes a handler, which takes everything from the message', () => {
    const handler = handlerExpression().parse('[data.a, key]')
    expect(handler(undefined as never, messageOf({ a: 1 }, 'k'), call)).toEqual([1, 'k'])
    const fields = fieldsHandler().parse({ id: 'key', cents: 'data.a * 100' })
    expect(fields(undefined as never, messageOf({ a: 1 }, 'k'), call)).toStrictEqual({ id: 'k', cents: 100 })
    expect(fieldsHandler().parse('data.a')(undefined as never, messageOf({ a: 1 }), call)).toBe(1)
  })

  test('what fails while running says the expression', () => {
    const handler = handlerExpression().parse('data.a + 1')
    expect(() => handler(undefined as never, messageOf({ a: 1n }), call)).toThrow(
      /^the expression "data.a \+ 1" failed/,
    )
  })

  test('mistakes and JSON Schemas are those of the expressions', () => {
    for (const [given, other] of [
      [handlerExpression(), expression()],
      [fieldsHandler(), fieldsExpression()],
    ] as const) {
      for (const mistake of ['dta', 5, null, ['data'], { a: 'data.' }, {}]) {
        expect(given.safeParse(mistake).error?.issues).toEqual(other.safeParse(mistake).error?.issues)
      }
      expect(z.toJSONSchema(given, { io: 'input' })).toEqual(z.toJSONSchema(other, { io: 'input' }))
    }
  })
})
