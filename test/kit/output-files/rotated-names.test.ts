import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  compressedName,
  isRotatedName,
  LONGEST_ADDITION,
  nameOfPart,
  partName,
  readRotatedName,
  rotatedName,
} from '../../../src/kit/output-files/rotated-names.ts'

const DATE = Date.UTC(2026, 10, 22, 13, 52, 53, 999)

describe('names of rotated files', () => {
  test.each([
    ['x.ndjson', 'x-20261122T135253Z-1.ndjson'],
    ['x', 'x-20261122T135253Z-1'],
    ['.x', '.x-20261122T135253Z-1'],
    ['a.b.c', 'a.b-20261122T135253Z-1.c'],
  ])('%s becomes %s', (live, name) => {
    expect(rotatedName(live, DATE, 1)).toBe(name)
  })

  const names = fc.string({ minLength: 1, maxLength: 20 }).filter((name) => !/[/\0]|^\.+$/.test(name))

  test('say of which file they are, when they were made, and that they are one (property)', () => {
    fc.assert(
      fc.property(names, names, fc.integer({ min: 1, max: 999_999_999 }), (live, other, number) => {
        const name = rotatedName(live, DATE, number)
        const read = { name, time: '20261122T135253Z', number, isCompressed: false }
        expect(readRotatedName(live, name)).toEqual(read)
        const compressed = compressedName(name)
        expect(readRotatedName(live, compressed)).toEqual({ ...read, name: compressed, isCompressed: true })
        expect(readRotatedName(live, live)).toBeUndefined()
        expect(readRotatedName(live, partName(name))).toBeUndefined()
        if (live !== other && compressedName(live) !== other && compressedName(other) !== live)
          expect(readRotatedName(other, name)).toBeUndefined()
        expect(isRotatedName(name)).toBe(true)
        expect(isRotatedName(compressed)).toBe(true)
        expect(nameOfPart(partName(name))).toBe(name)
        const longest = Buffer.byteLength(partName(compressed)) - Buffer.byteLength(live)
        expect(longest).toBeLessThanOrEqual(LONGEST_ADDITION)
      }),
    )
  })

  test.each(['x.ndjson', '.sluice-part', 'x.sluice-part', '.x.part', '.x'])('%s is hidden by nobody', (name) => {
    expect(nameOfPart(name)).toBeUndefined()
  })
})
