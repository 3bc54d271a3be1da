import { test as property, fc } from '@fast-check/vitest'
import { describe, expect, test } from 'vitest'
import { lineError, LineSplitter } from '../../src/kit/lines.ts'
import type { Line } from '../../src/kit/lines.ts'

const PLENTY = 1_000

/** The lines of these chunks, the last one included. */
function linesOf(chunks: readonly Uint8Array[], maxLineBytes = PLENTY): Line[] {
  const splitter = new LineSplitter({ maxLineBytes })
  return [...chunks.flatMap((chunk) => splitter.push(chunk)), ...splitter.end()]
}

function textsOf(text: string, maxLineBytes = PLENTY): (string | undefined)[] {
  return linesOf([Buffer.from(text)], maxLineBytes).map((line) => line.text)
}

/** The bytes in chunks, cut at the given places. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const borders = [0, ...places.map((place) => place % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length]
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end))
}

describe('lines', () => {
  test('end at LF and CR LF, and are counted from 1', () => {
    expect(linesOf([Buffer.from('a\nb\r\n\nc\n')])).toEqual([
      { line: 1, text: 'a' },
      { line: 2, text: 'b' },
      { line: 3, text: '' },
      { line: 4, text: 'c' },
    ])
  })

  test('come as soon as they are complete, the last one at the end', () => {
    const splitter = new LineSplitter({ maxLineBytes: PLENTY })
    expect(splitter.push(Buffer.from('a\nb'))).toEqual([{ line: 1, text: 'a' }])
    expect(splitter.push(Buffer.from('c'))).toEqual([])
    expect(splitter.push(Buffer.from('d\n'))).toEqual([{ line: 2, text: 'bcd' }])
    expect(splitter.end()).toEqual([])
    expect(textsOf('a\nb')).toEqual(['a', 'b'])
    expect(textsOf('')).toEqual([])
  })

  test('keep a CR that ends no line', () => {
    expect(textsOf('a\rb\n')).toEqual(['a\rb'])
  })

  test('lose a byte order mark at the very start only', () => {
    expect(textsOf('\ufeffa\n\ufeffb\n')).toEqual(['a', '\ufeffb'])
    expect(linesOf([Buffer.from([0xef]), Buffer.from([0xbb, 0xbf, 0x61])])).toEqual([{ line: 1, text: 'a' }])
  })

  test('are whole where a chunk ends inside of a character', () => {
    const bytes = Buffer.from('grün 🦊\n')
    expect(linesOf([...bytes].map((byte) => Buffer.from([byte])))).toEqual([{ line: 1, text: 'grün 🦊' }])
  })

  test('may be cut from chunks whose memory is used again', () => {
    const splitter = new LineSplitter({ maxLineBytes: PLENTY })
    const chunk = Buffer.from('abc')
    splitter.push(chunk)
    chunk.fill(0x78)
    expect(splitter.push(Buffer.from('\n'))).toEqual([{ line: 1, text: 'abc' }])
  })
})

describe('a line that is too long', () => {
  test('is reported once, with its length, and the next one is whole', () => {
    const long = { line: 2, tooLong: true, bytes: 6 }
    const expected = [{ line: 1, text: 'abcde' }, long, { line: 3, text: 'ok' }]
    expect(linesOf([Buffer.from('abcde\nabcdef\nok\n')], 5)).toEqual(expected)
    expect(linesOf([Buffer.from('abcde\nab'), Buffer.from('cd'), Buffer.from('ef\nok\n')], 5)).toEqual(expected)
  })

  test('is reported at the end of the input too', () => {
    expect(linesOf([Buffer.from('abc'), Buffer.from('def')], 5)).toEqual([{ line: 1, tooLong: true, bytes: 6 }])
  })

  test('counts its bytes, not its characters', () => {
    expect(textsOf('ää\näää\n', 5)).toEqual(['ää', undefined])
  })

  test('counts its CR', () => {
    expect(textsOf('abcd\r\nabcde\r\n', 5)).toEqual(['abcd', undefined])
  })

  test('costs no more memory than the limit, however long it gets', () => {
    const splitter = new LineSplitter({ maxLineBytes: 1_024 })
    const chunk = Buffer.alloc(1_048_576, 0x78)
    const before = process.memoryUsage().arrayBuffers
    for (let count = 0; count < 256; count++) splitter.push(chunk)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1_048_576)
    expect(splitter.push(Buffer.from('\n'))).toEqual([{ line: 1, tooLong: true, bytes: 256 * 1_048_576 }])
  })

  test('becomes an error that says which, how long and what is allowed', () => {
    expect(lineError({ line: 7, tooLong: true, bytes: 20 }, 10)).toMatchObject({
      code: 'SLUICE_INPUT_LINE_TOO_LONG',
      kind: 'message',
      message: 'line 7 has 20 bytes, more than the 10 that are allowed',
    })
  })
})

describe('a line that is not UTF-8', () => {
  test('is reported with its place, and its neighbours are whole', () => {
    const bytes = Buffer.concat([Buffer.from('ä\nab'), Buffer.from([0xff, 0x0a]), Buffer.from('ö\n')])
    expect(linesOf([bytes])).toEqual([
      { line: 1, text: 'ä' },
      { line: 2, notUtf8: true, bytes: 3, offset: 2 },
      { line: 3, text: 'ö' },
    ])
  })

  test('becomes an error that says which and where', () => {
    expect(lineError({ line: 2, notUtf8: true, bytes: 3, offset: 2 }, 10)).toMatchObject({
      code: 'SLUICE_INPUT_NOT_UTF8',
      message: 'line 2 is not UTF-8 at its byte 2: encode it as UTF-8',
    })
  })
})

describe('any chunking', () => {
  const piece = fc.oneof(
    fc.constantFrom('\n', '\r\n', '\r', '\ufeff', 'ä', '🦊', 'abcdefgh').map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 6 }),
  )

  property.prop([fc.array(piece, { maxLength: 30 }), fc.array(fc.nat()), fc.integer({ min: 1, max: 12 })])(
    'of the same bytes gives the same lines (property)',
    (pieces, places, maxLineBytes) => {
      const bytes = Buffer.concat(pieces)
      expect(linesOf(cut(bytes, places), maxLineBytes)).toEqual(linesOf([bytes], maxLineBytes))
    },
  )

  property.prop([
    fc.array(fc.string({ unit: fc.constantFrom('a', 'ß', '🦊', ' ') }), { minLength: 1 }),
    fc.array(fc.nat()),
  ])('of joined texts gives the texts (property)', (texts, places) => {
    const bytes = Buffer.from(texts.map((text) => `${text}\n`).join(''))
    expect(linesOf(cut(bytes, places))).toEqual(texts.map((text, index) => ({ line: index + 1, text })))
  })

  property.prop([fc.array(piece, { maxLength: 30 }), fc.array(fc.nat()), fc.integer({ min: 1, max: 12 })])(
    'accounts for every byte (property)',
    (pieces, places, maxLineBytes) => {
      const bytes = Buffer.concat(pieces)
      const expected: number[] = bytes
        .toString('latin1')
        .split('\n')
        .map(({ length }) => length)
      if (expected.at(-1) === 0) expected.pop()
      const lines = linesOf(cut(bytes, places), maxLineBytes)
      expect(lines.map(({ line }) => line)).toEqual(expected.map((_, index) => index + 1))
      const tooLong = lines.map((line) => ('tooLong' in line ? line.bytes : undefined))
      expect(tooLong).toEqual(expected.map((length) => (length > maxLineBytes ? length : undefined)))
    },
  )
})
