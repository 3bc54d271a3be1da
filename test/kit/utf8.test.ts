import { test as property, fc } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { decodeUtf8, utf8FaultAt, utf8Text } from '../../src/kit/utf8.ts'

test('a byte order mark is left out, but only at the start', () => {
  expect(decodeUtf8(Buffer.from('\ufeffa\ufeff'))).toBe('a\ufeff')
})

test.each([
  ['ab\xff', 2],
  ['ab\xc3(', 2],
  ['\xc0\xaf', 0],
  ['a\xed\xa0\x80', 1],
])('%j is not UTF-8, and it is said where', (latin, offset) => {
  const bytes = Buffer.from(latin, 'latin1')
  expect(utf8Text(bytes)).toBeUndefined()
  expect(utf8FaultAt(bytes)).toBe(offset)
  expect(() => decodeUtf8(bytes)).toThrow(
    expect.objectContaining({
      code: 'SLUICE_INPUT_NOT_UTF8',
      kind: 'message',
      message: expect.stringContaining(`at byte ${offset}`),
    }),
  )
})

test('a view on a part of a larger memory is read as that part', () => {
  const whole = new TextEncoder().encode('xäöx')
  expect(utf8Text(whole.subarray(1, 5))).toBe('äö')
})

property.prop([fc.uint8Array()])('it takes what a fatal TextDecoder takes, and gives the same (property)', (bytes) => {
  let expected: string | undefined
  try {
    expected = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    expected = undefined
  }
  expect(utf8Text(bytes)).toBe(expected)
})
