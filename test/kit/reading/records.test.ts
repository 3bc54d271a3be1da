import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CsvRecords } from '../../../src/kit/reading/csv-records.ts'
import type { Entry } from '../../../src/kit/reading/outstanding.ts'
import { LineRecords, type Fault, type Records } from '../../../src/kit/reading/records.ts'
import { DEFAULT_JSON_LIMITS } from '../../../src/kit/json-limits.ts'

const OPTIONS = { maxLine: 64, limits: DEFAULT_JSON_LIMITS }
const csv = (header: boolean | string[], at = 0, names?: readonly string[]) =>
  new CsvRecords(at, { ...OPTIONS, delimiter: ',', header, parse }, names)
/** With longer lines, and another delimiter. */
const wide = (header: boolean, delimiter = ',') =>
  new CsvRecords(0, { ...OPTIONS, maxLine: 1_048_576, delimiter, header, parse })

type Told = [start: number, end: number, value: unknown]

function told(record: Entry | Fault): Told {
  return [record.start, record.end, 'toError' in record ? record.toError().code : record.data]
}

/** All that comes of bytes in pieces. */
function read(records: Records, pieces: readonly Uint8Array[], ends = true): Told[] {
  const all: Told[] = []
  const take = (): void => {
    for (let record = records.next(); record !== undefined; record = records.next()) all.push(told(record))
  }
  for (const piece of pieces) {
    records.push(piece)
    take()
  }
  if (ends) records.end()
  take()
  return all
}

function cut(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [0, ...cuts.map((at) => at % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return places.slice(1).map((end, index) => bytes.subarray(places[index], end))
}

const fragment = fc.constantFrom(
  '{"a":1}',
  '"ü€🎈"',
  '[1,',
  'x'.repeat(30),
  '\n',
  '\r\n',
  '\n',
  ' ',
  '"',
  'a,b',
  ',',
  '"q ""\n"',
)
const input = fc
  .array(
    fc.oneof(
      fragment.map((text) => Buffer.from(text)),
      fc.constant(Buffer.from([0xff])),
    ),
    { maxLength: 25 },
  )
  .map((parts) => Buffer.concat(parts))
const cuts = fc.array(fc.nat(), { maxLength: 8 })
const maker = fc.constantFrom<(at?: number) => Records>(
  (at = 0) => new LineRecords(at, 'ndjson', OPTIONS),
  (at = 0) => new LineRecords(at, 'lines', OPTIONS),
  (at = 0) => csv(false, at),
)

describe('records: however bytes are cut', () => {
  test('the same records come, at the same places, and cover what is no blank (property)', () => {
    fc.assert(
      fc.property(input, cuts, maker, (bytes, places, make) => {
        const whole = read(make(), [bytes])
        expect(read(make(), cut(bytes, places))).toEqual(whole)
        let behind = 0
        for (const [start, end] of whole) {
          expect(start).toBeGreaterThanOrEqual(behind)
          expect(end).toBeGreaterThan(start)
          behind = end
        }
        expect(behind).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 500 },
    )
  })

  test('from behind any record the rest comes as if it had been read from the beginning (property)', () => {
    fc.assert(
      fc.property(input, fc.nat(), maker, (bytes, nth, make) => {
        const whole = read(make(), [bytes])
        if (whole.length === 0) return
        const [, end] = whole[nth % whole.length]!
        const rest = whole.filter(([start]) => start >= end)
        expect(read(make(end), [bytes.subarray(end)])).toEqual(rest)
      }),
      { numRuns: 500 },
    )
  })

  test('what has no end waits, and `at` is where it begins', () => {
    const records = new LineRecords(100, 'ndjson', OPTIONS)
    expect(read(records, [Buffer.from('1\n\n23')], false)).toEqual([[100, 102, 1]])
    expect(records.at).toBe(103)
    expect(read(records, [Buffer.from('4\n')], false)).toEqual([[103, 107, 234]])
  })
})

describe('records: csv', () => {
  const field = fc.oneof(
    fc.string({ maxLength: 6 }),
    fc.array(fc.constantFrom('\r', '\n', '"', ',', 'ä'), { maxLength: 6 }).map((parts) => parts.join('')),
  )
  const rows = fc.array(fc.array(field, { minLength: 3, maxLength: 3 }), { minLength: 1, maxLength: 6 })
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

  test('what is written by the rules is read as it was, ends of line in quotes included (property)', () => {
    fc.assert(
      fc.property(rows, fc.boolean(), cuts, (table, hasMark, places) => {
        const mark = hasMark ? '\ufeff' : ''
        const text = mark + table.map((row) => `${row.map(quoted).join(',')}\r\n`).join('')
        const records = csv(['a', 'b', 'c'])
        const values = read(records, cut(Buffer.from(text), places)).map(([, , value]) => value)
        expect(values).toEqual(table.map(([a, b, c]) => ({ a, b, c })))
      }),
      { numRuns: 1_000 },
    )
  })

  test('no field is lost where names come twice, however many there are', () => {
    expect(read(csv(['a', 'a', 'a_2']), [Buffer.from('1,2,3\n')])).toEqual([[0, 6, { a: '1', a_2: '2', a_2_2: '3' }]])
    const commas = ','.repeat(20_000)
    const [[, , value]] = read(wide(true), [Buffer.from(`${commas}\n${commas}\n`)]) as [Told]
    expect(Object.keys(value as object)).toHaveLength(20_001)
  })

  test('the header names the fields; a name that comes twice gets a number', () => {
    const records = csv(true)
    expect(read(records, [Buffer.from('\ufeffa,b,a\n1,2,3\n')])).toEqual([[9, 15, { a: '1', b: '2', a_2: '3' }]])
    expect(records.names).toEqual(['a', 'b', 'a_2'])
  })

  test('`__proto__` is a field like any other', () => {
    const [[, , value]] = read(csv(true), [Buffer.from('__proto__,b\n1,2\n')]) as [Told]
    expect(Object.keys(value as object)).toEqual(['__proto__', 'b'])
  })

  test('a quote that is not closed gives up at the longest record, and what follows its line is read', () => {
    const lines = Array.from({ length: 20 }, (_, nth) => `${nth},text\n`).join('')
    const all = read(csv(false), [Buffer.from(`"open,1\n${lines}`)])
    expect(all[0]).toEqual([0, 8, 'SLUICE_INPUT_NOT_CSV'])
    expect(all.slice(1).map(([, , value]) => value)).toEqual(
      Array.from({ length: 20 }, (_, nth) => [String(nth), 'text']),
    )
  })

  test('nor does it take long where many lines follow, each of which is read twice', () => {
    const count = 600_000
    const all = read(wide(false), [Buffer.from(`5"\n${'1\n'.repeat(count)}`)])
    expect(all).toHaveLength(count + 1)
  })

  test('a record of empty fields is one also where tabs part them; a blank line is none', () => {
    const values = read(wide(true, '\t'), [Buffer.from('a\tb\n1\t2\n\t\n  \n\n')]).map(([, , value]) => value)
    expect(values).toEqual([
      { a: '1', b: '2' },
      { a: '', b: '' },
    ])
  })

  test('a line that cannot be read spoils its record', () => {
    const bytes = Buffer.concat([Buffer.from('"a\n'), Buffer.from([0xff, 0x0a]), Buffer.from('b",1\n2,3\n')])
    const codes = read(csv(false), [bytes])
    expect(codes[0]).toEqual([0, 5, 'SLUICE_INPUT_NOT_UTF8'])
  })
})
