import { expect, test } from 'vitest'
import { kindOf, KERNEL_ERRORS } from '../../src/core/errors.ts'
import { KIT_ERRORS, kitError } from '../../src/kit/errors.ts'
import type { KitErrorCode } from '../../src/kit/errors.ts'

const CODES = Object.keys(KIT_ERRORS) as KitErrorCode[]

test.each(CODES)('%s has a summary and a hint, and no code of the kernel has its name', (code) => {
  expect(code).toMatch(/^SLUICE(_[A-Z0-9]+){2,}$/)
  expect(KIT_ERRORS[code].summary).toMatch(/^[a-z].*[^.]$/)
  expect(KIT_ERRORS[code].hint).toMatch(/^[a-z].*[^.]$/)
  expect(Object.hasOwn(KERNEL_ERRORS, code)).toBe(false)
})

test.each(CODES)('%s is of the kind that the table says', (code) => {
  const cause = new Error('why')
  const error = kitError(code, 'what', cause)
  expect({ code: error.code, kind: kindOf(error), message: error.message, cause: error.cause }).toEqual({
    code,
    kind: KIT_ERRORS[code].kind,
    message: 'what',
    cause,
  })
})
