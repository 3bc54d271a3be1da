import { fc, test as property } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { SluiceError } from '../../../src/core/errors.ts'
import { DEFAULT_JSON_LIMITS } from '../../../src/kit/json-limits.ts'
import { exitCodeOf as exitCodeOfNode, STREAM_ERRORS, streamError } from '../../../src/redis/stream/errors.ts'
import { decode } from '../../../src/redis/stream/entry.ts'
import { idBelow, isBehind } from '../../../src/redis/stream/entry-id.ts'
import { keyBeside } from '../../../src/redis/key-beside.ts'

const PART = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

const PARTS = fc.tuple(PART, PART)

describe('ids of entries', () => {
  property.prop([PARTS, PARTS])('are ordered as their server orders them', ([time, sequence], [other, second]) => {
    const isLater = time > other || (time === other && sequence > second)
    expect(isBehind(`${time}-${sequence}`, `${other}-${second}`)).toBe(isLater)
  })

  property.prop([PART, PART])('have one below them, and nothing between', (time, sequence) => {
    fc.pre(time + sequence > 0n)
    const [belowTime, belowSequence] = idBelow(`${time}-${sequence}`).split('-').map(BigInt) as [bigint, bigint]
    expect((belowTime << 64n) + belowSequence + 1n).toBe((time << 64n) + sequence)
  })

  test('have nothing below the first one but itself', () => {
    expect(idBelow('0-0')).toBe('0-0')
  })
})

test.each([
  ['orders', '{orders}:sluice:workers:failed'],
  ['shop:{orders}:in', 'shop:{orders}:in:sluice:workers:failed'],
  ['{}orders', '{}orders:sluice:workers:failed'],
])('what is kept beside %s is in its slot: %s', (stream, key) => {
  expect(keyBeside(stream, 'workers', 'failed')).toBe(key)
})

describe('an entry', () => {
  const reading = { fields: 'data', limits: DEFAULT_JSON_LIMITS } as const

  test('says what its fields say; others are left out', () => {
    const fields = ['data', '[1]', 'other', 'x', 'key', 'a', 'headers', '{"b":"c"}', 'time', '5', 'id', 'in:1']
    expect(decode(fields, reading, { attempt: 2 })).toMatchObject({
      data: [1],
      details: { key: 'a', headers: { b: 'c' }, time: 5, id: 'in:1', attempt: 2 },
    })
  })

  test.each([
    [[], /no field `data`/],
    [['data', '{'], /`data` cannot be read/],
    [['data', '[[['.repeat(100)], /`data` cannot be read/],
    [['data', '1', 'id', ''], /`id` is empty/],
    [['data', '1', 'time', ''], /`time`/],
    [['data', '1', 'headers', '{"a":1}'], /`headers`/],
    [['data', '1', 'headers', '{'], /`headers`/],
  ])('is refused where it can not be read: %j', (fields, message) => {
    const refused = decode(fields, reading, {})
    expect(refused).toBeInstanceOf(SluiceError)
    expect(refused).toMatchObject({
      code: 'SLUICE_STREAM_ENTRY_INVALID',
      message: expect.stringMatching(message) as string,
    })
  })
})

test.each(Object.entries(STREAM_ERRORS))('%s says what it is, and what to do', (code, { summary, hint, kind }) => {
  expect(code).toMatch(/^SLUICE_STREAM_[A-Z_]+$/)
  expect(summary).not.toBe('')
  expect(hint).not.toBe('')
  const error = streamError(code as keyof typeof STREAM_ERRORS, 'it is so')
  expect(error).toMatchObject({ code, kind, message: 'it is so' })
})

test('a group that is missing is a mistake of the config', () => {
  expect(exitCodeOfNode(streamError('SLUICE_STREAM_GROUP_MISSING', ''))).toBe(78)
  expect(exitCodeOfNode(new Error('x'))).toBeUndefined()
})
