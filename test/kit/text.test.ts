import { test as property, fc } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { positionAt, printable, quote } from '../../src/kit/text.ts'

test('control characters, bidirectional marks and halves of characters are escaped', () => {
  expect(printable('a\n\t\u001b[31m\u0000\u009b\u202e\u200b\ud800z')).toBe(
    'a\\n\\t\\u001b[31m\\u0000\\u009b\\u202e\\u200b\\ud800z',
  )
})

test('what is long is cut, and shows it', () => {
  expect(printable('x'.repeat(41))).toBe(`${'x'.repeat(40)}…`)
  expect(printable('x'.repeat(40))).toBe('x'.repeat(40))
  expect(printable('abcdef', 3)).toBe('abc…')
})

test('a quoted text has no bare quote inside', () => {
  expect(quote('say "hi"')).toBe('"say \\"hi\\""')
})

property.prop([fc.string({ unit: 'binary', maxLength: 100 })])(
  'nothing that a terminal would act on is left (property)',
  (text) => {
    // oxlint-disable-next-line no-control-regex -- to find control characters is what it is for
    expect(printable(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/)
    expect(printable(text)).not.toMatch(/\p{Surrogate}/u)
  },
)

property.prop([fc.string({ unit: 'grapheme-ascii', maxLength: 40 })])(
  'plain text is left as it is (property)',
  (text) => {
    expect(printable(text)).toBe(text)
  },
)

test('lines and columns count from 1, and a line feed belongs to the line that it ends', () => {
  const text = 'ab\ncd\n'
  expect([0, 2, 3, 5, 6].map((offset) => positionAt(text, offset))).toEqual([
    { line: 1, column: 1 },
    { line: 1, column: 3 },
    { line: 2, column: 1 },
    { line: 2, column: 3 },
    { line: 3, column: 1 },
  ])
})

property.prop([fc.array(fc.constantFrom('a', '\n', '\r\n')), fc.nat()])(
  'a place is as many lines and columns away as the text before it has (property)',
  (pieces, seed) => {
    const text = pieces.join('')
    const offset = seed % (text.length + 1)
    const before = text.slice(0, offset).split('\n')
    expect(positionAt(text, offset)).toEqual({ line: before.length, column: before.at(-1)!.length + 1 })
  },
)
