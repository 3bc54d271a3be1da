import { expect, test } from 'vitest'
import { KERNEL_ERRORS } from '../../src/core/errors.ts'
import { TESTING_ERRORS, testingError } from '../../src/testing/errors.ts'

test.each(Object.entries(TESTING_ERRORS))('%s has a summary and a hint, and no code of the kernel', (code, entry) => {
  expect(code).toMatch(/^SLUICE_TESTING_[A-Z_]+$/)
  expect(entry.summary).toMatch(/^[a-z].*[^.]$/)
  expect(entry.hint).toMatch(/^[a-z].*[^.]$/)
  expect(Object.hasOwn(KERNEL_ERRORS, code)).toBe(false)
})

test('the message of an error says what to do', () => {
  const cause = new Error('why')
  const error = testingError('SLUICE_TESTING_MISUSE', 'what', cause)
  expect(error).toMatchObject({ code: 'SLUICE_TESTING_MISUSE', cause })
  expect(error.message).toBe(`what (${TESTING_ERRORS.SLUICE_TESTING_MISUSE.hint})`)
})
