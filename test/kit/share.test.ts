import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { share } from '../../src/kit/share.ts'

describe('shares', () => {
  test.each([
    ['10%', 0.1],
    ['0%', 0],
    ['100%', 1],
    ['0.5%', 0.005],
    ['7%', 0.07],
    [0.25, 0.25],
    [0, 0],
    [1, 1],
  ])('%s is %d', (written, value) => {
    expect(share().parse(written)).toBe(value)
  })

  test.each(['101%', '10', '10 %', '-5%', '1e1%', '0.00001%', 'half', '', 1.5, 10, -0.1, Number.NaN, null, true])(
    '%j is refused',
    (written) => {
      expect(share().safeParse(written).success).toBe(false)
    },
  )

  test('a number that is meant in percent is answered with how it is written', () => {
    expect(JSON.stringify(share().safeParse(10).error!.issues)).toContain('10 % is written')
  })

  test('the JSON Schema has both forms', () => {
    const { anyOf } = z.toJSONSchema(share(), { io: 'input' })
    expect(anyOf).toMatchObject([
      { type: 'number', minimum: 0, maximum: 1 },
      { type: 'string', pattern: expect.any(String) },
    ])
  })
})
