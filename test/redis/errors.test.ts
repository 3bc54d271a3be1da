import { inspect } from 'node:util'
import { describe, expect, test } from 'vitest'
import { exitCodeOf, passes, REDIS_ERRORS, redisError, type RedisErrorCode } from '../../src/redis/errors.ts'
import { failureOf } from '../../src/redis/failures.ts'

describe('the table', () => {
  test.each(Object.entries(REDIS_ERRORS))('%s says what it is, and what to do', (code, { summary, hint, kind }) => {
    expect(code).toMatch(/^SLUICE_REDIS_[A-Z_]+$/)
    expect(kind).toBe('place')
    for (const line of [summary, hint]) expect(line).toMatch(/^\S.{3,130}[^.\s]$/)
  })

  test.each([
    ['TRYAGAIN Multiple keys request during rehashing of slot', 'SLUICE_REDIS_CLUSTER_DOWN', true],
    [
      'Too many Cluster redirections. Last error: ReplyError: MOVED 8610 127.0.0.1:1',
      'SLUICE_REDIS_CLUSTER_DOWN',
      true,
    ],
    ['ERR max number of clients reached', 'SLUICE_REDIS_TOO_MANY_CLIENTS', true],
    ['MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to no', 'SLUICE_REDIS_LOADING', true],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'SLUICE_REDIS_DISK', true],
    ['UNBLOCKED force unblock from blocking operation, instance state changed', 'SLUICE_REDIS_READONLY', true],
    ['ERR some other thing', 'SLUICE_REDIS_REFUSED', false],
  ])('%s', (said, code, isPassing) => {
    const reply = Object.assign(new Error(said), { name: 'ReplyError', command: { name: 'set', args: ['canary'] } })
    const error = failureOf(reply, { action: 'SET', address: 'here', wasSent: true, secrets: [] })
    expect(error.code).toBe(code)
    expect(passes(error)).toBe(isPassing)
    expect(inspect(error, { depth: Infinity })).not.toContain('canary')
  })

  test('an error says itself whether it passes, as its code does', () => {
    for (const code of Object.keys(REDIS_ERRORS) as RedisErrorCode[]) {
      const error = redisError(code, 'no')
      expect(error.passes).toBe(passes(error))
    }
    expect(redisError('SLUICE_REDIS_LOADING', 'no').passes).toBe(true)
  })

  test('what is no error of Redis has no exit code, and does not pass', () => {
    expect(exitCodeOf(new Error('other'))).toBeUndefined()
    expect(passes(new Error('other'))).toBe(false)
  })
})
