import { fc, test as property } from '@fast-check/vitest'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { Report } from '../../src/config/report.ts'
import {
  keyRangeAt,
  pathAt,
  plainOf,
  sourceOffset,
  valueAt,
  valueRangeAt,
  type ScalarValue,
} from '../../src/config/tree.ts'
import { parseYaml } from '../../src/config/yaml.ts'

function treeOf(text: string) {
  const root = parseYaml(new Report('a.yaml', text))
  if (root === undefined) throw new Error(`not a map: ${text}`)
  return root
}

const TEXT = `a:
  b: [one, { two: 2 }]
  c:
    d: |
      text
  e:
`

test('places are those of values; of keys where a value is empty, a block of lines, or not there', () => {
  const root = treeOf(TEXT)
  const shown = (path: (string | number)[]) => TEXT.slice(...valueRangeAt(root, path))
  expect(shown(['a', 'b'])).toBe('[one, { two: 2 }]')
  expect(shown(['a', 'b', 0])).toBe('one')
  expect(shown(['a', 'b', 1, 'two'])).toBe('2')
  expect(shown(['a', 'b', 1, 'three'])).toBe('b')
  expect(shown(['a', 'c'])).toBe('c')
  expect(shown(['a', 'c', 'd'])).toBe('d')
  expect(shown(['a', 'e'])).toBe('e')
  expect(shown(['z', 'y'])).toBe('a')
  expect(TEXT.slice(...keyRangeAt(root, ['a', 'b', 1]))).toBe('b')
})

property.prop([fc.nat(TEXT.length)])('what is around an offset is somewhere in the tree (property)', (offset) => {
  const root = treeOf(TEXT)
  const path = pathAt(root, offset)
  expect(valueAt(root, path)).toBeDefined()
})

const values = fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 4 }), {
  minKeys: 1,
  noNullPrototype: true,
})

property.prop([values, fc.constantFrom(2, 4)])(
  'the values of a document are those that were written (property)',
  (document, indent) => {
    // Neither is taken as a key, which is told.
    fc.pre(!/__proto__|"<<":/.test(JSON.stringify(document)))
    expect(plainOf(treeOf(stringify(document, { indent })))).toEqual(document)
  },
)

/** One line, as YAML may write it. */
const line = fc.string({ unit: fc.constantFrom('a', ' b', '"', "'", '\\', 'é', '😀', '\t', '\u0001'), minLength: 1 })

property.prop([line, fc.constantFrom('QUOTE_DOUBLE', 'QUOTE_SINGLE', 'PLAIN'), fc.nat()])(
  'the place of a character is found behind any escape (property)',
  (text, defaultStringType, seed) => {
    const written = stringify({ a: text }, { defaultStringType, lineWidth: 0 })
    const scalar = treeOf(written).entries.get('a')!.value as ScalarValue
    if (scalar.style === 'block' || scalar.style === 'given') return
    const characters = Array.from(text)
    const index = seed % characters.length
    const at = (count: number) => sourceOffset(scalar, written, characters.slice(0, count).join('').length)!
    const piece = written.slice(at(index), at(index + 1))
    const quote = { plain: '', 'single-quoted': "'", 'double-quoted': '"' }[scalar.style]
    const read = quote === '' ? piece : plainOf(treeOf(`a: ${quote}${piece}${quote}\n`).entries.get('a')!.value)
    expect(read).toBe(characters[index])
  },
)
