import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readMarkedJson, writeMarkedJson } from '../../src/overflow/marked-json.ts'

const back = (value: unknown): unknown => readMarkedJson(writeMarkedJson(value)!)

describe('marked JSON', () => {
  test('plain data is plain JSON, whatever its keys and texts (property)', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(back(value)).toEqual(JSON.parse(JSON.stringify(value)))
        if (!JSON.stringify(value).includes('"$')) expect(writeMarkedJson(value)).toBe(JSON.stringify(value))
      }),
    )
  })

  test('bytes, dates, bigints, maps, sets and odd numbers come back, at any depth', () => {
    const value = {
      bytes: new Uint8Array([0, 1, 255]),
      date: new Date(5),
      never: new Date(Number.NaN),
      big: 12345678901234567890n,
      map: new Map<unknown, unknown>([[{ a: 1 }, new Set([1n])]]),
      numbers: [Number.NaN, Infinity, -Infinity],
    }
    expect(back(value)).toEqual(value)
    expect(back([[{ inner: value }]])).toEqual([[{ inner: value }]])
    expect(back(Buffer.from('abc'))).toEqual(new Uint8Array([97, 98, 99]))
  })

  test('data that looks like a mark stays what it is', () => {
    for (const value of [
      { $bytes: 'abc' },
      { $$bytes: 'abc' },
      { $date: { $map: [] } },
      { $: 1, a: 2 },
      { $bigint: 'x' },
    ]) {
      expect(back(value)).toEqual(value)
    }
  })

  test('keys that objects have anyway are kept as data', () => {
    const value: unknown = JSON.parse('{"__proto__":{"a":1},"constructor":2}')
    expect(JSON.stringify(back(value))).toBe('{"__proto__":{"a":1},"constructor":2}')
    expect(JSON.stringify(back(JSON.parse('{"__proto__":1,"$a":2}')))).toBe('{"__proto__":1,"$a":2}')
  })

  test('what is undefined or a function is left out, a class is a plain object', () => {
    class Point {
      x = 1
    }
    expect(back({ a: undefined, b: () => 1, c: [undefined], d: new Point() })).toEqual({ c: [null], d: { x: 1 } })
  })

  test('what contains itself, or is nested too deeply, throws', () => {
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    expect(() => writeMarkedJson(circle)).toThrow(TypeError)
    let deep: unknown = 1
    for (let depth = 0; depth < 100_000; depth++) deep = [deep]
    expect(() => writeMarkedJson(deep)).toThrow(RangeError)
  })

  test('what is written can be read, however deeply it is nested', () => {
    let deep: unknown = new Date(0)
    let read = 0
    for (let depth = 0; depth < 4000; depth++) {
      deep = depth % 2 === 0 ? { inner: deep } : [deep]
      if (depth % 10 !== 0) continue
      let text: string | undefined
      try {
        text = writeMarkedJson(deep)
      } catch {
        continue
      }
      readMarkedJson(text!)
      read = depth
    }
    expect(read).toBeGreaterThan(1000)
  })
})
