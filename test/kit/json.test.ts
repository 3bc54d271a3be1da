import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { SluiceError } from '../../src/core/errors.ts'
import { findJsonFault } from '../../src/kit/json-fault.ts'
import { DEFAULT_JSON_LIMITS, jsonLimits } from '../../src/kit/json-limits.ts'
import { JsonReader, parseJson, readJson } from '../../src/kit/json.ts'
import { JsonRefusal } from '../../src/kit/json-refusal.ts'
import { exactJsonValue } from '../support/json-values.ts'

const GENEROUS = { depth: 1_000, keys: 1_000_000, elements: 1_000_000, keyLength: 65_536 }

function refusalOf(text: string, limits = DEFAULT_JSON_LIMITS): SluiceError {
  try {
    parseJson(text, limits)
  } catch (thrown) {
    if (thrown instanceof SluiceError) return thrown
    throw thrown
  }
  throw new Error('it was taken')
}

const arrays = (depth: number, inner = ''): string => '['.repeat(depth) + inner + ']'.repeat(depth)
const objects = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth)

describe('JSON', () => {
  property.prop([exactJsonValue({ maxDepth: 5 })])('is parsed as JSON.parse does (property)', (value) => {
    const text = JSON.stringify(value)
    expect(parseJson(text, GENEROUS)).toEqual(JSON.parse(text))
  })

  test('keys that lead to prototypes are plain data', () => {
    const text = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'
    const value = parseJson(text) as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(value['polluted']).toBeUndefined()
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(JSON.stringify(value)).toBe(text)
  })

  test('what hangs below a key that leads to a prototype is checked like the rest', () => {
    expect(refusalOf(`{"__proto__":${arrays(64)}}`).code).toBe('SLUICE_INPUT_TOO_DEEP')
  })
})

