import { connect } from 'node:net'
import { describe, expect, test } from 'vitest'
import { kindOfSystemError } from '../../src/kit/system-errors.ts'

const failed = (code: string, options?: ErrorOptions) => Object.assign(new Error(code, options), { code })

describe('whose fault an error of the system is', () => {
  test.each([
    'ENOSPC',
    'EDQUOT',
    'EACCES',
    'EROFS',
    'EIO',
    'EMFILE',
    'EBUSY',
    'EPIPE',
    'UND_ERR_SOCKET',
    'ECONNREFUSED',
    'ECONNRESET',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ENETUNREACH',
    'EHOSTUNREACH',
  ])('%s is of the place', (code) => {
    expect(kindOfSystemError(failed(code))).toBe('place')
  })

  test.each(['EILSEQ', 'ENAMETOOLONG', 'EMSGSIZE', 'ERR_INVALID_URL'])('%s is of the message', (code) => {
    expect(kindOfSystemError(failed(code))).toBe('message')
  })

  test.each(['ENOENT', 'EISDIR', 'EINVAL', 'SLUICE_X', '23505', ''])('%j says nothing', (code) => {
    expect(kindOfSystemError(failed(code))).toBeUndefined()
  })

  test('what caused an error counts where it says nothing itself', () => {
    expect(kindOfSystemError(new TypeError('fetch failed', { cause: failed('ECONNREFUSED') }))).toBe('place')
    expect(kindOfSystemError(failed('ERR_INVALID_URL', { cause: failed('ECONNREFUSED') }))).toBe('message')
  })

  test('a time that is up is of the place', async () => {
    const signal = AbortSignal.timeout(1)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    expect(kindOfSystemError(signal.reason)).toBe('place')
  })

  test('a connection that is really refused is of the place', async () => {
    const error = await new Promise((resolve) => connect(1, '127.0.0.1').on('error', resolve))
    expect(kindOfSystemError(error)).toBe('place')
  })

  test('anything may be thrown: what is no error, has no code, contains itself, or throws when it is looked at', () => {
    const circle = new Error('a circle')
    circle.cause = circle
    const hostile = Object.defineProperty(new Error('hostile'), 'code', {
      get: () => {
        throw new Error('do not look')
      },
    })
    const rest = [undefined, null, 'ENOSPC', 5, {}, { code: 'ENOSPC' }, failed('x', { cause: null }), circle, hostile]
    expect(rest.map(kindOfSystemError)).toEqual(rest.map(() => undefined))
  })
})
