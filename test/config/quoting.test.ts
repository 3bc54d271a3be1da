import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { inQuotes, isTorn, quotingHint, unquotedEnd } from '../../src/config/quoting.ts'

const piece = fc.constantFrom('data.a', ' ', ', ', '"', "'", '\\', ': ', ' #', '{', ']', '!', '${A}', '`', 'é', '😀')

property.prop([fc.array(piece).map((pieces) => pieces.join(''))])(
  'a text in quotes is that text to YAML (property)',
  (text) => {
    expect(parse(`a: ${inQuotes(text)}\n`)).toEqual({ a: text })
    expect(parse(`{ a: ${inQuotes(text)}, b: 1 }\n`)).toEqual({ a: text, b: 1 })
  },
)

test.each([
  ['min(data.a', true],
  ['2) > 1', true],
  ['data.a === "x', true],
  ['(]', true],
  ['min(data.a, 2)', false],
  ['data["a"].b[0]', false],
  ['")"', false],
  ["'\\'('", false],
  ['', false],
])('brackets or quotes of %s are left open: %s', (text, expected) => {
  expect(isTorn(text)).toBe(expected)
})

test.each([
  ['filter: !a && b', 8, '!a && b'],
  ['  { when: !f(a, b), reject: true }', 10, '!f(a, b)'],
  ['  { when: !a }', 10, '!a'],
  ['  [!a, b]', 3, '!a'],
  ['filter: "a" in b,', 8, '"a" in b'],
])('in `%s` the value from %i on is %s', (line, start, expected) => {
  expect(line.slice(start, unquotedEnd(line, start))).toBe(expected)
})

test('a hint repeats what is short and whole, and nothing else', () => {
  expect(quotingHint(' !data.ok ')).toBe('put it in quotes: "!data.ok"')
  expect(quotingHint('data.a === "x"')).toBe(`put it in quotes: 'data.a === "x"'`)
  for (const text of ['', 'min(a', 'a\nb', 'a\u202eb', 'x'.repeat(121)])
    expect(quotingHint(text)).toBe('put it in quotes')
})
