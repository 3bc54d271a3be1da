import { expect, test } from 'vitest'
import { nearest } from '../../src/kit/nearest.ts'

const KNOWN = ['filter', 'map', 'batch', 'stdout', 'whenFull']

test.each([
  ['fliter', 'filter'],
  ['filters', 'filter'],
  ['mp', 'map'],
  ['WHENFULL', 'whenFull'],
  ['stdin', undefined],
  ['x', undefined],
  ['', undefined],
  ['kafka', undefined],
  ['max_batch', 'batch'],
  ['batchSize', 'batch'],
  ['batch-of-map', undefined],
  ['batches-all', undefined],
])('%j means %j', (word, known) => expect(nearest(word, KNOWN)).toBe(known))

test('the nearest of several wins, and the first of equals', () => {
  expect(nearest('batsh', ['match', 'batch'])).toBe('batch')
  expect(nearest('bat', ['cat', 'hat'])).toBe('cat')
})

test('a very long word is not compared', () => {
  const word = 'a'.repeat(65)
  expect(nearest(word, [word])).toBeUndefined()
  expect(nearest(word.slice(1), [word.slice(1)])).toBe(word.slice(1))
})

test('nothing is near where nothing is known', () => {
  expect(nearest('map', [])).toBeUndefined()
})
