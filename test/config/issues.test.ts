import { expect, test } from 'vitest'
import { wordsOf } from '../../src/config/issues.ts'

test.each([
  ['string', 1, 'must have at least 1 character'],
  ['string', 2, 'must have at least 2 characters'],
  ['array', 1, 'must have at least 1 entry'],
  ['array', 0, 'must have at least 0 entries'],
  ['number', 1, 'must be at least 1'],
])('a %s that must have %i says so: %s', (origin, minimum, words) => {
  expect(wordsOf({ code: 'too_small', origin, minimum, inclusive: true, input: undefined })).toBe(words)
})
