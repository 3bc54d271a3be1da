import { describe, expect, test } from 'vitest'
import { isConnectionError } from '../../src/core/connection-error.ts'

const coded = (code: string, options?: ErrorOptions): Error => Object.assign(new Error('it failed', options), { code })
const wrapped = (cause: unknown, times: number): Error => {
  let error = new Error('1', { cause })
  for (let count = 1; count < times; count++) error = new Error('more', { cause: error })
  return error
}

describe('an error is of a connection', () => {
  test.each([
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTDOWN',
    'UND_ERR_CONNECT_TIMEOUT',
    'UND_ERR_SOCKET',
    'UND_ERR_HEADERS_TIMEOUT',
    'UND_ERR_BODY_TIMEOUT',
  ])('by its code, or by that of what it came from: %s', (code) => {
    expect(isConnectionError(coded(code))).toBe(true)
    expect(isConnectionError(new TypeError('fetch failed', { cause: coded(code) }))).toBe(true)
    expect(isConnectionError(wrapped(coded(code), 8))).toBe(true)
  })

  test('if one of several is, wherever they stand', () => {
    const several = new AggregateError([new Error('other'), coded('ENETUNREACH')], 'all failed')
    expect(isConnectionError(several)).toBe(true)
    expect(isConnectionError(new Error('fetch failed', { cause: several }))).toBe(true)
    expect(isConnectionError(new AggregateError([new AggregateError([wrapped(coded('EPIPE'), 2)])]))).toBe(true)
  })
})

describe('an error is of no connection', () => {
  test.each([
    ['without a code', new Error('no')],
    ['with another one', coded('UND_ERR_INVALID_ARG')],
    ['with another one behind it', new Error('no', { cause: coded('EACCES') })],
    ['that came from no error', new Error('no', { cause: 'ECONNREFUSED' })],
    ['of several that are of none', new AggregateError([new Error('a'), undefined, 'ECONNREFUSED', coded('EINVAL')])],
    ['of none', new AggregateError([])],
    ['whose `errors` are no list', Object.assign(new Error('no'), { errors: 7 })],
  ])('%s', (_, error) => {
    expect(isConnectionError(error)).toBe(false)
  })

  test('that leads back to itself, in any number of ways', () => {
    const circle = new AggregateError([], 'no')
    for (let count = 0; count < 100; count++) circle.errors.push(new Error('inner', { cause: circle }))
    circle.cause = circle
    expect(isConnectionError(circle)).toBe(false)
  })

  test('that throws when its errors are looked at', () => {
    const hostile = Object.defineProperty(new Error('no'), 'errors', {
      get: () => {
        throw new Error('looked at')
      },
    })
    expect(isConnectionError(hostile)).toBe(false)
  })
})