describe('depth', () => {
  test('64 levels are taken, 65 are not, and it is said where', () => {
    expect(parseJson(arrays(64))).toBeDefined()
    expect(parseJson(objects(64))).toBeDefined()
    expect(refusalOf(objects(65))).toMatchObject({
      code: 'SLUICE_INPUT_TOO_DEEP',
      kind: 'message',
      message: expect.stringMatching(/^the input is nested deeper than the 64 levels that are allowed, at "\/a\/a/),
    })
  })

  test.each([10_000, 1_000_000])('%d levels are answered, closed or not, and no stack overflows', (depth) => {
    expect(refusalOf(arrays(depth)).code).toBe('SLUICE_INPUT_TOO_DEEP')
    expect(refusalOf(objects(depth)).code).toBe('SLUICE_INPUT_TOO_DEEP')
    expect(refusalOf('['.repeat(depth)).code).toBe('SLUICE_INPUT_TOO_DEEP')
    expect(refusalOf('{"a":'.repeat(depth)).code).toBe('SLUICE_INPUT_TOO_DEEP')
  })

  test('brackets in texts and keys are no depth, in short texts and in long ones', () => {
    for (const count of [100, 100_000]) {
      for (const tail of ['', '\\', '\\"', '"[']) {
        const value = '['.repeat(count) + tail
        expect(parseJson(JSON.stringify([value, 1]))).toEqual([value, 1])
      }
    }
  })

  test('a long text that is too deep only at its end is found', () => {
    const filler = Array.from({ length: 9_000 }, (_, index) => `\\"[{${index}`)
    expect(refusalOf(`[${JSON.stringify(filler)},${arrays(64)}]`).code).toBe('SLUICE_INPUT_TOO_DEEP')
    expect(parseJson(`[${JSON.stringify(filler)},${arrays(63)}]`)).toHaveLength(2)
  })

  property.prop([fc.integer({ min: 1, max: 8 }), exactJsonValue({ maxDepth: 10 })])(
    'exactly what is deeper than the limit is refused (property)',
    (depth, value) => {
      const depthOf = (inner: unknown): number =>
        typeof inner === 'object' && inner !== null ? 1 + Math.max(0, ...Object.values(inner).map(depthOf)) : 0
      const long = JSON.stringify(value) + ' '.repeat(70_000)
      for (const text of [JSON.stringify(value), long]) {
        if (depthOf(value) <= depth) expect(() => parseJson(text, { ...GENEROUS, depth })).not.toThrow()
        else expect(refusalOf(text, { ...GENEROUS, depth }).code).toBe('SLUICE_INPUT_TOO_DEEP')
      }
    },
  )
})

describe('size', () => {
  const limits = { depth: 5, keys: 3, elements: 3, keyLength: 4 }

  test.each([
    [
      '{"a":1,"b":2,"c":3,"d":4}',
      'SLUICE_INPUT_TOO_MANY_KEYS',
      'an object of more than the 3 keys that are allowed, at ""',
    ],
    [
      '{"a":{"b/~":[1,2,3,4]}}',
      'SLUICE_INPUT_TOO_MANY_ELEMENTS',
      'an array of 4 elements, more than the 3 that are allowed, at "/a/b~1~0"',
    ],
    [
      '[0,{"abcde":1}]',
      'SLUICE_INPUT_KEY_TOO_LONG',
      'the key "abcde" is longer than the 4 characters that are allowed, at "/1"',
    ],
  ])('%s is refused with a pointer', (text, code, message) => {
    expect(refusalOf(text, limits)).toMatchObject({ code, message, kind: 'message' })
  })

  test('what is just within the limits is taken', () => {
    expect(parseJson('{"abcd":[1,2,3],"b":{},"c":[[]]}', limits)).toBeDefined()
  })

  test('the defaults are 64 levels, 1,000 keys, 10,000 elements and keys of 256 characters', () => {
    expect(jsonLimits.parse(undefined)).toEqual(DEFAULT_JSON_LIMITS)
    expect(DEFAULT_JSON_LIMITS).toEqual({ depth: 64, keys: 1_000, elements: 10_000, keyLength: 256 })
    const keys = (count: number): string =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 0])))
    expect(parseJson(keys(1_000))).toBeDefined()
    expect(refusalOf(keys(1_001)).code).toBe('SLUICE_INPUT_TOO_MANY_KEYS')
    expect(parseJson(JSON.stringify(Array(10_000).fill(0)))).toBeDefined()
    expect(refusalOf(JSON.stringify(Array(10_001).fill(0))).code).toBe('SLUICE_INPUT_TOO_MANY_ELEMENTS')
    expect(refusalOf(`{"${'k'.repeat(257)}":0}`).code).toBe('SLUICE_INPUT_KEY_TOO_LONG')
  })

  test('the option describes and bounds each limit', () => {
    const { properties } = z.toJSONSchema(jsonLimits, { io: 'input' })
    expect(Object.keys(properties ?? {})).toEqual(Object.keys(DEFAULT_JSON_LIMITS))
    for (const limit of Object.values(properties ?? {})) {
      expect(limit).toMatchObject({ minimum: 1, maximum: expect.any(Number), description: expect.any(String) })
    }
    expect(jsonLimits.safeParse({ deep: 1 }).success).toBe(false)
  })
})

