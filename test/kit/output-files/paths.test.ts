import { join, normalize } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkPath } from '../../../src/kit/output-files/paths.ts'
import { LONGEST_ADDITION } from '../../../src/kit/output-files/rotated-names.ts'

test.each([
  'x',
  'x.ndjson',
  '200/2026-11-22.ndjson',
  '.hidden',
  '...',
  '..x/y..',
  'a b/ö/日本/😀',
  '%2e%2e/%2fetc',
  'a\\b',
  'x'.repeat(255),
  '-',
])('%j is a path', (path) => {
  expect(checkPath(path, 0)).toBe(path)
})

test.each([
  [undefined, 'the path is no text: undefined'],
  [null, 'the path is no text: null'],
  [200, 'the path is no text: number'],
  [['a'], 'the path is no text: object'],
  [Promise.resolve('a'), 'the path is no text: object'],
  ['', 'it is empty'],
  ['/', 'it is absolute'],
  ['/etc/passwd', 'it is absolute'],
  ['..', 'it has ".." in it'],
  ['a/../../b', 'it has ".." in it'],
  ['a/..', 'it has ".." in it'],
  ['./a', 'it has "." in it'],
  ['a//b', 'it has an empty name in it'],
  ['a/', 'it has an empty name in it'],
  ['a\0b', 'it has control characters, or halves of characters, in it'],
  ['a\nb', 'it has control characters, or halves of characters, in it'],
  ['a\ud800b', 'it has control characters, or halves of characters, in it'],
  ['ö'.repeat(128), 'a name in it has more than 255 bytes'],
  [`${'x'.repeat(256)}/a`, 'a name in it has more than 255 bytes'],
  [`${'x/'.repeat(1_024)}x`, 'it has more than 2048 bytes'],
  ['a/.b.sluice-part', 'it is called as files are that are not complete'],
])('%j is none: %s', (path, problem) => {
  const message: unknown = expect.stringContaining(problem)
  expect(() => checkPath(path, 0)).toThrow(
    expect.objectContaining({ code: 'SLUICE_FILE_PATH_INVALID', kind: 'message', message }),
  )
})

test('of a file that is rotated the name leaves room, and looks like none that was', () => {
  const longest = 'x'.repeat(255 - LONGEST_ADDITION)
  expect(checkPath(`a/${longest}`, LONGEST_ADDITION)).toBe(`a/${longest}`)
  expect(() => checkPath(`a/${longest}x`, LONGEST_ADDITION)).toThrow('the rest is for rotation')
  for (const name of ['x-20261122T135253Z-1.ndjson', 'x-20261122T135253Z-1', '-20261122T135253Z-12.ndjson.gz'])
    expect(() => checkPath(name, LONGEST_ADDITION)).toThrow('it is called as files are that were rotated')
})

test('what is let through stays below its root, and is written there as it stands (property)', () => {
  const names = fc.oneof(fc.string(), fc.constantFrom('..', '.', '', '/', '\0', 'a', '%2e%2e', '…', '\\'))
  fc.assert(
    fc.property(fc.array(names, { maxLength: 6 }), (segments) => {
      const path = segments.join('/')
      try {
        checkPath(path, 0)
      } catch {
        return
      }
      expect(join('/root', path)).toBe(`/root/${path}`)
      expect(normalize(`/root/${path}`)).toBe(`/root/${path}`)
      expect(Buffer.from(path).toString()).toBe(path)
    }),
    { numRuns: 2_000 },
  )
})
