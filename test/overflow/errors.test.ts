import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { exitCodeOf, OVERFLOW_ERRORS, overflowError, type OverflowErrorCode } from '../../src/overflow/errors.ts'

const SOURCES = fileURLToPath(new URL('../../src/', import.meta.url))
const REFERENCE = readFileSync(new URL('../../docs/reference.md', import.meta.url), 'utf8')
const CODES = Object.keys(OVERFLOW_ERRORS) as OverflowErrorCode[]

/** All that may throw them, without the table itself. */
const texts = ['overflow', 'consumers', 'daemon', 'redis']
  .flatMap((folder) => {
    try {
      return readdirSync(join(SOURCES, folder), { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path))
    } catch {
      return [] // There is no such folder yet.
    }
  })
  .filter((path) => path.endsWith('.ts') && path !== join('overflow', 'errors.ts'))
  .map((path) => readFileSync(join(SOURCES, path), 'utf8'))

test.each(CODES)('%s is used, documented, and says what it is and what to do', (code) => {
  const { summary, hint } = OVERFLOW_ERRORS[code]
  for (const line of [summary, hint]) expect(line).toMatch(/^\S.{3,130}[^.\s]$/)
  expect(REFERENCE).toContain(code)
  // A failed system call is told by its own table, beside the codes.
  const bySystem = ['SLUICE_LOG_FORBIDDEN', 'SLUICE_LOG_FULL_DISK'].includes(code)
  expect(bySystem || texts.some((text) => text.includes(`'${code}'`))).toBe(true)
})

test('what an overflow ends a process with is that of its table', () => {
  expect(exitCodeOf(overflowError('SLUICE_OVERFLOW_NEWER', 'newer'))).toBe(78)
  expect(exitCodeOf(overflowError('SLUICE_OVERFLOW_OWNER_LOST', 'lost'))).toBe(75)
  expect(exitCodeOf(overflowError('SLUICE_OVERFLOW_CLOSED', 'closed'))).toBeUndefined()
})
