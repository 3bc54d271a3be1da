import { describe, expect, test } from 'vitest'
import { kindOf, KERNEL_ERRORS, SluiceError } from '../../src/core/errors.ts'
import {
  COMPONENT_ERRORS,
  componentError,
  exitCodeOf,
  type ComponentErrorCode,
} from '../../src/kit/component-errors.ts'
import { KIT_ERRORS } from '../../src/kit/errors.ts'
import { overflowError } from '../../src/overflow/errors.ts'
import { bodyOf, HTTP_REFUSALS, refusal, statusOf, type RefusalCode } from '../../src/kit/http/refusal.ts'

const CODES = Object.keys(COMPONENT_ERRORS) as ComponentErrorCode[]
const REFUSALS = Object.keys(HTTP_REFUSALS) as RefusalCode[]

describe('component errors', () => {
  test.each(CODES)('%s has a summary and a hint, and a name of its own', (code) => {
    expect(code).toMatch(/^SLUICE(_[A-Z0-9]+){2,}$/)
    for (const text of [COMPONENT_ERRORS[code].summary, COMPONENT_ERRORS[code].hint])
      expect(text).toMatch(/^[a-z].*[^.]$/)
    for (const other of [KERNEL_ERRORS, KIT_ERRORS, HTTP_REFUSALS]) expect(Object.hasOwn(other, code)).toBe(false)
  })

  test('say whose fault they are, and what they come from', () => {
    const cause = new Error('why')
    const error = componentError('SLUICE_FILE_FULL', 'what', cause)
    expect([error.message, error.cause, kindOf(error)]).toEqual(['what', cause, 'place'])
    expect(kindOf(componentError('SLUICE_FILTER_REJECTED', 'what'))).toBe('message')
  })

  test('those that end a pipeline have an exit code; other errors say nothing about that', () => {
    expect(exitCodeOf(componentError('SLUICE_FILE_FORBIDDEN', 'no'))).toBe(77)
    expect(exitCodeOf(componentError('SLUICE_STDOUT_CLOSED', 'gone'))).toBe(0)
    expect(exitCodeOf(componentError('SLUICE_FILTER_REJECTED', 'no'))).toBeUndefined()
    expect(exitCodeOf(new SluiceError('SLUICE_CALL_TIMEOUT'))).toBeUndefined()
    expect(exitCodeOf(new Error('no'))).toBeUndefined()
  })
})

describe('http refusals', () => {
  test.each(REFUSALS)('%s has a status, a summary and a hint, which a client is told', (code) => {
    const { status, summary, hint } = HTTP_REFUSALS[code]
    const error = refusal(code)
    expect(statusOf(error)).toBe(status)
    expect(kindOf(error)).toBe(status === 503 ? 'place' : 'message')
    expect(bodyOf(error)).toEqual({ code, message: summary, hint })
    for (const other of [KERNEL_ERRORS, KIT_ERRORS]) expect(Object.hasOwn(other, code)).toBe(false)
  })

  test('a message that its store never takes is 413, with what to do', () => {
    const error = overflowError('SLUICE_OVERFLOW_TOO_LARGE', 'what')
    expect(statusOf(error)).toBe(413)
    expect(bodyOf(error)).toMatchObject({ message: 'what', hint: expect.stringContaining('`limit`') as string })
  })

  test('what is wrong with the bytes is 400, a limit 413, a message 422, the place 503', () => {
    const status = (code: string, kind: 'message' | 'place' = 'message'): number =>
      statusOf(new SluiceError(code, 'what', { kind }))
    expect(['SLUICE_INPUT_NOT_JSON', 'SLUICE_INPUT_NOT_UTF8'].map((code) => status(code))).toEqual([400, 400])
    expect(['SLUICE_INPUT_TOO_DEEP', 'SLUICE_INPUT_TOO_MANY_KEYS'].map((code) => status(code))).toEqual([413, 413])
    expect([status('SLUICE_X'), status('SLUICE_X', 'place')]).toEqual([422, 503])
  })
})
