import { afterEach, expect, test } from 'vitest'
import { NDJSON, start, stopAll } from '../support/http-door.ts'

afterEach(stopAll)

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
const keys = (count: number): string =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, n) => [n, n])))
const bytes = (...parts: readonly (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))))

/** A body, and the status, the code and the sentence that are answered. */
const REFUSED: readonly (readonly [what: string, body: string | Buffer, expected: string, said: string])[] = [
  ['a byte that is no UTF-8', bytes('{"a": "', 0xff, '"}'), '400 NOT_UTF8', 'at byte 7:'],
  ['a character that is cut off', bytes('"', 0xe2, 0x82, '"'), '400 NOT_UTF8', 'at byte 1:'],
  ['an overlong character', bytes('"', 0xc0, 0xaf, '"'), '400 NOT_UTF8', 'at byte 1:'],
  ['half of a pair in bytes', bytes('"', 0xed, 0xa0, 0x80, '"'), '400 NOT_UTF8', 'at byte 1:'],
  ['UTF-16', bytes(0xff, 0xfe, '1', 0), '400 NOT_UTF8', 'at byte 0:'],
  ['a NUL', '\0', '400 NOT_JSON', 'got "\\u0000", at line 1, column 1'],
  ['a NUL in a text', '"a\0b"', '400 NOT_JSON', '"\\u0000" must be escaped in a text, at line 1, column 3'],
  ['two byte order marks', '\ufeff\ufeff1', '400 NOT_JSON', 'got "\\ufeff", at line 1, column 1'],
  ['a word', 'nope', '400 NOT_JSON', 'got "n…", at line 1, column 1'],
  ['NaN', '[NaN]', '400 NOT_JSON', 'got "NaN", at line 1, column 2'],
  ['a comment', '{"a": 1 /* one */}', '400 NOT_JSON', 'got "/", at line 1, column 9'],
  ['a trailing comma', '{"a": 1,}', '400 NOT_JSON', 'expected a key in double quotes, got "}", at line 1, column 9'],
  ['single quotes', "{'a': 1}", '400 NOT_JSON', 'expected a key in double quotes'],
  ['two values', '1 2', '400 NOT_JSON', 'expected nothing more after the value, got "2", at line 1, column 3'],
  [
    'a body that is cut off',
    '{"a": [1, 2',
    '400 NOT_JSON',
    'it ends where "," or "]" is expected, at line 1, column 12',
  ],
  ['an infinite number', '{"a": 1e999}', '400 NUMBER_INEXACT', 'larger than any that can be kept, at "/a"'],
  [
    'a number that would be rounded',
    '{"a": 9007199254740993}',
    '400 NUMBER_INEXACT',
    'beyond 9007199254740991, which cannot be kept exactly, at "/a"',
  ],
  ['a whole number beyond all that are exact', '{"a": 1e21}', '400 NUMBER_INEXACT', 'at "/a"'],
  ['65 levels', nested(65), '413 TOO_DEEP', 'deeper than the 64 levels that are allowed, at "/0/0/0'],
  [
    '65 levels of maps',
    `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`,
    '413 TOO_DEEP',
    'deeper than the 64 levels that are allowed, at "/a/a/a',
  ],
  ['a million levels that are never closed', '['.repeat(1_000_000), '413 TOO_DEEP', 'at line 1, column 65'],
  ['1,001 keys', keys(1001), '413 TOO_MANY_KEYS', 'more than the 1000 keys that are allowed, at ""'],
  [
    'a key of 257 characters',
    `{"${'k'.repeat(257)}": 1}`,
    '413 KEY_TOO_LONG',
    'longer than the 256 characters that are allowed, at ""',
  ],
]

test.each(REFUSED)('http: %s in a body is refused with what and where, and nothing is let in', async (...row) => {
  const [, body, expected, said] = row
  const [status, code] = expected.split(' ')
  const { post, output } = await start()
  const json = await post(body)
  expect(json).toMatchObject({
    status: Number(status),
    body: { code: `SLUICE_INPUT_${code}`, hint: expect.any(String) },
  })
  expect((json.body as { message: string }).message).toContain(said)
  const line = Buffer.concat([Buffer.from('1\n'), Buffer.from(body), Buffer.from('\n3\n')])
  const lines = await post(line, NDJSON)
  expect(lines).toMatchObject({ status: Number(status), body: { code: `SLUICE_INPUT_${code}` } })
  expect((lines.body as { message: string }).message).toMatch(/^line 2\b/)
  expect(await post(2)).toMatchObject({ status: 200 })
  expect(output.values).toEqual([2])
})

test.each([
  ['a byte order mark', '\ufeff{"a": 1}', { a: 1 }],
  ['64 levels', nested(64), JSON.parse(nested(63))],
  ['a number that underflows', '{"a": 1e-999}', { a: 0 }],
  ['a key twice, of which the last one counts', '{"a": 1, "a": 2}', { a: 2 }],
  ['half of a pair', '"\\ud800"', '\ud800'],
])('http: %s in a body is taken', async (_, body, expected) => {
  const { post, output } = await start()
  expect(await post(body)).toMatchObject({ status: 200 })
  expect(output.values).toEqual([expected])
})

test('http: keys that lead to a prototype are data', async () => {
  const { post, output } = await start()
  const body =
    '{"__proto__": {"isAdmin": true}, "constructor": {"prototype": {"isAdmin": true}}, "a": {"__proto__": 1}}'
  for (const headers of [{}, NDJSON.headers]) expect(await post(body, { headers })).toMatchObject({ status: 200 })
  for (const value of output.values as Record<string, unknown>[]) {
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'a'])
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
    expect(value['isAdmin']).toBeUndefined()
    expect(JSON.stringify(value)).toBe(body.replaceAll(' ', ''))
  }
  expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined()
})
