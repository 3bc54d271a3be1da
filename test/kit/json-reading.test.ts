import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { JsonReader } from '../../src/kit/json.ts'
import { JsonRefusal } from '../../src/kit/json-refusal.ts'
import { exactJsonValue } from '../support/json-values.ts'

const GENEROUS = { depth: 1_000, keys: 1_000_000, elements: 1_000_000, keyLength: 65_536 }

describe('the elements of the outermost array', () => {
  const counted = (text: string): number[] => {
    const counts: number[] = []
    new JsonReader(GENEROUS).read(text, (count) => void counts.push(count))
    return counts
  }

  property.prop([fc.array(exactJsonValue({ maxDepth: 3 }), { minLength: 1 })])(
    'are told before a long text is parsed (property)',
    (values) => {
      expect(counted(` ${JSON.stringify(values)}${' '.repeat(70_000)}`)).toEqual([values.length])
    },
  )

  test('an object is one, and of short texts nothing is told', () => {
    expect(counted(JSON.stringify({ a: [1, 2], b: 'x'.repeat(70_000) }))).toEqual([1])
    expect(counted('[1,2,3]')).toEqual([])
  })

  test('what refuses the count is thrown before the text is parsed', () => {
    const onElements = (): never => {
      throw new Error('too many for now')
    }
    expect(() => new JsonReader(GENEROUS).read(`[1,2${'x'.repeat(70_000)}`, onElements)).toThrow('too many for now')
  })
})

describe('the size on the heap', () => {
  const sizeOf = (text: string): number => {
    const reader = new JsonReader(GENEROUS)
    expect(reader.read(text)).not.toBeInstanceOf(JsonRefusal)
    return reader.takeSizeBytes(text.length)
  }

  test('is twice the wire for texts, and more for what is all structure', () => {
    const long = JSON.stringify({ a: 'x'.repeat(1_000) })
    expect(sizeOf(long)).toBe(2 * long.length)
    const containers = `[${Array(1_000).fill('{}').join(',')}]`
    expect(sizeOf(containers)).toBe(1_001 * 64 + 1_000 * 8)
  })

  test('counts keys, those of hash tables more, and numbers that are no small integers', () => {
    expect(sizeOf('{"a":1,"b":2}')).toBe(64 + 2 * 16)
    expect(sizeOf('{"900":1}')).toBe(64 + 16 + 144)
    expect(sizeOf('[0.5,4294967296,7]')).toBe(64 + 3 * 8 + 2 * 16)
    const keys = Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`k${index}`, 1]))
    expect(sizeOf(JSON.stringify(keys))).toBe(64 + 101 * 56)
  })
})