describe('what is not JSON', () => {
  test.each([
    ['', 'it is empty, at line 1, column 1'],
    [' \n ', 'it is empty, at line 2, column 2'],
    ['{"a":1,}', 'expected a key in double quotes, got "}", at line 1, column 8'],
    ['{"a":\n  nope}', 'expected a value, got "n…", at line 2, column 3'],
    ['{"a" 1}', 'expected ":" after the key, got "1", at line 1, column 6'],
    ['[1 2]', 'expected "," or "]", got "2", at line 1, column 4'],
    ['[1,]', 'expected a value, got "]", at line 1, column 4'],
    ['[}', 'expected a value or "]", got "}", at line 1, column 2'],
    ["{'a':1}", 'expected a key in double quotes or "}", got "\'", at line 1, column 2'],
    ['{"a":1', 'it ends where "," or "}" is expected, at line 1, column 7'],
    ['{}{}', 'expected nothing more after the value, got "{", at line 1, column 3'],
    ['"abc', 'a text in double quotes that begins here never ends, at line 1, column 1'],
    ['"a\tb"', '"\\t" must be escaped in a text, at line 1, column 3'],
    ['"\\x"', 'a backslash that begins no escape, such as \\n or \\u0041, at line 1, column 2'],
    ['01', 'expected nothing more after the value, got "1", at line 1, column 2'],
    ['NaN', 'expected a value, got "NaN", at line 1, column 1'],
    ['\ufeff1', 'expected a value, got "\\ufeff", at line 1, column 1'],
  ])('%j is refused with the place and what is expected', (text, problem) => {
    expect(refusalOf(text)).toMatchObject({
      code: 'SLUICE_INPUT_NOT_JSON',
      kind: 'message',
      message: `the input is not JSON: ${problem}`,
    })
  })

  test('of a word that nobody knows only the first character is repeated, escaped, and nothing in a cause', () => {
    const error = refusalOf('[secret]')
    expect(error.message).toContain('"s…"')
    expect(error.message).not.toContain('secret')
    expect(refusalOf('4111111111111111 1').message).not.toContain('411')
    expect(refusalOf('[\u001b]').message).toContain('"\\u001b"')
    expect(error.cause).toBeUndefined()
  })

  const nearlyJson = fc.oneof(
    fc
      .array(
        fc.constantFrom(
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          '"',
          '"a"',
          '1',
          '-',
          '.5',
          'e3',
          '0',
          'true',
          'null',
          ' ',
          '\\',
          '\n',
          '\\u00e4',
        ),
      )
      .map((parts) => parts.join('')),
    fc
      .tuple(fc.json(), fc.nat(), fc.constantFrom('', ',', '}', '"', '\\', '0', ' ', '\u0001'))
      .map(([text, seed, piece]) => {
        const place = seed % (text.length + 1)
        return text.slice(0, place) + piece + text.slice(place + 1)
      }),
  )

  property.prop([nearlyJson])('what is suspect is read as anything else is (property)', (text) => {
    const told = (read: unknown) => (read instanceof JsonRefusal ? read.toError().message : { value: read })
    const reader = new JsonReader(GENEROUS)
    reader.read('no JSON')
    expect(told(reader.read(text))).toEqual(told(readJson(text, GENEROUS)))
  })

  property.prop([nearlyJson], { numRuns: 2_000 })(
    'a fault is found exactly where JSON.parse refuses (property)',
    (text) => {
      const fault = findJsonFault(text)
      if (fault === undefined) return void JSON.parse(text)
      expect(() => JSON.parse(text)).toThrow(SyntaxError)
      expect(fault.offset).toBeGreaterThanOrEqual(0)
      expect(fault.offset).toBeLessThanOrEqual(text.length)
    },
  )
})

describe('numbers', () => {
  test.each([
    ['1e999', 'a number larger than any that can be kept, at ""'],
    ['{"a":{"b/c":-1e999}}', 'a number larger than any that can be kept, at "/a/b~1c"'],
    ['[0,[9007199254740993]]', 'an integer beyond 9007199254740991, which cannot be kept exactly, at "/1/0"'],
    ['-9007199254740992', 'an integer beyond 9007199254740991, which cannot be kept exactly, at ""'],
  ])('%s is refused with a pointer, because another number would be kept', (text, message) => {
    expect(refusalOf(text)).toMatchObject({ code: 'SLUICE_INPUT_NUMBER_INEXACT', kind: 'message', message })
  })

  test('the largest integers that can be kept exactly are taken, and so are fractions', () => {
    const text = '[9007199254740991,-9007199254740991,0.1,5e-324,4294967296,1.5]'
    expect(parseJson(text)).toEqual(JSON.parse(text))
  })
})
