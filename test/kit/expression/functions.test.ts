import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { compileExpression } from '../../../src/kit/expression/compile.ts'
import { FUNCTIONS } from '../../../src/kit/expression/functions.ts'
import { messageOf } from './message.ts'

const DATA = { text: ' Grün ', list: ['a', 1, null], fields: { a: 1, b: 2 }, price: '12.50', nothing: null }

function valueOf(text: string): unknown {
  return compileExpression(text)(messageOf(DATA))
}

describe('functions', () => {
  test.each([
    ['min(3, 1, 2)', 1],
    ['max(3, 1, 2)', 3],
    ['abs(-2)', 2],
    ['round(2.5)', 3],
    ['floor(-2.5)', -3],
    ['ceil(-2.5)', -2],
    ['min(1, data.missing)', Number.NaN],
    ['length(data.text)', 6],
    ['length(data.list)', 3],
    ['length(data.fields)', 2],
    ['length(data.missing)', undefined],
    ['length(5)', undefined],
    ['lower("ÄB")', 'äb'],
    ['upper("äb")', 'ÄB'],
    ['lower(data.missing)', undefined],
    ['upper(1)', undefined],
    ['trim(data.text)', 'Grün'],
    ['trim(data.missing)', undefined],
    ['startsWith("abc", "ab")', true],
    ['startsWith("abc", "b")', false],
    ['startsWith(data.missing, "a")', false],
    ['endsWith("abc", "bc")', true],
    ['endsWith("abc", data.missing)', false],
    ['includes("abc", "b")', true],
    ['includes(data.list, 1)', true],
    ['includes(data.list, "1")', false],
    ['includes("a1", 1)', false],
    ['includes(data.missing, "a")', false],
    ['number(data.price)', 12.5],
    ['number(" -1e3 ")', -1000],
    ['number(7)', 7],
    ['number("12abc")', undefined],
    ['number("")', undefined],
    ['number("0x10")', undefined],
    ['number("Infinity")', undefined],
    ['number(true)', undefined],
    ['string(1.5)', '1.5'],
    ['string(false)', 'false'],
    ['string("a")', 'a'],
    ['string(data.fields)', undefined],
    ['string(null)', undefined],
    ['boolean("true")', true],
    ['boolean("false")', false],
    ['boolean(true)', true],
    ['boolean("yes")', undefined],
    ['boolean(1)', undefined],
    ['coalesce(data.missing, data.nothing, 0, 1)', 0],
    ['coalesce(data.missing)', undefined],
    ['date("2024-02-29")', Date.UTC(2024, 1, 29)],
    ['date("2024-02-29T12:00:00Z")', Date.UTC(2024, 1, 29, 12)],
    ['date("2024-02-29T12:00:00.5+02:00")', Date.UTC(2024, 1, 29, 10, 0, 0, 500)],
    ['date("2024-02-30")', undefined],
    ['date("2024-02-29T25:00Z")', undefined],
    ['date("2024-02-29T12:00:00")', undefined],
    ['date("1")', undefined],
    ['date(17)', 17],
    ['date(data.missing)', undefined],
  ])('%s is %j', (text, value) => expect(valueOf(text)).toEqual(value))

  test.each(Object.entries(FUNCTIONS))(
    '%s is documented by its signature and a sentence',
    (name, { signature, summary }) => {
      expect(signature).toMatch(new RegExp(`^${name}\\([a-zA-Z, …]+\\)$`))
      expect(summary).toMatch(/^[A-Z].*[^.]\.$/)
    },
  )

  test('what a function stands in for is the business of one function only', () => {
    const names = Object.entries(FUNCTIONS).flatMap(([name, { insteadOf = [] }]) => [name, ...insteadOf])
    expect(new Set(names).size).toBe(names.length)
  })

  property.prop([fc.constantFrom(...Object.keys(FUNCTIONS)), fc.jsonValue(), fc.jsonValue()])(
    'no function throws for JSON data, nor changes it (property)',
    (name, first, second) => {
      const [fewest] = FUNCTIONS[name]!.arity
      const call = compileExpression(`${name}(${['data[0]', 'data[1]'].slice(0, fewest).join(', ')})`)
      const data = [first, second]
      const before = JSON.stringify(data)
      try {
        call(messageOf(data))
      } catch (error) {
        // The numeric ones are JavaScript's own: a field named valueOf makes a value that is no number.
        expect(error).toMatchObject({ code: 'SLUICE_EXPRESSION_FAILED' })
        expect(before).toMatch(/toString|valueOf|__proto__/)
      }
      expect(JSON.stringify(data)).toBe(before)
    },
  )
})
