import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { bytes, duration } from '../../src/kit/units.ts'

const DAY_MS = 86_400_000

function problemsOf(schema: z.ZodType, input: unknown): string[] {
  return schema.safeParse(input).error?.issues.map(({ message }) => message) ?? []
}

describe('durations', () => {
  test.each([
    ['200ms', 200],
    ['1.5s', 1_500],
    ['1m', 60_000],
    ['1h', 3_600_000],
    ['2d', 2 * DAY_MS],
    ['0s', 0],
    ['1.1m', 66_000],
  ])('%s is %d ms', (text, ms) => {
    expect(duration().parse(text)).toBe(ms)
  })

  test('a number and a text without a unit are answered with the units', () => {
    const advice = 'write a unit: "10ms", "10s", "10m", "10h" or "10d"'
    expect(problemsOf(duration(), 10)).toEqual([advice])
    expect(problemsOf(duration(), '10')).toEqual([advice])
    expect(problemsOf(duration(), '1.5')).toEqual(['write a unit: "1.5ms", "1.5s", "1.5m", "1.5h" or "1.5d"'])
    expect(problemsOf(duration(), Number.POSITIVE_INFINITY)).toEqual([advice])
  })

  test.each([
    ['-5s', '"-5s": a duration cannot be negative'],
    ['10 s', '"10 s" is not a duration: did you mean "10s"?'],
    ['10S', '"10S" is not a duration: did you mean "10s"?'],
    ['10sec', 'unknown unit "sec": the units are ms, s, m, h, d'],
    ['1h30m', '"1h30m" is not a duration: write one number and one unit, as "10ms", "10s", "10m", "10h" or "10d"'],
    ['0.5ms', '"0.5ms" is not a whole number of milliseconds'],
    ['9999999999999999d', '"9999999999999999d" is too large: the largest duration is "365d"'],
    ['366d', 'must be at most "365d"'],
  ])('%s is refused with a reason', (text, problem) => {
    expect(problemsOf(duration(), text)).toEqual([problem])
  })

  test.each([undefined, null, true, [], {}])('%s is asked to be a text', (input) => {
    expect(problemsOf(duration(), input)).toEqual([
      'expected a duration in quotes, such as "10ms", "10s", "10m", "10h" or "10d"',
    ])
  })

  test('bounds may be texts or numbers, are allowed values, and are named when they are passed', () => {
    const schema = duration({ min: '10ms', max: 60_000 })
    expect(schema.parse('10ms')).toBe(10)
    expect(schema.parse('1m')).toBe(60_000)
    expect(problemsOf(schema, 0)).toEqual(['must be at least "10ms", not 0'])
    expect(problemsOf(schema, '9ms')).toEqual(['must be at least "10ms"'])
    expect(problemsOf(schema, '61s')).toEqual(['must be at most "1m"'])
  })

  test('a bound that is no duration is a mistake of the component', () => {
    expect(() => duration({ min: '10' })).toThrow(expect.objectContaining({ code: 'SLUICE_UNIT_INVALID' }))
  })
})

describe('sizes', () => {
  test.each([
    ['512B', 512],
    ['64KiB', 65_536],
    ['1MB', 1_000_000],
    ['10GiB', 10 * 1024 ** 3],
    ['1.5KiB', 1_536],
    ['2TB', 2e12],
    ['1024TiB', 1024 ** 5],
  ])('%s is %d bytes', (text, count) => {
    expect(bytes().parse(text)).toBe(count)
  })

  test.each([
    [10, 'write a unit: "10B", "10KiB", "10MiB" or "10GiB"'],
    ['64kib', '"64kib" is not a size: did you mean "64KiB"?'],
    ['64K', 'unknown unit "K": the units are B, KB, KiB, MB, MiB, GB, GiB, TB, TiB'],
    ['1.5B', '"1.5B" is not a whole number of bytes'],
    ['-1B', '"-1B": a size cannot be negative'],
    ['1e99GB', '"1e99GB" is not a size: write one number and one unit, as "10B", "10KiB", "10MiB" or "10GiB"'],
    ['InfinityB', '"InfinityB" is not a size: write one number and one unit, as "10B", "10KiB", "10MiB" or "10GiB"'],
    ['9999999999999999TiB', '"9999999999999999TiB" is too large: the largest size is "1024TiB"'],
    ['1025TiB', 'must be at most "1024TiB"'],
  ])('%s is refused with a reason', (input, problem) => {
    expect(problemsOf(bytes(), input)).toEqual([problem])
  })

  test('a refused text is shown cut and escaped', () => {
    const [problem] = problemsOf(bytes(), `\u001b[2J${'x'.repeat(1_000_000)}`)
    expect(problem).toContain('\\u001b[2J')
    expect(problem?.length).toBeLessThan(200)
  })
})

describe('formatting', () => {
  test.each([
    [0, '0ms'],
    [1_500, '1.5s'],
    [90_000, '1.5m'],
    [93_784, '93.784s'],
  ])('%d ms are %s', (ms, text) => expect(z.encode(duration(), ms)).toBe(text))

  test.each([
    [0, '0B'],
    [65_536, '64KiB'],
    [65_537, '65.537KB'],
    [1_000_000, '1MB'],
    [1_536, '1.5KiB'],
  ])('%d bytes are %s', (count, text) => expect(z.encode(bytes(), count)).toBe(text))

  property.prop([fc.nat({ max: 365 * DAY_MS })])('every duration comes back as it was (property)', (ms) => {
    expect(duration().parse(z.encode(duration(), ms))).toBe(ms)
  })

  property.prop([fc.nat({ max: 1024 ** 5 })])('every size comes back as it was (property)', (count) => {
    expect(bytes().parse(z.encode(bytes(), count))).toBe(count)
  })

  property.prop([fc.nat({ max: 9 }), fc.nat({ max: 999 }), fc.constantFrom(['s', 1_000], ['KB', 1_000], ['MB', 1e6])])(
    'decimals are exact (property)',
    (whole, thousandths, [unit, factor]) => {
      const text = `${whole}.${String(thousandths).padStart(3, '0')}${unit}`
      const schema = unit === 's' ? duration() : bytes()
      expect(schema.parse(text)).toBe(((whole * 1_000 + thousandths) * factor) / 1_000)
    },
  )

  property.prop([fc.string({ unit: 'binary' })])(
    'no text makes anything but a whole number or an issue (property)',
    (text) => {
      const { data, error } = duration().safeParse(text)
      expect(error === undefined ? Number.isSafeInteger(data) : error.issues.length > 0).toBe(true)
    },
  )
})

describe('as options', () => {
  const options = z.strictObject({
    timeout: duration().prefault('200ms').describe('Longest wait.'),
    limit: bytes({ max: '1GiB' }).optional(),
  })

  test('a default is written as a user would write it', () => {
    expect(options.parse({})).toEqual({ timeout: 200 })
  })

  test('the JSON Schema of the input has a text with a pattern, a default and a description', () => {
    const { properties, required } = z.toJSONSchema(options, { io: 'input' })
    expect(properties?.['timeout']).toMatchObject({ type: 'string', default: '200ms', description: 'Longest wait.' })
    expect(required).toBeUndefined()
    expect(properties?.['limit']).toMatchObject({ 'x-quantity': 'size', 'x-minimum': '0B', 'x-maximum': '1GiB' })
    const { pattern } = properties!['limit'] as { pattern: string }
    expect('64KiB').toMatch(new RegExp(pattern))
    expect('64').not.toMatch(new RegExp(pattern))
  })
})
