import { expect, test } from 'vitest'
import { hintFor } from '../../../src/daemon/hints.ts'
import { TEXT_ERRORS, textError } from '../../../src/redis/text-errors.ts'

test.each(Object.entries(TEXT_ERRORS))('%s says what it is, and what to do', (code, { summary, hint, kind }) => {
  expect(code).toMatch(/^SLUICE_(LIST|PUBSUB)_[A-Z_]+$/)
  expect(summary).not.toBe('')
  expect(hintFor(code)).toBe(hint)
  expect(textError(code as keyof typeof TEXT_ERRORS, 'it is so')).toMatchObject({ code, kind, message: 'it is so' })
})
