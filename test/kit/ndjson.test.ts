import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonReader } from '../../src/kit/json.ts'
import type { JsonRefusal } from '../../src/kit/json-refusal.ts'
import { jsonLine, readLine } from '../../src/kit/ndjson.ts'
import { exactJsonValue } from '../support/json-values.ts'

describe('ndjson', () => {
  test('what is written as a line is one line, and is read back as it was (property)', () => {
    fc.assert(
      fc.property(exactJsonValue(), (value) => {
        const line = jsonLine(value)
        expect(line.indexOf('\n')).toBe(line.length - 1)
        expect(readLine({ line: 1, text: line.slice(0, -1) }, new JsonReader())).toEqual(
          JSON.parse(JSON.stringify(value)),
        )
      }),
    )
  })

  test('a fault is told with the number of its line, and keeps its code', () => {
    const refusal = readLine({ line: 17, text: '{"a":}' }, new JsonReader())
    expect((refusal as JsonRefusal).toError()).toMatchObject({
      code: 'SLUICE_INPUT_NOT_JSON',
      message: expect.stringMatching(/^line 17: the input is not JSON: .*, at column 6$/),
    })
  })

  test.each([
    { what: 'a function', value: () => 1, reason: 'it is function' },
    { what: 'nothing', value: undefined, reason: 'it is undefined' },
    { what: 'a BigInt', value: { a: 1n }, reason: 'Do not know how to serialize a BigInt' },
    { what: 'Infinity', value: { a: [Infinity] }, reason: 'it has the number Infinity' },
    { what: 'NaN', value: NaN, reason: 'it has the number NaN' },
    { what: 'NaN that an object gives', value: { a: { toJSON: () => [NaN] } }, reason: 'it has the number NaN' },
    {
      what: 'NaN beside nulls',
      value: { a: null, b: [{ c: null }, { d: -Infinity }] },
      reason: 'it has the number -Infinity',
    },
    {
      what: 'what throws',
      value: {
        toJSON: () => {
          throw new Error('not me')
        },
      },
      reason: 'not me',
    },
  ])('$what cannot be written, and the error says why', ({ value, reason }) => {
    const message = `the data cannot be written as JSON: ${reason}`
    expect(() => jsonLine(value)).toThrowError(expect.objectContaining({ code: 'SLUICE_OUTPUT_NOT_JSON', message }))
  })

  test('a null that was one is written', () => {
    expect(jsonLine({ a: null, b: 'null', c: undefined })).toBe('{"a":null,"b":"null"}\n')
    expect(jsonLine([null, new Date(NaN), undefined, 7])).toBe('[null,null,null,7]\n')
  })
})
