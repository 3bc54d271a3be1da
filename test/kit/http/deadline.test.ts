import { describe, expect, test } from 'vitest'
import { deadlineOption, timeoutReader } from '../../../src/kit/http/deadline.ts'

const read = (value: string | undefined, option: object = {}) =>
  timeoutReader(deadlineOption.parse(option))({ 'request-timeout': value })

describe('how long a sender waits', () => {
  test.each([
    ['5', 5_000],
    ['5s', 5_000],
    ['1.5', 1_500],
    ['250ms', 250],
    ['2m', 120_000],
    ['1h', 3_600_000],
    ['0', 0],
  ])('%s is %d ms', (text, timeoutMs) => {
    expect(read(text)).toBe(timeoutMs)
  })

  test('nothing where the header is missing, or nobody has asked for it', () => {
    expect(read(undefined)).toBeUndefined()
    expect(timeoutReader(undefined)({ 'request-timeout': '5' })).toBeUndefined()
  })

  test('at most what is allowed', () => {
    expect(read('2h')).toBe(3_600_000)
    expect(read('999999999', { most: '10s' })).toBe(10_000)
  })

  test('under the name that was chosen, whatever its letters', () => {
    const reader = timeoutReader(deadlineOption.parse({ header: 'X-Request-Timeout' }))
    expect(reader({ 'x-request-timeout': '3' })).toBe(3_000)
    expect(reader({ 'request-timeout': '3' })).toBeUndefined()
  })

  test.each(['', '-1', '5 s', '5 seconds', '1e9', '5, 5', 'soon', '1d', '9999999999', '0x5', '５'])(
    '%j is refused',
    (text) => {
      expect(() => read(text)).toThrow(expect.objectContaining({ code: 'SLUICE_HTTP_TIMEOUT_INVALID' }))
    },
  )

  test.each([{ header: 'a b' }, { header: '' }, { most: '0s' }, { most: '2d' }, { least: '1s' }])(
    '%j is no option',
    (option) => {
      expect(deadlineOption.safeParse(option).success).toBe(false)
    },
  )
})
