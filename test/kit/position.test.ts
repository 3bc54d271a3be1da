import { test as property, fc } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { positionAt } from '../../src/kit/position.ts'

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
